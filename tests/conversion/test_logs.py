"""The six logs are what a literal count over recorded spikes gives."""

import json

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from random_conversion import quantised_networks

from lava_intsnn.conversion.converter import convert
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.logs import NAMES, logs_of
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.spiking_engine import infer
from lava_intsnn.conversion.spiking_network import SpikingLayer, SpikingNetwork
from lava_intsnn.conversion.spiking_reference import infer_image, synaptic_sum


def literal_logs(network, images, labels, *, steps):
    """Count spike by spike, as the paper's code does with its arrays: one row a step."""
    rows = [dict.fromkeys(NAMES, 0) for _ in range(steps)]
    for image, label in zip(images, labels):
        result = infer_image(network, image, steps=steps)
        spike_num = spike_collect = sop_num = 0
        for t, row in enumerate(rows):
            hidden = [s[t, 0].astype(int) for s in result.spikes[1:]]
            abs_spike, sum_spike = sum(abs(s).sum() for s in hidden), sum(s.sum() for s in hidden)
            spike_num += abs_spike
            spike_collect += sum_spike
            for before, layer, s in zip(network.layers, network.layers[1:], result.spikes):
                ones = np.ones_like(layer.weights, dtype=int)
                inputs = abs(before.amplitude * s[t, 0].astype(int))
                one_channel = SpikingLayer(ones, layer.thresholds, layer.stride, layer.padding)
                sop_num += synaptic_sum(one_channel, inputs).sum()
            sop_num += abs(result.spikes[-1][t, 0].astype(int)).sum() * network.n_classes
            row["accuracy"] += result.logits[t, 0].argmax() == label
            row["spike_num"] += spike_num
            row["spike_collect"] += spike_collect
            row["abs_spike"] += abs_spike
            row["sum_spike"] += sum_spike
            row["sop_num"] += sop_num
    for row in rows:
        row["accuracy"] /= len(images)
    return [{"step": t, **row} for t, row in enumerate(rows, start=1)]


@given(quantised_networks(min_layers=2), st.integers(0, 3))
@family(60)
def test_literal_count(case, seed):
    quantised, images = case
    network = convert(quantised, levels=24)
    labels = np.random.default_rng(seed).integers(0, network.n_classes, len(images))
    # batches end at steps of their own
    found = logs_of(
        network, [infer(network, images[b : b + 1]) for b in range(len(images))], labels
    )
    steps = len(found.correct)
    assert found.rows() == literal_logs(network, images, labels, steps=steps)
    assert found.rows() == logs_of(network, [infer(network, images, steps=steps)], labels).rows()


@pytest.fixture
def chain():
    """An encoder of two channels and one neuron, which fires too early at a pixel of 5."""
    encoder = SpikingLayer(
        np.ones((2, 1, 1, 1), np.int8), np.array([[1, 5, 300], [1, 300, 300]]), amplitude=2
    )
    neuron = SpikingLayer(np.array([[[[-1, 3]]]], np.int8), np.array([[3, 9, 9]]))
    readout = np.array([[0], [1], [-1]], np.int8)
    return SpikingNetwork("chain", (1, 1, 1), Pixels(), (encoder, neuron), readout, level=1)


def test_by_hand(chain):
    # t = 0: both channels spike, v = 2 (3 - 1) = 4, the neuron fires; t = 1: one does, v = 2, which
    # is below 3: taken back
    found = logs_of(chain, [infer(chain, np.array([[[[5]]]], np.uint8))], np.array([1]))
    assert found.rows() == [
        {"step": 1, "accuracy": 1.0, "spike_num": 1, "spike_collect": 1}
        | {"abs_spike": 1, "sum_spike": 1, "sop_num": 2 * 2 + 3},
        {"step": 2, "accuracy": 0.0, "spike_num": 2, "spike_collect": 0}
        | {"abs_spike": 1, "sum_spike": -1, "sop_num": (2 * 2 + 3) + (2 * 1 + 3)},
        {"step": 3, "accuracy": 0.0, "spike_num": 2, "spike_collect": 0}
        | {"abs_spike": 0, "sum_spike": 0, "sop_num": 12},
    ]
    assert found.layer_rows()[:4] == [
        {"step": 1, "layer": 0, "spikes": 2, "retractions": 0, "synops": 2},
        {"step": 1, "layer": 1, "spikes": 1, "retractions": 0, "synops": 3},
        {"step": 2, "layer": 0, "spikes": 1, "retractions": 0, "synops": 1},
        {"step": 2, "layer": 1, "spikes": 1, "retractions": 1, "synops": 3},
    ]
    assert json.loads(json.dumps(found.to_dict()))["steps"] == found.rows()
    text = found.text()
    assert "|    1 | 100.00 % |         1 |" in text
    assert sum(line.startswith("|") for line in text.splitlines()) == (2 + 3) + (2 + 6)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_label_an_image(chain, n):
    results = [infer(chain, np.zeros((2, 1, 1, 1), np.uint8))]
    with pytest.raises(ConversionError, match=f"{n} labels for results of 2 images"):
        logs_of(chain, results, np.zeros(n, np.int64))


def test_no_image(chain):
    with pytest.raises(ConversionError, match="0 labels for results of 0 images"):
        logs_of(chain, [], np.zeros(0, np.int64))
