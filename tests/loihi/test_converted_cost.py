"""The cost of an image in a converted network, held against the virtual cores' counters."""

import numpy as np
import pytest
from hand_made_ann import hand_made

from lava_intsnn import data
from lava_intsnn.conversion.converter import convert
from lava_intsnn.loihi import (
    ConvertedChip,
    LegalityError,
    activity_of_result,
    compile_converted,
    estimate_converted,
    full_converted_activity,
    preflight_converted,
)
from lava_intsnn.loihi.cost import FIGURES

STEPS = 10


@pytest.fixture(scope="module")
def network():
    return convert(hand_made(), levels=16)


@pytest.fixture(scope="module")
def measured(network):
    """Images, the chip that has run them, and the cost at their activity."""
    images = data.digits("test").head(12).maps
    chip = ConvertedChip(compile_converted(network, steps=STEPS), network=network, steps=STEPS)
    activity = activity_of_result(network, images, chip.infer(images), source="twelve digits")
    report = preflight_converted(network, steps=STEPS)
    return images, chip, activity, estimate_converted(network, report, activity=activity)


def test_operations_are_those_the_virtual_cores_count(measured, network):
    images, chip, _, cost = measured
    for layer, counted in zip(cost.layers, chip.counters.groups.values()):
        assert layer.sample.synaptic_ops == pytest.approx(counted.synaptic_ops / len(images))
        neurons = [*(int(np.prod(shape)) for shape in network.shapes), network.n_classes]
        assert layer.sample.active_updates == STEPS * neurons[layer.layer]
        assert layer.sample.inactive_updates == len(network.layers) * neurons[layer.layer]
    # one core a layer, each neuron reaches the next one's
    spikes = [counted.spikes / len(images) for counted in chip.counters.groups.values()]
    found = [layer.sample.spikes_between for layer in cost.layers]
    assert found == pytest.approx(spikes)


def test_the_host_sends_pixels_and_reads_logits(measured, network):
    images, _, _, cost = measured
    assert cost.total.host_in == pytest.approx(np.count_nonzero(images) / len(images))
    assert cost.total.host_out == network.n_classes


def test_time_is_the_slowest_core_of_every_step_and_a_barrier(measured):
    _, _, activity, cost = measured
    figures = FIGURES["loihi2"]
    assert cost.steps == STEPS + 3
    # the encoder's first step is by far the longest: 1944 synapses at most, 216 neurons
    first = (
        figures.synaptic_op_time.value * activity.first_synops
        + figures.active_update_time.value * 216
        + figures.spike_time.value * activity.events[0, 0]
        + figures.barrier_time.value
    )
    assert cost.slowest_step.value == pytest.approx(first)
    assert cost.time.value < cost.steps * cost.slowest_step.value
    assert cost.time.value > first + (cost.steps - 1) * figures.barrier_time.value
    assert "activity: twelve digits" in cost.text()


def test_everything_active_is_an_upper_bound(measured, network):
    _, _, activity, cost = measured
    full = full_converted_activity(network, steps=STEPS)
    assert full.first_synops >= activity.first_synops
    assert (full.events >= activity.events).all()
    assert (full.synops >= activity.synops).all()
    report = preflight_converted(network, steps=STEPS)
    most = estimate_converted(network, report, activity=full)
    assert most.dynamic_energy.value > cost.dynamic_energy.value
    # every synapse, encoder included, at every step but for the pixels, which come once
    placed = report.placement.layers
    synapses = [sum(core.synapses for core in layer.cores) for layer in placed]
    assert most.total.synaptic_ops == synapses[0] + STEPS * sum(synapses[1:])


def test_other_steps_or_a_refused_network_have_no_cost(network):
    report = preflight_converted(network, steps=STEPS)
    with pytest.raises(ValueError, match=r"activity has \(layers, steps\) = \(3, 9\)"):
        estimate_converted(network, report, activity=full_converted_activity(network, steps=9))
    refused = preflight_converted(network, steps=STEPS, target="loihi1")
    activity = full_converted_activity(network, steps=STEPS)
    with pytest.raises(LegalityError):
        estimate_converted(network, refused, activity=activity)
