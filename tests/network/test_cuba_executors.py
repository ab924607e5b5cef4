"""Loihi's neuron in every executor: the reference's bits on random networks."""

import pytest
from equal_training import assert_equal_training
from families import family
from hypothesis import given
from random_networks import EVERYTHING, cases, with_currents


@pytest.mark.parametrize("threads", [1, 2])
@given(case=with_currents(cases(features=EVERYTHING)))
@family(300, quick=8)
def test_the_engine_learns_the_same_bits(case, threads):
    assert_equal_training(case, threads=threads, form="auto")
