"""Spiking networks that are none: refused before a kernel could read beyond its tables."""

from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.spiking_engine import infer
from lava_intsnn.conversion.spiking_network import SpikingLayer, SpikingNetwork

LAYER = SpikingLayer(np.ones((1, 1, 1, 1), np.int8), np.array([[1, 2]]))
INT64 = np.iinfo(np.int64)


def network(**changes):
    layers = (LAYER, replace(LAYER, **changes))
    return SpikingNetwork("chain", (1, 1, 1), Pixels(), layers, np.ones((2, 1), np.int8))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stride": 0}, "layer 1 of chain: stride = 0: must be at least 1"),
        ({"padding": -1}, "layer 1 of chain: padding = -1: must be at least 0"),
        ({"amplitude": 0}, "layer 1 of chain: amplitude = 0: must be at least 1"),
        ({"thresholds": np.array([[2, 1]])}, "layer 1 of chain: its thresholds fall"),
        ({"thresholds": np.array([[INT64.max, INT64.min]])}, "its thresholds fall"),
        ({"thresholds": np.zeros((1, 0), np.int64)}, r"must be \(1, M\), M in 1\.\.32767"),
        ({"thresholds": np.zeros((1, 1 << 15), np.int64)}, r"must be \(1, M\), M in 1\.\.32767"),
    ],
)
def test_what_no_kernel_could_run_is_refused(changes, message):
    with pytest.raises(ConversionError, match=message):
        network(**changes)


def test_thresholds_at_both_ends_of_64_bits():
    both = network(thresholds=np.array([[INT64.min, INT64.max]]))
    result = infer(both, np.full((1, 1, 1, 1), 255, np.uint8))
    assert result.counts[1].ravel().tolist() == [1]


def test_counts_up_to_the_largest_of_16_bits():
    levels = (1 << 15) - 1
    still = {"weights": np.zeros((1, 1, 1, 1), np.int8), "thresholds": np.zeros((1, levels), int)}
    result = infer(network(**still), np.zeros((1, 1, 1, 1), np.uint8))
    assert result.counts[1].ravel().tolist() == [levels]
    assert result.logits[:, 0, 0].tolist() == list(range(1, levels + 1))
