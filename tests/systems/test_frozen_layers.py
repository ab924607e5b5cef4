"""Frozen layers in Lava: the reference's bits, weights that stay, feedback that ends above them."""

from dataclasses import replace

import numpy as np
import pytest
from equal_executor import assert_learns_the_reference
from families import family
from hypothesis import Phase, assume, given
from lava.magma.core.run_configs import Loihi2SimCfg
from random_case import Case
from random_changes import freezing
from random_loihi import loihi_cases
from random_networks import EVERYTHING, cases

from lava_intsnn import presets
from lava_intsnn.network import NetworkError
from lava_intsnn.processes import IntDense
from lava_intsnn.random_keys import train_keys
from lava_intsnn.state import initial_state
from lava_intsnn.systems.network_session import session
from lava_intsnn.systems.network_system import build

# the networks are small: shrinking takes minutes here
SETTINGS = {"phases": [Phase.reuse, Phase.generate], "print_blob": True}


def _in_lava(case):
    with session(build(case.network, case.state, capacity=64), timeout=600) as run:
        assert_learns_the_reference(case, run)


@pytest.mark.slow
@given(freezing(cases(max_size=12, max_steps=24, features=EVERYTHING)))
@family(200, quick=7, **SETTINGS)
def test_any_frozen_layers_leave_the_references_bits(case):
    _in_lava(case)


@given(freezing(loihi_cases()))
@family(100, quick=4, **SETTINGS)
def test_with_random_feedback(case):
    _in_lava(case)


@given(freezing(loihi_cases()))
@family(60, quick=4, **SETTINGS)
def test_microcode_inside_lava(case):
    assume(case.network.first_plastic < len(case.network.layers))
    system = build(case.network, case.state, capacity=64)
    with session(system, Loihi2SimCfg(select_tag="microcode"), timeout=600) as run:
        assert_learns_the_reference(replace(case, lr_boost=0), run)


def _case(*plastic: bool) -> Case:
    network = presets.digits_snn()
    layers = tuple(replace(layer, plastic=learns) for layer, learns in zip(network.layers, plastic))
    network = replace(network, layers=layers, batch=3)
    rng = np.random.default_rng(6)
    return Case(
        network=network,
        state=initial_state(network, 6),
        images=rng.integers(0, 256, (6, network.n_in)).astype(np.uint8),
        labels=rng.integers(0, 10, 6).astype(np.int32),
        keys=train_keys(6, 0, np.arange(6)),
        lr_boost=0,
    )


@pytest.mark.parametrize("plastic", [(False, True), (True, False), (False, False)])
def test_every_choice_of_two_layers(plastic):
    _in_lava(_case(*plastic))


def test_nothing_is_sent_to_layers_below_the_lowest_plastic_one():
    case = _case(False, True)
    system = build(case.network, case.state)
    assert not system.layers[0].fb_in.get_src_ports()
    assert [int(layer.memory.learning[0]) for layer in system.layers] == [0, 1]


def test_a_frozen_process_needs_no_learning_shift_and_no_feedback(recwarn):
    layer = IntDense(shape=(4, 6), vth=50, plastic=False)
    layer.check_composition()
    assert not recwarn.list
    assert not layer.spec.layer.plastic
    with pytest.raises(NetworkError, match="lr_shift = None"):
        IntDense(shape=(4, 6), vth=50)
