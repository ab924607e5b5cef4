"""Conversion: flipped and constant channels, the encoder, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from random_conversion import quantised_networks

from lava_intsnn.conversion.converter import convert
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.quantised import QuantisedLayer, QuantisedNetwork, inputs_of
from lava_intsnn.conversion.spiking_network import INFINITE


def network_of(*layers, level=0, readout=None):
    shape = (1, 1, layers[0].weights.shape[3])
    features = layers[-1].channels
    return QuantisedNetwork(
        name="small",
        in_shape=shape,
        pixels=Pixels(),
        layers=layers,
        readout=np.ones((2, features), dtype=np.int8) if readout is None else readout,
        level=level,
    )


def dense(weights, *, gamma=1.0, beta=0.0, dtype=np.int8, **changes):
    """A layer on a 1x1 image whose batch norm is gamma * v + beta."""
    weights = np.array(weights, dtype=dtype)
    n = len(weights)
    fields = {
        "weights": weights.reshape(n, 1, 1, -1),
        "unit": 1.0,
        "gamma": np.full(n, gamma, dtype=float),
        "beta": np.full(n, beta, dtype=float),
        "mean": np.zeros(n),
        "var": np.ones(n),
        "eps": 0.0,
    }
    return QuantisedLayer(**fields | changes)


def first_layer(**changes):
    return dense([[1]], max_count=4, **changes)


@given(quantised_networks())
def test_every_layer_counts_the_thresholds_its_potential_reaches(case):
    """The table of thresholds is the activation function, on the ANN's own inputs."""
    ann, images = case
    network = convert(ann, levels=64)
    x = inputs_of(ann, images)
    for layer, spiking, counts in zip(ann.layers, network.layers, ann.counts(images)):
        u = layer.potential(x) * np.sign(layer.gamma).astype(np.int64)
        reached = (u[..., None] >= spiking.thresholds).sum(axis=-1)
        np.testing.assert_array_equal(reached, np.minimum(counts, spiking.levels))
        np.testing.assert_array_equal(replace(layer, weights=spiking.weights).potential(x), u)
        x = counts * layer.amplitude


@given(quantised_networks())
def test_what_is_not_a_weight_or_threshold_stays(case):
    ann, _ = case
    network = convert(ann, levels=64)
    assert network.shapes == ann.shapes
    assert (network.name, network.level) == (ann.name, ann.level)
    assert network.readout is ann.readout
    assert network.layers[0].levels == 4
    assert network.layers[0].amplitude == 2**ann.level
    for spiking in network.layers[1:]:
        assert spiking.levels == 64
        assert spiking.amplitude == 1
    for layer, spiking in zip(ann.layers, network.layers):
        assert spiking.weights.dtype == layer.weights.dtype


def test_thresholds_by_hand():
    """y = 2 v - 3, k = 1: counts round(2 (2v - 3)): 2 at v = 2, 6 at 3, 10 at 4."""
    ann = network_of(first_layer(), dense([[1]], gamma=2.0, beta=-3.0, level=1))
    expected = [[2, 2, 3, 3, 3, 3, 4]]
    np.testing.assert_array_equal(convert(ann, levels=7).layers[1].thresholds, expected)


def test_negative_gamma_negates_weights():
    """y = 5 - 2 v: 5 at v = 0, 3 at v = 1, 1 at v = 2."""
    ann = network_of(first_layer(), dense([[3]], gamma=-2.0, beta=5.0))
    layer = convert(ann, levels=6).layers[1]
    assert layer.weights.item() == -3
    np.testing.assert_array_equal(layer.thresholds, [[-2, -1, -1, 0, 0, 1]])


def test_zero_gamma_counts_without_synapses():
    ann = network_of(first_layer(), dense([[3], [1]], beta=2.0, gamma=0.0))
    layer = convert(ann, levels=3).layers[1]
    assert not layer.weights.any()
    np.testing.assert_array_equal(layer.thresholds, [[-1, 0, 1]] * 2)


def test_constant_beyond_the_table_is_refused():
    ann = network_of(first_layer(), dense([[3], [1]], beta=9.0, gamma=0.0))
    with pytest.raises(ConversionError, match=r"layer 1 of small: channel 0 always counts 9.*at l"):
        convert(ann, levels=8)
    convert(ann, levels=9)


def test_the_encoder_may_need_more_than_32_bits():
    weights = [[2**30] * 8]
    ann = network_of(dense(weights, dtype=np.int32, gamma=2.0**-40, max_count=4))
    table = convert(ann).layers[0].thresholds
    assert INFINITE < table[0, 0] < table[0, 3] < 2**43
    image = np.full((1, 1, 1, 8), 200, dtype=np.uint8)
    u = ann.layers[0].potential(ann.pixels.integers(image))
    assert u > INFINITE
    assert (u >= table).sum() == ann.counts(image)[0].item() == 2


def test_lowest_weight_is_widened_where_it_is_negated():
    ann = network_of(dense([[-128], [5]], gamma=-1.0, max_count=4))
    weights = convert(ann).layers[0].weights
    assert weights.dtype == np.int32
    assert weights.ravel().tolist() == [128, -5]
    lowest = network_of(dense([[-(2**31)]], gamma=-1.0, max_count=4, dtype=np.int32))
    with pytest.raises(ConversionError, match="no negative in 32 bits"):
        convert(lowest)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"levels": 0}, r"levels = 0: must be in 1\.\.4096"),
        ({"levels": 4097}, r"levels = 4097"),
        ({"thresholds": "float"}, "must be one of exact, compact, use-int"),
        ({"thresholds": "compact", "scale": 0}, r"scale = 0: must be in 1\.\."),
        ({"thresholds": "use-int", "scale": 2**21}, r"scale = 2097152"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with pytest.raises(ConversionError, match=message):
        convert(network_of(first_layer(), dense([[1]])), **arguments)


def test_a_potential_of_more_than_32_bits_is_refused():
    ann = network_of(first_layer(), dense([[127]]), dense([[1 << 19]], dtype=np.int32))
    convert(ann, levels=4095)
    with pytest.raises(ConversionError, match="leaves 32 bits; convert with fewer levels"):
        convert(ann, levels=4096)
