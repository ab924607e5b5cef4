"""Windows of any shape, groups, pools, given delays and input neurons: the reference's bits."""

from equal_training import assert_equal_training
from families import family
from hypothesis import assume, given
from random_layers import layered_cases
from random_networks import EVERYTHING


def forms(case):
    return ("popcount", "general") if case.network.check().popcount else ("general",)


@given(layered_cases(features=EVERYTHING - {"conv"}))
@family(300, quick=10)
def test_random_layers_learn_the_same_bits(case):
    for form in forms(case):
        for threads in (1, 2):
            assert_equal_training(case, threads=threads, form=form)


@given(layered_cases(pooled=False, delayed=False, grouped=False, max_steps=32, most=6))
@family(200, quick=5)
def test_words_have_windows_of_any_shape_and_input_neurons(case):
    """What is one bit a step needs no general form, unless a trace counts spikes."""
    counting = any(layer.trace_shift == 0 for layer in case.network.layers)
    assert ("popcount" in forms(case)) == (not counting)
    assume(not counting)
    assert_equal_training(case, threads=2, form="popcount")
