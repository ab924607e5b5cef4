"""Convolution in the popcount form: the reference's bits for any geometry."""

import numpy as np
from equal_training import assert_equal_training
from hypothesis import given, settings
from random_networks import Case, cases

from lava_intsnn.state import initial_state
from lava_intsnn.training import train_keys


def case_of(network, *, n, dark=0.5, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, network.n_in)).astype(np.uint8)
    images[rng.random(images.shape) < dark] = 0
    return Case(
        network=network,
        state=initial_state(network, seed),
        images=images,
        labels=rng.integers(-1, network.n_classes, n).astype(np.int32),
        keys=train_keys(seed, 0, np.arange(n)),
        lr_boost=0,
    )


@given(
    cases(features=frozenset({"conv", "losses", "propagation"})).filter(
        lambda case: case.network.check().popcount
    )
)
@settings(max_examples=150, deadline=None)
def test_random_networks_learn_the_same_bits(case):
    for threads in (1, 3):
        assert_equal_training(case, threads=threads, form="popcount")
