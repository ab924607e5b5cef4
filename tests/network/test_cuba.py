"""Loihi's neuron: the reference against numbers worked out by hand, and its description."""

from dataclasses import replace

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn import CUBA
from lava_intsnn.network import NetworkError
from lava_intsnn.network.cuba import spread
from lava_intsnn.reference.membrane import advance, resting

HALF = 2048  # a decay that keeps half


def run(neuron, sums, n=1):
    """Return states and spikes of each step: int64 ``(T, S, n)`` and ``(T, n)``."""
    states, kept, spikes = resting(neuron, n), [], []
    for a in sums:
        step = advance(neuron, states, np.broadcast_to(np.int64(a), n).copy())
        states = step.states
        kept.append(states)
        spikes.append(step.s)
    return np.array(kept), np.array(spikes)


def network(neuron=None, **changes):
    """Return a small network of CUBA neurons."""
    neuron = neuron or CUBA(vth=40, window=80, current_decay=1024, voltage_decay=512)
    layers = (
        ls.Dense(n_in=6, n_out=4, neuron=neuron, lr_shift=4),
        ls.Dense(n_in=4, n_out=3, neuron=replace(neuron, refractory=3, reset="soft"), lr_shift=4),
    )
    return ls.Network(name="small", layers=layers, steps=8, **changes)


def test_a_sample_by_hand():
    # keeps 1/2 of the current and 3/4 of the voltage; threshold 10 is 640; bias 3 << 4 is 48
    neuron = CUBA(vth=10, window=4, current_decay=HALF, voltage_decay=1024, bias_mant=3, bias_exp=4)
    kept, spikes = run(neuron, [5, 0, -8, 7, 7, 0])
    # u: 320; 160; 80 - 512 = -432; -216 + 448 = 232; 116 + 448 = 564; 282
    # v: 368; 276 + 208 = 484; 363 - 384 = -21; trunc(-15.75) + 280 = 265; 198 + 612 = 810, fires;
    #    0 + 282 + 48 = 330
    assert kept[:, 1, 0].tolist() == [320, 160, -432, 232, 564, 282]
    assert kept[:, 0, 0].tolist() == [368, 484, -21, 265, 0, 330]
    assert spikes[:, 0].tolist() == [0, 0, 0, 0, 1, 0]


def test_a_soft_reset_keeps_what_is_above_the_threshold():
    neuron = CUBA(vth=2, window=4, current_decay=4096, voltage_decay=0, reset="soft")
    kept, spikes = run(neuron, [5, 0, 0, -1])
    assert kept[:, 0, 0].tolist() == [320 - 128, 64, 64, 0]
    assert spikes[:, 0].tolist() == [1, 1, 0, 0]


def test_a_refractory_neuron_holds_its_voltage_while_the_current_goes_on():
    neuron = CUBA(vth=1, window=8, current_decay=HALF, voltage_decay=0, refractory=3)
    kept, spikes = run(neuron, [4, 4, 0, 0, 0])
    assert kept[:, 1, 0].tolist() == [256, 384, 192, 96, 48]
    assert kept[:, 0, 0].tolist() == [0, 0, 0, 0, 0]
    assert kept[:, 2, 0].tolist() == [2, 1, 0, 2, 1]
    assert spikes[:, 0].tolist() == [1, 0, 0, 1, 0]


def test_what_decays_is_truncated_toward_zero():
    neuron = CUBA(vth=100, window=1, current_decay=1, voltage_decay=4095)
    kept, _ = run(neuron, [-1, 0, 0])
    assert kept[:, 1, 0].tolist() == [-64, -63, -62]  # -63.98, -62.98
    assert kept[:, 0, 0].tolist() == [-64, -63, -62]  # the voltage keeps 1/4096: nothing


