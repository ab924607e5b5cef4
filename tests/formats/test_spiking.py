"""Files of converted networks: equal when read back, refused when they are not what they say."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st

from lava_intsnn.conversion.pixels import SCALES, Pixels
from lava_intsnn.conversion.spiking_network import SpikingLayer, SpikingNetwork
from lava_intsnn.formats.spiking import KIND, VERSION, load_spiking, save_spiking
from lava_intsnn.storage import container
from lava_intsnn.storage.errors import FileFormatError

ORIGIN = {
    "preset": "lenet-digits",
    "data": "digits",
    "ann_accuracy": 97.125,
    "thresholds": "exact",
}


def layer(rng, shape, *, levels=5, dtype=np.int8, **fields):
    low, high = (-1, 2) if dtype == np.int8 else (-(2**15), 2**15)
    thresholds = np.sort(rng.integers(-(2**40), 2**40, (shape[0], levels)), axis=1)
    return SpikingLayer(rng.integers(low, high, shape).astype(dtype), thresholds, **fields)


def network(*, seed=0, wide=False, padding=1, pixels=None, amplitude=2):
    rng = np.random.default_rng(seed)
    first = np.int32 if wide else np.int8
    layers = (
        layer(rng, (3, 3, 3, 1), levels=4, dtype=first, padding=padding, amplitude=amplitude),
        layer(rng, (4, 2, 2, 3), stride=2),
    )
    height, width = ((n + 2 * padding - 2 - 2) // 2 + 1 for n in (6, 8))
    readout = rng.integers(-100, 100, (5, height * width * 4)).astype(first)
    pixels = pixels or Pixels("centred")
    return SpikingNetwork("net", (6, 8, 1), pixels, layers, readout, level=1)


def assert_equal(found, expected):
    for name in ("name", "in_shape", "pixels", "level", "shapes"):
        assert getattr(found, name) == getattr(expected, name)
    assert len(found.layers) == len(expected.layers)
    for mine, theirs in zip(found.layers, expected.layers):
        for name in ("stride", "padding", "amplitude"):
            assert getattr(mine, name) == getattr(theirs, name)
    pairs = [(found.readout, expected.readout)]
    for mine, theirs in zip(found.layers, expected.layers):
        pairs += [(mine.weights, theirs.weights), (mine.thresholds, theirs.thresholds)]
    for mine, theirs in pairs:
        assert mine.dtype == theirs.dtype
        np.testing.assert_array_equal(mine, theirs)


@family(25)
@given(
    seed=st.integers(0, 2**32 - 1),
    wide=st.booleans(),
    padding=st.integers(0, 2),
    amplitude=st.sampled_from([1, 2, 4]),
    scale=st.sampled_from(SCALES),
    crop=st.none() | st.integers(1, 40),
    preset=st.none() | st.text(),
    accuracy=st.none() | st.floats(0, 100),
)
def test_a_network_is_read_back_in_every_bit(
    seed, wide, padding, amplitude, scale, crop, preset, accuracy
):
    net = network(
        seed=seed, wide=wide, padding=padding, amplitude=amplitude, pixels=Pixels(scale, crop)
    )
    origin = {**ORIGIN, "preset": preset, "ann_accuracy": accuracy}
    with TemporaryDirectory() as folder:
        file, again = Path(folder, "a.npz"), Path(folder, "b.npz")
        save_spiking(file, net, origin=origin)
        found, found_origin = load_spiking(file)
        save_spiking(again, found, origin=found_origin)
        assert file.read_bytes() == again.read_bytes()
    assert_equal(found, net)
    assert found_origin == origin


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "network.npz"
    save_spiking(path, network(), origin=ORIGIN)
    return path


@pytest.mark.parametrize("place", [0.05, 0.4, 0.7, 0.95])
def test_a_flipped_bit_is_found(path, place):
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 4
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"network\.npz"):
        load_spiking(path)


def test_a_cut_file_is_refused(path):
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(FileFormatError, match="truncated or damaged"):
        load_spiking(path)


def test_missing_foreign_and_other_files_are_refused(tmp_path, path):
    with pytest.raises(FileFormatError, match="cannot be read"):
        load_spiking(tmp_path / "nowhere.npz")
    foreign = tmp_path / "foreign.npz"
    np.savez(foreign, weights=np.zeros(3))
    with pytest.raises(FileFormatError, match="is no lava_intsnn file"):
        load_spiking(foreign)
    container.write(foreign, kind="checkpoint", version=1, header={}, arrays={})
    with pytest.raises(FileFormatError, match="'checkpoint', where a 'spiking-network'"):
        load_spiking(foreign)
    header, arrays = container.read(path, kind=KIND, max_version=VERSION)
    container.write(foreign, kind=KIND, version=VERSION + 1, header=header, arrays=arrays)
    with pytest.raises(FileFormatError, match="newer than"):
        load_spiking(foreign)


def put(where, *names, value):
    """Return a change that sets ``header[names...]``, or an array."""

    def change(header, arrays):
        at = header if where == "header" else arrays
        for name in names[:-1]:
            at = at[name]
        at[names[-1]] = value(at[names[-1]]) if callable(value) else value

    return change


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda header, arrays: header.pop("level"), "its header has the fields"),
        (put("header", "name", value=None), "its name is None"),
        (put("header", "in_shape", value=[6, 8]), "its in_shape is"),
        (put("header", "in_shape", value=[6, 0, 1]), "its in_shape is"),
        (put("header", "in_shape", value=[6, 8, 2]), r"must be \(O, kernel, kernel, 2\)"),
        (put("header", "level", value=-1), "its level is -1"),
        (put("header", "level", value=True), "its level is True"),
        (put("header", "pixels", "scale", value="grey"), "scale = 'grey'"),
        (put("header", "pixels", "crop", value=0), "the crop 0"),
        (put("header", "pixels", value=3), "pixels are 3"),
        (put("header", "layers", value=[]), "its layers are"),
        (put("header", "layers", 1, value=7), "its layer 1 is 7"),
        (put("header", "layers", 1, "stride", value=0), "its layer 1 is"),
        (put("header", "layers", 1, "kernel", value=2), "its layer 1 is"),
        (put("header", "layers", 1, "padding", value=1), "the readout"),
        (put("header", "layers", value=lambda found: found[:1]), "1 layers"),
        (put("header", "origin", value={}), "the origin is"),
        (put("header", "origin", "thresholds", value=None), "the origin's thresholds"),
        (put("header", "origin", "ann_accuracy", value="97"), "the origin's ann_accuracy"),
        (lambda header, arrays: arrays.pop("thresholds.1"), "it has the arrays"),
        (put("arrays", "weights.1", value=lambda w: w.astype(np.int16)), "int16: must be int8"),
        (put("arrays", "weights.1", value=lambda w: w.astype(">i4")), ">i4: must be int8"),
        (put("arrays", "weights.0", value=lambda w: w.astype(np.float64)), "float64"),
        (put("arrays", "weights.0", value=lambda w: w[0]), r"weights \(3, 3, 1\)"),
        (put("arrays", "thresholds.0", value=lambda t: t[:, ::-1]), "its thresholds fall"),
        (put("arrays", "thresholds.0", value=lambda t: t.astype(">i8")), "thresholds >i8"),
        (put("arrays", "thresholds.1", value=lambda t: t[:2]), r"thresholds \(2, 5\)"),
        (put("arrays", "readout", value=lambda w: w[:, 1:]), "the readout of net"),
        (put("arrays", "readout", value=lambda w: w.astype(np.uint8)), "uint8: must be int8"),
    ],
)
def test_what_is_no_network_is_refused(path, change, finding):
    """The file is written anew, digest included: only its content is wrong."""
    header, arrays = container.read(path, kind=KIND, max_version=VERSION)
    change(header, arrays)
    container.write(path, kind=KIND, version=VERSION, header=header, arrays=arrays)
    with pytest.raises(FileFormatError, match=finding) as refused:
        load_spiking(path)
    assert str(path) in str(refused.value)
    assert "Convert the network again" in str(refused.value)


@pytest.mark.parametrize(
    ("origin", "finding"),
    [
        ({}, "must have preset, data, ann_accuracy, thresholds"),
        ({**ORIGIN, "seed": 0}, "must have preset"),
        ({**ORIGIN, "preset": 3}, "preset is 3"),
        ({**ORIGIN, "ann_accuracy": float("nan")}, "JSON"),
    ],
)
def test_a_wrong_origin_writes_nothing(tmp_path, origin, finding):
    path = tmp_path / "network.npz"
    with pytest.raises(ValueError, match=finding):
        save_spiking(path, network(), origin=origin)
    assert not path.exists()
