"""Networks without pools have the spikes of those with."""

import numpy as np
import pytest
from hypothesis import given
from random_layers import layered_cases
from random_networks import EVERYTHING

from lava_intsnn.network import Conv, Dense, Network, NetworkError, Neuron, Pool
from lava_intsnn.networks import without_pools
from lava_intsnn.reference.recording import record
from lava_intsnn.state import initial_state

OTHERS = EVERYTHING - {"conv"}


@given(layered_cases(features=OTHERS, most=4, apart=True))
def test_the_spikes_are_the_same(case):
    network, state = case.network, case.state
    try:
        plain, unrolled = without_pools(network, state)
    except NetworkError:  # a border that cannot be unrolled, see below
        return
    assert not any(layer.pool for layer in plain.layers)
    unrolled.validate(plain)
    for image, key in zip(case.images, case.keys):
        mine, theirs = (
            record(*pair, image, key=key) for pair in ((network, state), (plain, unrolled))
        )
        for a, b in zip(mine.spikes, theirs.spikes, strict=True):
            np.testing.assert_array_equal(a, b)


def network_of(pool: Pool, **conv: object) -> Network:
    neurons = {"neuron": Neuron(vth=100, window=200), "lr_shift": 4}
    first = Conv(in_shape=pool.in_shape, pool=pool, channels=2, **conv, **neurons)
    return Network(name="x", layers=(first, Dense(n_in=first.n_out, n_out=2, **neurons)))


@pytest.mark.parametrize(
    ("pool", "conv", "message"),
    [
        (
            dict(kind="average", kernel=2, stride=2),
            dict(kernel=1, stride=1),
            "layer 0: a pool of kind 'average' at precision",
        ),
        (dict(kernel=3, stride=1), dict(kernel=1, stride=1), None),
        (dict(kernel=3, stride=1), dict(kernel=2, stride=1), "overlap add up to"),
        (dict(kernel=3, stride=3), dict(kernel=2, stride=1, padding=1), "at the border"),
        (dict(kernel=2, stride=40), dict(kernel=1, stride=2), "layer 0: a kernel for pool and"),
    ],
)
def test_what_cannot_be_unrolled_is_said(pool, conv, message):
    network = network_of(Pool(in_shape=(7, 7, 1), **pool), **conv)
    state = initial_state(network)
    state.weights[0][:] = 32767
    if message is None:
        without_pools(network, state)
        return
    with pytest.raises(NetworkError, match=message):
        without_pools(network, state)
