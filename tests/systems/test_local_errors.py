"""Local errors in Lava: a local readout is an IntReadout on a branch of the spikes."""

from dataclasses import replace

import numpy as np
from equal_executor import assert_learns_the_reference
from families import family
from hypothesis import Phase, given
from local_readouts import local_cases
from random_networks import EVERYTHING, cases, freezing

from lava_intsnn import reference
from lava_intsnn.state import initial_state
from lava_intsnn.systems.network_session import session
from lava_intsnn.systems.network_system import build
from same_bits import assert_same_results


@given(freezing(local_cases(cases(max_size=12, max_steps=12, features=EVERYTHING))))
@family(100, quick=3, phases=[Phase.reuse, Phase.generate], print_blob=True)
def test_lava_learns_the_same_bits(case):
    other = replace(case, state=initial_state(case.network, case.state.seed + 1))
    other = replace(other, state=replace(other.state, seed=case.state.seed))
    with session(build(case.network, case.state, capacity=64), timeout=600) as lava:
        assert_learns_the_reference(case, lava)
        lava.load(other.state)
        assert_learns_the_reference(other, lava)
