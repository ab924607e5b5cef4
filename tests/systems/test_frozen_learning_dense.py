"""Frozen layers beside LearningDense: Lava's own Dense and Conv, and the reference's bits."""

from dataclasses import replace

import pytest
from equal_executor import assert_learns_the_reference
from families import family
from hypothesis import Phase, assume, given
from lava.proc.conv.process import Conv as LavaConv
from lava.proc.dense.process import Dense as LavaDense, LearningDense
from random_case import seeded_case
from random_changes import freezing
from random_loihi import loihi_cases

from lava_intsnn.loihi.learning_engine import build, session
from lava_intsnn.network import Conv, Dense, Loss, Network, NetworkError, Neuron, Precision
from lava_intsnn.runtime import SessionError
from lava_intsnn.state import State, initial_state


def head_on_filters(**filters) -> Network:
    neuron = Neuron(vth=90, window=90, v_bits=24)
    conv = Conv(
        in_shape=(6, 6, 1),
        channels=3,
        kernel=3,
        stride=2,
        padding=1,
        neuron=neuron,
        lr_shift=9,
        plastic=False,
        **filters,
    )
    head = Dense(
        n_in=conv.n_out,
        n_out=4,
        neuron=replace(neuron, vth=300, window=900),
        lr_shift=6,
        clip=(1 << 30) - 1,
    )
    return Network(
        name="head-on-filters",
        layers=(conv, head),
        steps=6,
        batch=1,
        precision=Precision(shadow_bits=8, inference_bits=8, full_range=True),
        loss=Loss(alpha=64, err_bits=8),
    )


@given(freezing(loihi_cases()))
@family(80, quick=4, phases=[Phase.reuse, Phase.generate], print_blob=True)
def test_any_frozen_layers_leave_the_references_bits(case):
    assume(case.network.first_plastic < len(case.network.layers))
    case = replace(case, lr_boost=0)  # learning shifts are part of the rules
    with session(build(case.network, case.state, capacity=3), timeout=600) as run:
        assert_learns_the_reference(case, run)


def test_a_head_learns_on_lavas_own_convolution():
    case = seeded_case(head_on_filters(), samples=4, seed=8)
    system = build(case.network, case.state, capacity=3)
    assert type(system.layers[0]) is LavaConv
    assert isinstance(system.layers[1], LearningDense)
    assert system.feedback == ()
    with session(system, timeout=600) as run:
        after = assert_learns_the_reference(case, run)
        run.load(State((after.weights[0], case.state.weights[1]), seed=8))
        other = State((after.weights[0] + 1, after.weights[1]), seed=8)
        with pytest.raises(SessionError, match="layer 0 is frozen and has other weights"):
            run.load(other)
    assert (after.weights[1] != case.state.weights[1]).any()


def test_a_frozen_dense_layer_is_lavas_own():
    network = head_on_filters()
    neuron = network.layers[0].neuron
    dense = Dense(n_in=20, n_out=network.layers[1].n_in, neuron=neuron, lr_shift=9, plastic=False)
    system = build(
        replace(network, layers=(dense, network.layers[1])),
        initial_state(replace(network, layers=(dense, network.layers[1])), 1),
    )
    assert type(system.layers[0]) is LavaDense


def test_delays_of_frozen_layers_are_refused_by_name():
    network = head_on_filters()
    neuron = network.layers[0].neuron
    delayed = Dense(
        n_in=9, n_out=network.layers[1].n_in, neuron=neuron, lr_shift=9, max_delay=3, plastic=False
    )
    network = replace(network, layers=(delayed, network.layers[1]))
    with pytest.raises(NetworkError, match="layer 0: recurrence or delays: Lava's Dense"):
        build(network, initial_state(network, 1))
