"""Packed networks: equal in every bit, small, and refused where they are damaged."""

import dataclasses
import json
import os
import zipfile

import numpy as np
import pytest
from families import family
from hand_made_ann import checkpoint, hand_made
from hypothesis import given, strategies as st

from lava_intsnn.cli import main
from lava_intsnn.conversion import load_ann_file, preset, save_packed
from lava_intsnn.formats.packed_ann import KIND, VERSION
from lava_intsnn.formats.ternary_packing import is_ternary, pack_ternary, unpack_ternary
from lava_intsnn.formats.torch_state import read_torch_state, state_shapes
from lava_intsnn.storage import FileFormatError, container


@given(
    shape=st.lists(st.integers(1, 7), min_size=1, max_size=4),
    seed=st.integers(0, 1 << 30),
)
@family(200, quick=40)
def test_codes_come_back(shape, seed):
    codes = np.random.default_rng(seed).integers(-1, 2, shape).astype(np.int8)
    packed = pack_ternary(codes)
    assert len(packed) == -(-codes.size // 5)
    assert np.array_equal(unpack_ternary(packed, tuple(shape)), codes)


def test_bytes_by_hand():
    codes = np.array([1, 0, -1, -1, 1, -1], np.int8)  # digits 2 1 0 0 2, then 0 1 1 1 1
    assert pack_ternary(codes).tolist() == [2 + 3 + 2 * 81, 3 + 9 + 27 + 81]
    assert not is_ternary(np.array([2], np.int8))
    assert not is_ternary(np.array([1], np.int32))
    assert not is_ternary(np.array([-128], np.int8))


@pytest.mark.parametrize(
    ("packed", "shape", "words"),
    [
        ([243], (5,), "no codes give"),
        ([0], (4,), "no codes give"),  # its fifth digit is not 1
        ([121, 121], (5,), "five to a byte"),
        ([121], (1 << 30, 1 << 30, 1 << 30), "five to a byte"),
        ([121], (-5,), "five to a byte"),
        ([121], (True, 5), "five to a byte"),
        ([121], (5.0,), "five to a byte"),
        ([], (0,), "five to a byte"),
    ],
)
def test_bytes_of_no_codes_are_refused(packed, shape, words):
    with pytest.raises(ValueError, match=words):
        unpack_ternary(np.array(packed, np.uint8), shape)


@pytest.fixture
def run(tmp_path):
    return checkpoint(tmp_path / "run.npz", hand_made())


def assert_same(found, wanted):
    assert (found.preset, found.epochs, found.spec) == (wanted.preset, wanted.epochs, wanted.spec)
    a, b = found.network, wanted.network
    assert a.readout.dtype == b.readout.dtype
    assert np.array_equal(a.readout, b.readout)
    for one, other in zip(a.layers, b.layers, strict=True):
        for field in dataclasses.fields(one):
            x, y = getattr(one, field.name), getattr(other, field.name)
            assert np.array_equal(x, y), field.name
            assert getattr(x, "dtype", None) == getattr(y, "dtype", None)


def test_a_network_comes_back_and_every_command_reads_it(run, tmp_path, capsys):
    out = tmp_path / "packed.npz"
    assert main(["convert", "pack", str(run), "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["bytes"] == os.path.getsize(out)
    assert told["weights"] == 6 * 9 + 6 * 6 * 4 + 12 * 6 * 9 + 10 * 12
    whole = load_ann_file(run)
    assert_same(load_ann_file(out), whole)
    save_packed(tmp_path / "again.npz", load_ann_file(out))
    assert (tmp_path / "again.npz").read_bytes() == out.read_bytes()
    assert main(["convert", "certify", str(out), "--limit", "20"]) == 0
    assert main(["convert", "eval", str(out), "--limit", "20"]) == 0
    snn = str(tmp_path / "snn.npz")
    assert main(["convert", "to-snn", str(out), "--out", snn]) == 0
    assert main(["convert", "compile", str(out), "--check", "--steps", "8"]) == 0
    assert main(["export", str(out), "--format", "netx", "--out", "x.net"]) == 2
    capsys.readouterr()
    assert main(["convert", "pack", str(out), "--out", str(out)]) == 2
    assert "is FILE itself" in capsys.readouterr().err
    assert main(["eval", str(out)]) == 2
    assert "convert` to-snn" in capsys.readouterr().err


def test_names_and_shapes_that_do_not_fit_are_refused(run, tmp_path):
    save_packed(tmp_path / "packed.npz", load_ann_file(run))
    header, arrays = container.read(tmp_path / "packed.npz", kind=KIND, max_version=VERSION)
    bad = tmp_path / "bad.npz"
    for ternary in (
        header["ternary"] | {"ann.9.weights": [5]},
        {name: shape[:-1] for name, shape in header["ternary"].items()},
        {},
        [],
        {"ann.readout": "x"},
    ):
        changed = header | {"ternary": ternary}
        container.write(bad, kind=KIND, version=VERSION, header=changed, arrays=arrays)
        with pytest.raises(FileFormatError, match="holds no valid network"):
            load_ann_file(bad)
    container.write(bad, kind=KIND, version=VERSION, header=header | {"epochs": -1}, arrays=arrays)
    with pytest.raises(FileFormatError, match="epochs = -1"):
        load_ann_file(bad)


@pytest.fixture
def spec():
    return preset("lenet-digits").spec()


def state_of(spec, rng=None):
    rng = rng or np.random.default_rng(0)
    return {n: rng.normal(size=s).astype(np.float32) for n, s in state_shapes(spec).items()}


def test_a_torch_state_is_read_and_packed(spec, tmp_path, capsys):
    torch = pytest.importorskip("torch")
    from lava_intsnn.conversion.ann import QuantisedAnn, frozen

    torch.manual_seed(2)
    model = QuantisedAnn(spec)
    state = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    found = {name: tuple(array.shape) for name, array in state.items() if array.ndim}
    assert found == state_shapes(spec)
    state["convs.1.weight"] = frozen(model).layers[1].weights.transpose(0, 3, 1, 2)  # codes
    np.savez_compressed(tmp_path / "state.npz", **state, test=90.0)
    out = str(tmp_path / "packed.npz")
    line = ["convert", "pack", str(tmp_path / "state.npz"), "--preset", "lenet-digits"]
    assert main([*line, "--out", out]) == 0
    packed = load_ann_file(out)
    assert packed.preset == "lenet-digits"
    for one, other in zip(packed.network.layers, frozen(model).layers, strict=True):
        assert np.array_equal(one.weights, other.weights)
        assert np.array_equal(one.gamma, other.gamma)
        assert one.unit == other.unit
    assert main([*line[:-1], "lenet-mnist", "--out", str(tmp_path / "no.npz")]) == 2
    assert "another --preset" in capsys.readouterr().err


def broken(name, change):
    return lambda state: {**state, name: change(state[name])}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: {"readout": state["readout"]}, "holds no array"),
        (broken("norms.0.bias", lambda a: a[1:]), "not \\(16,\\)"),
        (broken("norms.0.bias", lambda a: a * np.inf), "not finite"),
        (broken("norms.0.bias", lambda a: a.astype(np.float64) * 1e300), "not finite"),
        (broken("norms.0.bias", lambda a: np.zeros(1 << 20)), "is larger"),
        (broken("norms.0.bias", lambda a: a.astype(complex)), "no plain array"),
        (broken("norms.0.bias", lambda a: np.array(["x"] * 16)), "no plain array"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_other_states_are_refused(spec, tmp_path, change, words):
    np.savez_compressed(tmp_path / "state.npz", **change(state_of(spec)))
    with pytest.raises(FileFormatError, match=words):
        read_torch_state(tmp_path / "state.npz", spec)


def test_files_that_are_no_state_are_refused(spec, tmp_path):
    for name, content in {"text": b"hello", "zip": b"PK\x03\x04" + b"\0" * 40, "none": b""}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileFormatError, match="cannot be read"):
            read_torch_state(tmp_path / name, spec)
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_torch_state(tmp_path / "missing.npz", spec)
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readout.npy", bytes(1 << 24))
    with pytest.raises(FileFormatError, match="is larger"):
        read_torch_state(tmp_path / "bomb.npz", spec)
