"""Numbers of netx files are read as lava-dl would run them."""

import re

import h5py
import numpy as np
import pytest
from families import family
from foreign_netx import quietly_imported
from hypothesis import example, given, strategies as st
from netx_models import LAVA_DL, LavaDlNetwork, as_ours

from lava_intsnn import reference
from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.formats.netx.lava_dl_weights import weights_in_lava
from lava_intsnn.formats.netx.netx_fields import UnfitLayer
from lava_intsnn.network import CUBA, Neuron, Precision

STEPS = 30


def write(path, layers):
    """Write layers, dicts of data sets by name, neurons under ``neuron``."""
    with h5py.File(path, "w") as file:
        for number, (kind, fields) in enumerate(layers):
            group = file.create_group(f"layer/{number}")
            group.create_dataset("type", (1,), "S10", [kind.encode()])
            neuron = fields.pop("neuron", None)
            for name, value in fields.items():
                group[name] = value
            if neuron is not None:
                held = group.create_group("neuron")
                held["type"] = np.array([neuron.pop("type", "CUBA").encode()])
                for name, value in neuron.items():
                    held[name] = value
    return path


def cuba(**fields):
    return {"iDecay": 2044, "vDecay": 617, "vThMant": 60, "refDelay": 1, **fields}


def dense(w, *, neuron=(), **fields):
    w = np.asarray(w)
    held = {"shape": [len(w)], "weight": w, **fields}
    return ("dense", held if neuron is None else {**held, "neuron": cuba(**dict(neuron))})


W = np.random.default_rng(0).integers(-60, 60, (5, 6))


def spikes_here_and_there(path, *, seed=1):
    """Return our spikes and lava-dl's of every layer, and the notes of the import."""
    network, state, notes = quietly_imported(path, steps=STEPS)
    x = (np.random.default_rng(seed).random((STEPS, network.n_in)) < 0.4).astype(np.int64)
    w = [state.w(network, index).astype(np.int64) for index in range(len(network.layers))]
    ours = [record.s for record in reference.forward(network, w, x, state.delays)]
    theirs = LavaDlNetwork(path)
    found = theirs.run(np.pad(x, ((0, len(ours)), (0, 0))))
    return ours, as_ours(found, STEPS, first=1), notes


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({}, None),
        ({"neuron": {"iDecay": [2044, 2044, 2047, 2054, 2062]}}, None),
        ({"neuron": {"vDecay": [617, 619, 619, 620, 611], "vThMant": [60, 50, 70, 80, 90]}}, None),
        ({"neuron": {"iDecay": [2044] * 5, "vThMant": [60]}}, None),
        ({"neuron": {"vDecay": 4096}}, None),
        ({"neuron": {"iDecay": 0}}, None),
        ({"neuron": {"vThMant": 1 << 20}}, None),
        ({"neuron": {"refDelay": 3}}, "refDelay = 3 has no effect"),
        ({"neuron": {"type": "LOIHI", "theta": 3840, "wgtExp": 0}}, None),
        ({"neuron": None}, "it sums up"),
        ({"bias": [5.0, -7, 30.9, 0, 2]}, "bias: 1 of 5 numbers are not whole"),
        ({"bias": [7]}, None),
        ({"bias": 7.0}, None),
        ({"shape": [5, 1, 1], "weight": W.ravel()}, None),
        ({"weight": W * 6}, "weights are beyond -256..254 and are clipped"),
        ({"weight": W * 4 + 1}, None),
        ({"weight": W / 1.5}, "weight: .* of 30 numbers are not whole"),
        ({"weight": np.abs(W)}, None),
        ({"weight": -np.abs(W) - 1, "bias": [50] * 5}, None),
        ({"delay": 3}, None),
        ({"delay": [0, 1, 2, 3, 62]}, None),
        ({"delay": [0, 1, 2, 3, 4, 70]}, "delay: 1 of 6 are beyond 62"),
        ({"delay": np.arange(30).reshape(5, 6) % 7}, None),
    ],
)
def test_a_dense_layer_runs_as_in_lava_dl(tmp_path, fields, note):
    path = write(tmp_path / "a.net", [dense(**{"w": W, **fields})])
    ours, theirs, notes = spikes_here_and_there(path)
    np.testing.assert_array_equal(ours[0], theirs[0])
    assert len(notes) == (note is not None)
    if note:
        assert re.search(note, notes[0])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"neuron": {"iDecay": 5000}}, "iDecay = 5000: must be 0..4096"),
        ({"neuron": {"vDecay": [1, 2]}}, "vDecay: 2 numbers, must be 1 or 5"),
        ({"neuron": {"vThMant": 0}}, "vThMant = 0"),
        ({"neuron": {"vThMant": np.inf}}, "vThMant: holds infinities"),
        ({"neuron": {"vThMant": "many"}}, "vThMant: must be numbers"),
        ({"neuron": {"gradedSpike": True}}, "graded spikes"),
        ({"neuron": {"type": "RF"}}, "RF neurons: a resonate-and-fire"),
        ({"neuron": {"type": "\x1b[31mred\n" + "x" * 500}}, r"\\x1b\[31mred\\nx+\.\.\. neurons"),
        ({"bias": [40000] * 5}, "bias = 40000"),
        ({"bias": [1, 2]}, "bias: 2 numbers"),
        ({"weight": np.abs(W) * 6}, "of one sign and beyond 8 bits"),
        ({"weight": np.full((5, 6), np.nan)}, "weight: holds infinities or not-a-number"),
        ({"weight": W[:4]}, "weight: an array of"),
        ({"shape": [5, 1, 1, 1]}, "shape: 4 sides"),
        ({"shape": [1 << 30]}, "shape = 1073741824"),
        ({"delay": -1}, "delay = -1"),
        ({"delay": [1, 2]}, r"delay: an array of \(2,\)"),
    ],
)
def test_what_no_reading_fits_is_refused(tmp_path, fields, expected):
    path = write(tmp_path / "a.net", [dense(**{"w": W, **fields})])
    with pytest.raises(ExchangeError) as refused:
        quietly_imported(path, steps=STEPS)
    (finding,) = refused.value.findings
    assert re.search(f"^layer 0 .dense.: .*{expected}", finding)
    assert finding.isprintable()
    assert len(finding) < 400


