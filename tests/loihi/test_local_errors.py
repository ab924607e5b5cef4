"""Local errors on Loihi: each readout sends its error to the layers of its own branch."""

from dataclasses import replace

import numpy as np
import pytest
from equal_executor import assert_learns_the_reference
from equal_training import batches
from families import family
from hypothesis import given
from local_readouts import legal_local_cases
from same_bits import assert_same_results

from lava_intsnn import loihi, networks, reference
from lava_intsnn.network import Feedback, with_local_readouts
from lava_intsnn.state import initial_state


@given(legal_local_cases(max_size=10))
@family(200, quick=6)
def test_the_chip_learns_the_same_bits(case):
    image = loihi.compile(case.network, case.state, learning=True)
    state = case.state
    of_state = {"seed": state.seed, "updates": state.updates}
    with loihi.VirtualChip(image, network=case.network, **of_state) as chip:
        learned = assert_learns_the_reference(case, chip)
        assert chip.state().equals(learned)
        for images, _, keys in batches(case):
            oracle = reference.infer_batch(case.network, learned, images, keys)
            assert_same_results(chip.infer_batch(images, keys), oracle)
