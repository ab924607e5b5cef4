"""The space around a network, and what each trial takes from it."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from lava_intsnn import presets
from lava_intsnn.presets import PRESETS
from lava_intsnn.search.errors import SearchError
from lava_intsnn.search.sampling import sample
from lava_intsnn.search.space import Parameter, apply, select, space_of


def parameter(low, high, scale="linear", *, default=1, off=False):
    return Parameter(name="p", default=default, low=low, high=high, scale=scale, off=off)


units = st.floats(0, 1, exclude_max=True)
ranges = st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)).map(lambda r: (r[0], sum(r)))


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("precision", ["16-8", "8-4"])
def test_every_preset_lies_in_its_own_space_and_trial_0_is_it(name, precision):
    network = PRESETS[name].network(precision)
    space = space_of(network)
    for p in space:
        assert p.nearest(p.default) == p.default
        assert p.low < p.high
    assert apply(network, sample(space, sampler="quasi", seed=5, index=0)) == network


def test_the_space_of_two_layers():
    space = {p.name: p for p in space_of(presets.digits_snn())}
    constants = ("vth", "window", "decay_shift", "lr_shift", "clip", "weight_decay_shift")
    names = [f"{layer}.{c}" for layer in ("hidden", "output") for c in constants]
    assert list(space) == [*names, "alpha"]
    assert (space["hidden.vth"].low, space["hidden.vth"].high) == (125, 2000)
    assert space["alpha"].choices == (32, 64, 128, 256, 512)
    assert space["output.lr_shift"].choices == (0, 1, 2, 3)
    assert space["output.clip"].choices == (512, 1024, 2048, 4096, 8192)
    assert space["output.weight_decay_shift"].choices == (9, 10, 11, 12, 13, 14, None)


def test_what_a_frozen_layer_learns_by_is_not_searched():
    names = {parameter.name for parameter in space_of(presets.mnist_csnn_head_loihi())}
    assert {"conv.vth", "output.lr_shift", "output.clip"} <= names
    assert not {"conv.lr_shift", "conv.clip", "conv.weight_decay_shift"} & names


def test_an_init_shift_is_searched_where_there_is_one():
    network = presets.digits_snn()
    first, last = network.layers
    network = replace(network, layers=(replace(first, init_shift=1, normalise=True), last))
    space = {p.name: p for p in space_of(network)}
    assert space["hidden.init_shift"].choices == (0, 1, 2, 3)
    assert not {"output.init_shift", "hidden.normalise"} & set(space)
    changed = apply(network, {"hidden.init_shift": 3})
    assert changed.layers == (replace(first, init_shift=3, normalise=True), last)


def test_apply_changes_what_is_named_and_nothing_else():
    network = presets.digits_snn()
    changed = apply(
        network,
        {"hidden.vth": 300, "output.weight_decay_shift": 10, "output.lr_shift": 3, "alpha": 64},
    )
    hidden, output = network.layers
    expected = replace(
        network,
        layers=(
            replace(hidden, neuron=replace(hidden.neuron, vth=300)),
            replace(output, weight_decay_shift=10, lr_shift=3),
        ),
        loss=replace(network.loss, alpha=64),
    )
    assert changed == expected


@given(limits=ranges, u=units)
def test_a_log_value_lies_within_its_range(limits, u):
    low, high = limits
    assert low <= parameter(low, high, "log").at(u) <= high


def test_a_log_range_gives_equal_ratios_equal_room():
    p = parameter(100, 1600, "log")
    found = [p.at(k / 4000) for k in range(4000)]
    assert min(found) == 100
    assert p.at(1 - 1e-9) == 1600
    octaves = Counter((value // 100).bit_length() for value in found if value < 1600)
    assert all(abs(n - 1000) <= 10 for n in octaves.values())


def test_linear_and_power_values_come_equally_often():
    for p in (parameter(3, 9, off=True), parameter(5, 50, "power", default=12)):
        counts = Counter(p.at(k / 8400) for k in range(8400))
        assert set(counts) == set(p.choices)
        assert set(counts.values()) == {8400 // len(p.choices)}
    assert parameter(5, 50, "power", default=12).choices == (6, 12, 24, 48)


def test_nearest_moves_a_default_into_a_range_of_the_users():
    assert parameter(100, 200, "log").nearest(500) == 200
    assert parameter(4, 6).nearest(2) == 4
    assert parameter(4, 6).nearest(None) == 6
    assert parameter(4, 6, off=True).nearest(None) is None


@pytest.mark.parametrize(
    ("low", "high", "scale"), [(5, 4, "linear"), (0, 4, "log"), (-1, 4, "linear"), (5, 7, "power")]
)
def test_an_empty_range_is_refused(low, high, scale):
    with pytest.raises(SearchError, match=f"range {low}:{high} of p"):
        parameter(low, high, scale, default=16)


def test_select_by_parameter_constant_and_layer():
    space = space_of(presets.digits_snn())
    assert [p.name for p in select(space, only=["hidden.vth", "alpha"])] == ["hidden.vth", "alpha"]
    assert [p.name for p in select(space, only=["vth"])] == ["hidden.vth", "output.vth"]
    assert len(select(space, only=["output"])) == 6
    changed = {p.name: p for p in select(space, ranges={"vth": (7, 70), "output.vth": (8, 80)})}
    assert len(changed) == len(space)
    assert (changed["hidden.vth"].low, changed["output.vth"].high) == (7, 80)
    with pytest.raises(SearchError, match="no parameter is called 'tau'; there are hidden.vth"):
        select(space, only=["tau"])


@pytest.mark.parametrize("sampler", ["quasi", "random"])
def test_trials_depend_on_seed_and_number_alone(sampler):
    space = space_of(presets.digits_snn())
    trials = [sample(space, sampler=sampler, seed=1, index=k) for k in range(9)]
    backwards = [sample(space, sampler=sampler, seed=1, index=k) for k in reversed(range(9))]
    assert trials == backwards[::-1]
    assert len({tuple(values.items()) for values in trials}) == 9
    assert sample(space, sampler=sampler, seed=2, index=3) != trials[3]


def test_the_quasi_random_sampler_leaves_no_gap():
    space = select(space_of(presets.digits_snn()), only=["hidden.vth", "decay_shift"])
    for seed in range(4):
        trials = [sample(space, sampler="quasi", seed=seed, index=k) for k in range(1, 65)]
        shifts = Counter(values["output.decay_shift"] for values in trials)
        assert all(abs(shifts[b] - 16) <= 1 for b in range(4))
        octaves = Counter((values["hidden.vth"] // 125).bit_length() for values in trials)
        assert all(abs(octaves[k] - 16) <= 2 for k in range(1, 5))