def test_a_current_that_never_decays_adds_up_and_wraps_once():
    top = 1 << 23
    neuron = CUBA(vth=131072, window=1, current_decay=0, voltage_decay=4096)
    kept, spikes = run(neuron, [1 << 16, 1 << 16, 1, -1, -(1 << 17), -(1 << 17)])
    assert kept[:, 1, 0].tolist() == [top // 2, top, 64 - top, top, 0, top]
    assert kept[:, 0, 0].tolist() == [top // 2, top - 1, 64 - top, top - 1, 0, top - 1]
    assert not spikes.any()  # 131072 is never exceeded


def test_each_neuron_or_each_row_may_have_its_own_numbers():
    neuron = CUBA(
        vth=(1, 3), window=1, current_decay=4096, voltage_decay=(0, 4096), bias_mant=(0, 1)
    )
    _, spikes = run(neuron, [1, 1, 2], n=4)
    assert spikes.tolist() == [[0, 0, 0, 0], [1, 0, 1, 0], [1, 0, 1, 0]]
    assert spread((1, 2), 4).tolist() == [1, 2, 1, 2]


def test_guarded_neurons_are_the_case_without_a_lasting_current():
    rng = np.random.default_rng(0)
    sums = rng.integers(-200000, 200000, (40, 50))
    for b in (0, 1, 5, 12):
        guarded = ls.Neuron(vth=7000, window=9000, decay_shift=b, guarded=True)
        cuba = CUBA(vth=7000, window=9000, current_decay=4096, voltage_decay=guarded.voltage_decay)
        one, other = resting(guarded, 50), resting(cuba, 50)
        for a in sums:
            left, right = advance(guarded, one, a), advance(cuba, other, a)
            one, other = left.states, right.states
            for name in ("v_before", "s", "g"):
                np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
            np.testing.assert_array_equal(one[0], other[0])


def test_json_keeps_every_field():
    neuron = CUBA(
        vth=(5, 6, 7, 8),
        window=0,
        current_decay=4096,
        voltage_decay=(0, 1, 2, 3),
        bias_mant=(-4, 0, 1, 2),
        bias_exp=0,
        refractory=63,
        reset="soft",
    )
    small = network()
    small = replace(small, layers=(replace(small.layers[0], neuron=neuron), small.layers[1]))
    assert ls.Network.from_json(small.to_json()) == small


def test_the_width_table_has_the_states():
    rows = {(row.layer, row.state): row for row in network().check().table}
    assert (rows[0, "u"].bits, rows[0, "u"].policy) == (24, "proven")
    assert rows[0, "u"].bound == (6 * 128 << 6) * 4  # keeps 3/4: four times what a step adds
    assert (rows[0, "v"].bits, rows[0, "v"].policy) == (24, "saturate")
    assert (rows[1, "refractory"].bits, rows[1, "refractory"].bound) == (7, 2)
    assert (0, "refractory") not in rows
    lasting = CUBA(vth=40, window=80, current_decay=0, voltage_decay=0)
    row = next(row for row in network(lasting).check().table if row.state == "u")
    assert (row.bits, row.policy, row.bound) == (25, "wrap", (1 << 23) + (6 * 128 << 6))


def test_sums_that_would_wrap_the_current_twice_are_refused():
    neuron = CUBA(vth=40, window=80, current_decay=0, voltage_decay=0)
    layer = ls.Dense(n_in=2100, n_out=2, neuron=neuron, lr_shift=4)  # 2100 * 128 > 2 ** 18
    with pytest.raises(NetworkError, match="layer 0: a guarded current wraps once"):
        ls.Network(name="wide", layers=(layer,)).check()
    short = replace(neuron, current_decay=4096)
    ls.Network(name="wide", layers=(replace(layer, neuron=short),)).check()


def test_other_weights_rescale_what_is_in_their_unit():
    neuron = CUBA(
        vth=(800, 16), window=400, current_decay=1, voltage_decay=2, bias_mant=(-64, 8), bias_exp=1
    )
    narrow = neuron.rescaled(-3)
    assert (narrow.vth, narrow.window) == ((100, 2), 50)
    assert (narrow.bias_mant, narrow.bias_exp) == ((-16, 2), 0)
    wide = neuron.rescaled(3)
    assert (wide.bias_mant, wide.bias_exp) == ((-64, 8), 4)
    assert (narrow.current_decay, narrow.voltage_decay) == (1, 2)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"vth": 0}, "vth = 0: must be an integer in 1..131072"),
        ({"vth": 131073}, "vth = 131073"),
        ({"vth": (1, 131073)}, "vth = "),
        ({"current_decay": 4097}, "current_decay = 4097: must be an integer in 0..4096"),
        ({"voltage_decay": -1}, "voltage_decay = -1"),
        ({"bias_mant": 1 << 23}, "bias_mant = 8388608"),
        ({"bias_exp": 8}, "bias_exp = 8"),
        ({"refractory": 0}, "refractory = 0: must be an integer in 1..63"),
        ({"reset": "none"}, "reset = 'none': must be one of hard, soft"),
        ({"window": -1}, "window = -1"),
    ],
)
def test_values_out_of_range_are_refused(options, says):
    known = {"vth": 10, "window": 8, "current_decay": 1, "voltage_decay": 1}
    with pytest.raises(NetworkError, match=says):
        CUBA(**{**known, **options})


def test_numbers_per_neuron_must_fit_the_layer():
    neuron = CUBA(vth=(1, 2, 3), window=1, current_decay=1, voltage_decay=1)
    with pytest.raises(NetworkError, match="vth has 3 numbers: give one number, or 4, one for"):
        ls.Dense(n_in=2, n_out=4, neuron=neuron, lr_shift=0)
    with pytest.raises(NetworkError, match="or 18, one for each neuron, or 2, one for each row"):
        ls.Conv(in_shape=(3, 3, 1), channels=2, kernel=1, stride=1, neuron=neuron, lr_shift=0)