def test_plain_decays_give_the_guarded_neuron_and_others_cuba(tmp_path):
    w = np.ones((2, 3), int)
    path = write(
        tmp_path / "a.net",
        [
            dense(w, neuron={"iDecay": 4096, "vDecay": 3072}),
            dense([[3, 4]], neuron={"iDecay": 4096, "vDecay": 3073}),
        ],
    )
    network, _, _ = quietly_imported(path, steps=3)
    guarded, other = (layer.neuron for layer in network.layers)
    assert guarded == Neuron(vth=60, decay_shift=2, guarded=True, window=120)
    assert other == CUBA(vth=60, current_decay=4096, voltage_decay=3073, window=120)


def test_steps_of_a_sample_come_from_the_file_or_the_caller(tmp_path):
    path = write(tmp_path / "a.net", [dense(W)])
    network, _, notes = quietly_imported(path)
    assert network.steps == 20
    assert "does not say how many steps a sample has" in notes[0]
    with h5py.File(path, "r+") as file:
        file["simulation/tSample"] = 16
    assert quietly_imported(path)[0].steps == 16
    assert quietly_imported(path, steps=5)[0].steps == 5


@example(seed=0, recurrent=True, ends=[0, 0, 4, -131], factor=1)
@given(
    seed=st.integers(0, 2**32 - 1),
    recurrent=st.booleans(),
    ends=st.lists(
        st.integers(-300, 300) | st.sampled_from((-256, -128, -1, 0, 254, 255)),
        min_size=4,
        max_size=4,
    ),
    factor=st.sampled_from((1, 1, 2, 4)),
)
@family(400, quick=60)
def test_weights_are_those_lavas_dense_holds(seed, recurrent, ends, factor):
    utils = pytest.importorskip("lava.lib.dl.netx.utils", reason=LAVA_DL)
    from lava.utils.weightutils import clip_weights, determine_sign_mode, truncate_weights

    rng = np.random.default_rng(seed)
    parts = [factor * rng.integers(min(p), max(p) + 1, (4, 4)) for p in (ends[:2], ends[2:])]
    w = np.hstack(parts if recurrent else parts[:1])
    try:
        ours, notes = weights_in_lava(w, split=4 if recurrent else None)
    except UnfitLayer as error:
        ours, notes = None, [str(error)]
    if not w.any():
        assert notes
        return
    with np.errstate(divide="ignore"):
        scaled, bits, exponent, _ = utils.optimize_weight_bits(w)
    if ours is None and exponent > 0:
        return  # numpy shifts by a negative number, which loses all bits
    held = []
    for part in np.hsplit(scaled, len(w.T) // 4):
        sign = determine_sign_mode(part)
        held.append(truncate_weights(clip_weights(part, sign, num_bits=8), sign, bits))
    theirs = np.hstack(held) * 2.0**exponent
    if ours is None:
        assert any(part.any() and not kept.any() for part, kept in zip(parts, held))
    elif any("lose a part" in note for note in notes):
        assert np.abs(ours - theirs).max() <= 1
    else:
        np.testing.assert_array_equal(ours, theirs)


def test_even_weights_of_nine_bits_are_halved_for_eight(tmp_path):
    w = 2 * np.random.default_rng(1).integers(-128, 128, (5, 6))
    w[0, 0] = -256
    path = write(tmp_path / "a.net", [dense(w, neuron={"vThMant": 300}, bias=[8] * 5)])
    whole, whole_state, _ = quietly_imported(path, steps=STEPS)
    asked = Precision(shadow_bits=8, inference_bits=8, full_range=True)
    network, state, notes = quietly_imported(path, steps=STEPS, precision=asked)
    assert whole.precision.inference_bits == 9
    assert network.precision == asked
    assert len(notes) == 1
    assert "they, thresholds and biases are halved for 8-8" in notes[0]
    np.testing.assert_array_equal(2 * state.w(network, 0), whole_state.w(whole, 0))
    neuron = network.layers[0].neuron
    assert neuron.vth == 150
    assert neuron.bias_mant << neuron.bias_exp == 4 << 6
    odd = write(tmp_path / "b.net", [dense(w + 1, neuron={"vThMant": 300})])
    with pytest.raises(ExchangeError, match="use inference_bits = 9"):
        quietly_imported(odd, steps=STEPS, precision=asked)
