"""What a description with delays that learn takes, holds and proves."""

from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import given
from random_layers import learning_delays
from random_networks import EVERYTHING, cases

from lava_intsnn import reference
from lava_intsnn.network import Dense, Network, NetworkError, Neuron
from lava_intsnn.reference.recording import used_widths
from lava_intsnn.search.space import apply, space_of
from lava_intsnn.state import State, initial_state

FIELDS = {"n_in": 4, "n_out": 3, "neuron": Neuron(vth=9, window=9), "lr_shift": 3}
LEARNED = FIELDS | {"max_delay": 6, "delay_source": "state", "delay_lr_shift": 5, "delay_bits": 3}


def network(**changes):
    return Network(name="x", layers=(Dense(**LEARNED | changes),), steps=4, batch=2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"delay_lr_shift": 38}, r"delay_lr_shift = 38: must be .*0\.\.37"),
        ({"delay_lr_shift": -1}, r"delay_lr_shift = -1"),
        ({"delay_bits": 17}, r"delay_bits = 17: must be .*0\.\.16"),
        ({"delay_clip": 0}, "delay_clip = 0: must be"),
        ({"delay_lr_shift": 0, "delay_bits": 0, "delay_source": "seed"}, "delay_lr_shift = 0 with"),
        ({"delay_lr_shift": None, "delay_source": "seed"}, "delay_bits = 3 with delay_source"),
        ({"max_delay": 0}, "delay_source = 'state' with max_delay = 0"),
    ],
)
def test_wrong_fields_are_refused(changes, message):
    with pytest.raises(NetworkError, match=message):
        Dense(**LEARNED | changes)


def test_the_delay_in_use_is_the_whole_steps():
    layer = Dense(**LEARNED)
    shadow = np.array([[0, 7, 8, 55], [15, 16, 23, 24], [48, 47, 1, 2]])
    assert layer.delays(shadow).tolist() == [[0, 0, 1, 6], [1, 2, 2, 3], [6, 5, 0, 0]]
    assert layer.delays(shadow + 0.75).tolist() == layer.delays(shadow).tolist()
    assert layer.d_shadow_max == 55
    held = layer.shadow_delays(layer.delays(shadow))
    assert (layer.delays(held) == layer.delays(shadow)).all()
    fixed = Dense(**FIELDS, max_delay=6)
    assert (layer.delays(initial_state(network()).delays[0]) == fixed.delays()).all()


def test_json_keeps_the_fields_and_older_files_have_none():
    assert Network.from_json(network().to_json()) == network()
    fixed = network(delay_lr_shift=None, delay_bits=0)
    assert "delay_lr_shift" not in fixed.to_json()
    assert "delay_clip" not in fixed.to_json()
    assert Network.from_json(fixed.to_json()) == fixed


def test_states_out_of_range_are_refused():
    state = initial_state(network())
    for bad, message in ((56, "shadow delay of 56"), (-1, "shadow delay of -1")):
        held = state.delays[0].copy()
        held[1, 2] = bad
        with pytest.raises(ValueError, match=message):
            State(state.weights, delays=(held,)).validate(network())
    floats = replace(network(), precision=replace(network().precision, floating=True))
    weights = (state.weights[0].astype(np.float32),)
    with pytest.raises(ValueError, match="the network needs floats"):
        State(weights, delays=state.delays).validate(floats)
    held = state.delays[0].astype(np.float32)
    State(weights, delays=(held,)).validate(floats)
    held[0, 0] = np.nan
    with pytest.raises(ValueError, match="shadow delay of nan"):
        State(weights, delays=(held,)).validate(floats)


def test_a_search_varies_how_delays_learn():
    names = {parameter.name for parameter in space_of(network())}
    assert {"output.delay_lr_shift", "output.delay_clip"} <= names
    changed = apply(network(), {"output.delay_lr_shift": 7, "output.delay_clip": 32})
    assert (changed.layers[0].delay_lr_shift, changed.layers[0].delay_clip) == (7, 32)
    fixed = network(delay_lr_shift=None)
    assert not any("delay" in parameter.name for parameter in space_of(fixed))


@given(learning_delays(cases(max_size=8, max_steps=12, features=EVERYTHING)))
@family(100, quick=5)
def test_no_value_leaves_its_width(case):
    """Also after updates, by which shadow delays come to the ends of their range."""
    case = replace(case, network=replace(case.network, batch=len(case.images)))
    state, table = case.state, case.network.check().table
    bounds = {(row.layer, row.state): row.bound for row in table}
    for _ in range(2):
        for used in used_widths(case.network, state, case.images, case.labels):
            assert used.used <= used.declared, used
            if used.state in ("d_shadow", "delta_d"):
                assert max(used.high, -used.low) <= bounds[used.layer, used.state], used
        state, _ = reference.train_batch(
            case.network, state, case.images, case.labels, case.keys, lr_boost=case.lr_boost
        )
        state.validate(case.network)
