"""Presynaptic traces that decay by a product and a shift."""

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn.network import NetworkError
from lava_intsnn.network.trace import TraceRule
from lava_intsnn.reference.forward import run_layer

NEURON = ls.Neuron(vth=10, window=1000)


def layer(**options):
    return ls.Dense(n_in=1, n_out=1, neuron=NEURON, lr_shift=0, **options)


def traces(spikes, **options):
    record = run_layer(layer(**options), np.array([[1]]), np.array(spikes)[:, None])
    assert record.t_corr.item() == record.in_trace.sum()  # the gate is always open
    return record.in_trace[:, 0].tolist()


def test_a_trace_by_hand():
    # keeps 3/4, with three fractional bits: a spike adds 8
    found = traces([1, 1, 0, 0, 0, 1], trace_decay=1024, trace_bits=3)
    assert found == [8, 14, 10, 7, 5, 11]  # 6 + 8, then 10.5, 7.5, 5.25 and 3.75 rounded down


def test_without_fractional_bits_a_decaying_trace_is_the_spike():
    assert traces([1, 1, 0, 1], trace_decay=1) == [1, 1, 0, 1]
    assert traces([1, 1, 0, 1], trace_decay=0) == [1, 2, 2, 3]
    assert traces([1, 1, 0, 1], trace_shift=0) == [1, 2, 2, 3]
    assert layer(trace_decay=1).trace.spike_is_trace
    assert not layer(trace_decay=1, trace_bits=1).trace.spike_is_trace


@pytest.mark.parametrize("bits", [0, 3])
@pytest.mark.parametrize("decay", [None, 0, 1, 1000, 4095, 4096])
@pytest.mark.parametrize("most", [1, 15])
def test_bounds_hold_for_activity_of_both_signs(decay, bits, most):
    rule = TraceRule.of(shift=1, decay=decay, bits=0 if decay is None else bits)
    t_pre, t_corr = rule.bounds(most, 50)
    rng = np.random.default_rng(0)
    drawn = rng.integers(-most if most > 1 else 0, most + 1, (200, 50))
    for activity in (*drawn, np.full(50, most), np.full(50, -most if most > 1 else 0)):
        trace = total = 0
        for x in activity.tolist():
            trace = ((trace * rule.keep) >> rule.shift) + (x << rule.bits)
            total += trace
            assert abs(trace) <= t_pre
        assert abs(total) <= t_corr


def test_what_makes_no_sense_is_refused():
    with pytest.raises(NetworkError, match="trace_bits = 2 with trace_decay = None"):
        layer(trace_bits=2)
    with pytest.raises(NetworkError, match="trace_decay = 4097: must be an integer in 0..4096"):
        layer(trace_decay=4097)
    wide = layer(trace_decay=0, trace_bits=16)
    network = ls.Network(name="wide", layers=(wide,), steps=4096, encoder=ls.FrameEncoder())
    with pytest.raises(NetworkError, match="layer 0: presynaptic trace can reach"):
        network.check()


def test_json_keeps_the_trace_and_older_files_have_none():
    network = ls.Network(name="traced", layers=(layer(trace_decay=7, trace_bits=2),))
    text = network.to_json()
    assert ls.Network.from_json(text) == network
    older = text.replace('"trace_decay": 7,', "").replace('"trace_bits": 2,', "")
    assert ls.Network.from_json(older).layers[0] == layer()
