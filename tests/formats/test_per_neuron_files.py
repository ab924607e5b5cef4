"""Neurons of one layer with constants of their own: files, reports and the chip's rules."""

from dataclasses import replace

import pytest
from own_constants import LIF, network_above, several_constants

import lava_intsnn as ls
from lava_intsnn import loihi
from lava_intsnn.costs.memory import memory
from lava_intsnn.formats.netx import export_netx, import_netx
from lava_intsnn.formats.nir import export_nir, import_nir
from lava_intsnn.loihi import LegalityError
from lava_intsnn.network import Dense, Neuron
from lava_intsnn.search.space import apply, space_of


def test_checkpoints_keep_them(tmp_path):
    network = network_above(several_constants(trace_decay=(0, 512), trace_bits=4))
    state = ls.initial_state(network, 1)
    ls.save(tmp_path / "a.npz", network, state)
    assert ls.load(tmp_path / "a.npz").network == network


def test_memory_counts_a_trace_for_each_decay_that_differs():
    def of(**options):
        feedback = ls.network.Feedback(time_gated=False)
        network = network_above(several_constants(**options), feedback=feedback)
        return {item.name: item for item in memory(network).elements if "t_pre" in item.name}

    assert not of()
    one, two = (of(trace_decay=decay, trace_bits=4) for decay in (512, (512, 0)))
    assert [item.shape for item in one.values()] == [(4, 5)]
    assert [item.shape for item in two.values()] == [(2, 4, 5)]
    assert not of(trace_shift=(1, 2))  # both are the spike itself


def test_the_learning_engine_refuses_traces_of_neurons_and_says_what_to_do():
    network = network_above(several_constants())
    network = loihi.nearest_legal(network, target="loihi2", learning=True)
    assert network.layers[0].neuron.decay_shift == (0, 1, 2, 3)
    hidden = replace(network.layers[0], trace_shift=(1, 2))
    network = replace(network, layers=(hidden, network.layers[1]))
    found = [str(each) for each in loihi.check(network, target="loihi2", learning=True)]
    assert len(found) == 1
    assert "trace_shift" in found[0]
    assert "the trace x1 is of an input" in found[0]
    with pytest.raises(LegalityError, match="x1 is of an input"):
        loihi.compile(network, ls.initial_state(network), learning=True)
    mended = loihi.nearest_legal(network, target="loihi2", learning=True)
    assert mended.layers[0].trace_shift == 2
    assert not loihi.check(network, target="loihi2", learning=False)


def _guarded(**options):
    neuron = Neuron(guarded=True, **LIF | options)
    return network_above(Dense(n_in=5, n_out=8, neuron=neuron, lr_shift=4), tie_break=False)


def test_netx_keeps_them(tmp_path):
    network = _guarded(decay_shift=(0, 1, 2, 3), vth=(200, 300))
    output = replace(network.layers[1], neuron=Neuron(guarded=True, vth=300, window=600))
    network = replace(network, layers=(network.layers[0], output))
    state = ls.initial_state(network, 1)
    export_netx(network, state, tmp_path / "a.net")
    found = import_netx(tmp_path / "a.net")[0].layers[0].neuron
    assert found.kind == "lif"
    assert found.decay_shift == (0, 1, 2, 3) * 2
    assert found.vth == (200, 300) * 4


def test_nir_keeps_them(tmp_path):
    pytest.importorskip("nir", reason="nir is not installed (extra: nir)")
    network = network_above(
        Dense(n_in=5, n_out=8, neuron=Neuron(decay_shift=(0, 1, 2, 3), **LIF), lr_shift=4)
    )
    state = ls.initial_state(network, 1)
    export_nir(network, state, tmp_path / "a.nir")
    assert import_nir(tmp_path / "a.nir")[0] == network


def test_a_search_varies_the_numbers_that_are_alike():
    network = network_above(several_constants())
    names = [each.name for each in space_of(network) if each.name.startswith("hidden.")]
    assert "hidden.adapt_shift" in names
    assert not {"hidden.vth", "hidden.decay_shift", "hidden.adapt_step"} & set(names)
    assert apply(network, {"hidden.adapt_shift": 7}).layers[0].neuron.adapt_shift == 7
