"""Local errors in both forms of the engine."""

from equal_training import assert_equal_training
from families import family
from hypothesis import given
from local_readouts import local_cases
from random_changes import freezing
from random_networks import EVERYTHING, cases


@given(freezing(local_cases(cases(features=EVERYTHING, max_steps=20))))
@family(400, quick=8)
def test_the_engine_learns_the_same_bits(case):
    for threads in (1, 2):
        assert_equal_training(case, threads=threads, form="auto")


@given(local_cases(cases(features=frozenset({"conv", "random_feedback"}))))
@family(200, quick=4)
def test_both_forms_learn_the_same_bits(case):
    if case.network.check().popcount:
        assert_equal_training(case, threads=2, form="popcount")
    assert_equal_training(case, threads=1, form="general")
