"""Windows of any shape, groups, pools, given delays and input neurons: the reference's bits."""

from equal_training import assert_equal_training
from families import family
from hypothesis import given
from random_layers import layered_cases
from random_networks import EVERYTHING


@given(layered_cases(features=EVERYTHING - {"conv"}))
@family(300, quick=10)
def test_random_layers_learn_the_same_bits(case):
    for form in ("popcount", "general") if case.network.check().popcount else ("general",):
        for threads in (1, 2):
            assert_equal_training(case, threads=threads, form=form)
