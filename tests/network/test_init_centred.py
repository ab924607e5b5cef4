"""Initial weights whose inference weights have a mean near 0."""

from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn.network import Conv, Dense, Network, NetworkError, Neuron, Precision
from lava_intsnn.state import initial_state

LEARNS = {"neuron": Neuron(vth=50, window=90), "lr_shift": 4}
NETWORK = Network(
    name="n",
    layers=(
        Conv(in_shape=(9, 9, 1), channels=40, kernel=3, **LEARNS),
        Dense(n_in=4 * 4 * 40, n_out=20, **LEARNS),
        Dense(n_in=20, n_out=3, init_shift=1, **LEARNS),
    ),
    precision="8-4",
)


def centred(network):
    layers = tuple(replace(layer, init_centred=True) for layer in network.layers)
    return replace(network, layers=layers)


@pytest.mark.parametrize(("precision", "half"), [("8-4", 8), ("16-8", 128), ("16-4", 2048)])
def test_weights_are_raised_by_half_a_unit_and_stay_in_range(precision, half):
    network = replace(NETWORK, precision=Precision.parse(precision))
    top = network.precision.w_shadow_max
    plain, raised = initial_state(network, 5), initial_state(centred(network), 5)
    for low, high in zip(plain.weights, raised.weights):
        assert low.dtype == high.dtype
        np.testing.assert_array_equal(high, np.clip(low.astype(int) + half, None, top))
    assert raised.weights[0].max() == top


def test_inference_weights_have_a_mean_near_zero():
    wide = 1  # index of the layer whose weights are small, and many
    biased = initial_state(NETWORK, 5).w(NETWORK, wide)
    network = centred(NETWORK)
    fair = initial_state(network, 5).w(network, wide)
    assert biased.mean() < -0.45
    assert abs(fair.mean()) < 0.05  # shadow weights are integers too, so halves are among them


@pytest.mark.parametrize("precision", ["fp32", "8-8"])
def test_nothing_changes_where_nothing_is_rounded(precision):
    network = replace(NETWORK, precision=Precision.parse(precision))
    for low, high in zip(
        initial_state(network, 5).weights, initial_state(centred(network), 5).weights
    ):
        np.testing.assert_array_equal(low, high)


@pytest.mark.parametrize("value", [1, 0, "yes", None])
def test_other_values_are_refused(value):
    with pytest.raises(NetworkError, match=f"init_centred = {value!r}: must be"):
        replace(NETWORK.layers[0], init_centred=value)
