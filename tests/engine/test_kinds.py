"""Every executor knows every kind of neuron and of layer that a description may hold."""

from __future__ import annotations

from lava_intsnn.engine import firing, synapses, transposed_feedback, word_layers
from lava_intsnn.floating import float_neurons, float_synapses
from lava_intsnn.network import serial
from lava_intsnn.proc_models.fixed_pt import core_choice
from lava_intsnn.reference import membrane, synaptic_sum


def test_every_executor_knows_every_neuron():
    for table in (firing._CONSTANTS, membrane._STEPS, float_neurons.FLOAT_NEURONS):
        assert set(table) == set(serial._NEURONS)
    assert len(firing._STEPS) == len(firing._CONSTANTS)


def test_every_executor_knows_every_layer():
    by_kind = (
        transposed_feedback._SEEN,
        word_layers._KINDS,
        core_choice._WORD_CORES,
        synaptic_sum._KINDS,
    )
    for table in by_kind:
        assert set(table) == set(serial._KINDS)
    for table in (synapses._KINDS, float_synapses._KINDS):
        assert {kind for kind, delayed in table} == set(serial._KINDS)


def test_a_type_that_a_cache_of_release_0_1_names_can_still_be_imported():
    # numba unpickles a cache's index before it sees that the index is stale
    assert firing.NeuronConstants is firing.lif_step.LifConstants
