"""Local errors in Lava: a local readout is an IntReadout on a branch of the spikes."""

from dataclasses import replace

import pytest
from equal_executor import assert_learns_the_reference
from families import family
from hypothesis import Phase, given
from local_readouts import legal_local_cases, local_cases
from random_case import seeded_case
from random_changes import freezing
from random_networks import EVERYTHING, cases
from same_bits import assert_same_results

from lava_intsnn import networks, reference
from lava_intsnn.network import NetworkError, with_local_readouts
from lava_intsnn.state import initial_state
from lava_intsnn.systems.hosted_system import build_hosted
from lava_intsnn.systems.learning_dense import build as build_learning
from lava_intsnn.systems.network_session import session
from lava_intsnn.systems.network_system import build

# isort: split
from lava.magma.core.run_configs import Loihi2SimCfg

#: Shrinking takes minutes where Lava runs.
LAVA = {"phases": [Phase.reuse, Phase.generate], "print_blob": True}


@given(freezing(local_cases(cases(max_size=12, max_steps=12, features=EVERYTHING))))
@family(100, quick=2, **LAVA)
def test_lava_learns_the_same_bits(case):
    other = replace(case, state=initial_state(case.network, case.state.seed + 1))
    other = replace(other, state=replace(other.state, seed=case.state.seed))
    with session(build(case.network, case.state, capacity=64), timeout=600) as lava:
        assert_learns_the_reference(case, lava)
        lava.load(other.state)
        assert_learns_the_reference(other, lava)


@pytest.mark.slow
@given(legal_local_cases(max_size=8, max_steps=6))
@family(30, quick=1, **LAVA)
def test_microcode_in_lava_learns_the_same_bits(case):
    microcode = Loihi2SimCfg(select_tag="microcode")
    with session(build(case.network, case.state, capacity=64), microcode, timeout=600) as lava:
        assert_learns_the_reference(case, lava)


def test_inference_has_no_local_readouts():
    network = with_local_readouts(networks.dense((12, 9, 7, 3)))
    case = seeded_case(network, samples=5, seed=1)
    system = build(network, case.state, batch=5, learning=False)
    assert system.local == ()
    with session(system, timeout=600) as lava:
        oracle = reference.infer_batch(network, case.state, case.images, case.keys)
        assert_same_results(lava.infer_batch(case.images, case.keys), oracle)
        other = replace(initial_state(network, 2), seed=case.state.seed)
        lava.load(other)
        assert lava.state().equals(other)


def test_what_has_one_readout_refuses_local_ones():
    network = with_local_readouts(networks.dense((12, 9, 3)))
    state = initial_state(network)
    with pytest.raises(NetworkError, match="local readouts"):
        build_hosted(network, state, learning=True)
    with pytest.raises(NetworkError, match="LearningDense has one output"):
        build_learning(network, state)
