"""The container: exact round trips, the same bytes for the same content, no damage unnoticed."""

import io
import json
import os
import stat
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

from lava_intsnn.storage import FileFormatError
from lava_intsnn.storage.atomic import TEMPORARY
from lava_intsnn.storage.container import peek, read, write

HEADER = {"name": "mnist-snn ρ", "seed": 2**63, "nested": {"list": [1, None, True, 0.5]}}
ARRAYS = {
    "w0": np.arange(-6, 6, dtype=np.int32).reshape(3, 4),
    "counter": np.array(2**63 + 1, dtype=np.uint64),
}


def put(path, **changes):
    write(path, **{"kind": "toy", "version": 2, "header": HEADER, "arrays": ARRAYS, **changes})
    return path


def get(path):
    return read(path, kind="toy", max_version=2)


def same(a, b):
    return (
        a[0] == b[0]
        and list(a[1]) == list(b[1])
        and all(
            x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()
            for x, y in zip(a[1].values(), b[1].values())
        )
    )


@pytest.fixture
def file(tmp_path):
    return put(tmp_path / "file.npz")


def test_header_and_arrays_come_back_exactly(file):
    header, arrays = get(file)
    assert header == HEADER
    assert set(arrays) == set(ARRAYS)
    assert arrays["counter"] == 2**63 + 1
    assert arrays["counter"].dtype == np.uint64
    assert arrays["counter"].shape == ()
    assert arrays["w0"].flags.writeable
    assert np.array_equal(arrays["w0"], ARRAYS["w0"])
    assert peek(file) == ("toy", 2)


def test_numpy_opens_the_file_without_pickle(file):
    with np.load(file, allow_pickle=False) as npz:
        assert np.array_equal(npz["w0"], ARRAYS["w0"])
        assert json.loads(bytes(npz["header"]))["kind"] == "toy"


@given(
    hnp.arrays(
        dtype=hnp.integer_dtypes(endianness="?")
        | hnp.unsigned_integer_dtypes(endianness="?")
        | hnp.floating_dtypes(endianness="?")
        | hnp.boolean_dtypes(),
        shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
    ),
    st.booleans(),
)
@family(60)
def test_any_array_comes_back_bit_for_bit(tmp_path_factory, array, fortran):
    path = tmp_path_factory.mktemp("any") / "a.npz"
    given = np.asfortranarray(array) if fortran and array.ndim else array
    back = get(put(path, arrays={"a": given}))[1]["a"]
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


def test_the_same_content_gives_the_same_bytes(tmp_path):
    one = put(tmp_path / "one")
    turned = {k: np.asfortranarray(v) if v.ndim else v for k, v in reversed(ARRAYS.items())}
    two = put(tmp_path / "two", arrays=turned, header=dict(reversed(HEADER.items())))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"header": np.zeros(1)}, "'header'"),
        ({"../a": np.zeros(1)}, "letters, digits"),
        ({"": np.zeros(1)}, "letters, digits"),
        ({"a": np.array([{}], dtype=object)}, "dtype object"),
        ({"a": np.array(["x"])}, "dtype <U1"),
    ],
)
def test_what_cannot_be_stored_is_refused_before_writing(file, arrays, message):
    before = file.read_bytes()
    with pytest.raises(ValueError, match=message):
        put(file, arrays=arrays)
    with pytest.raises(TypeError):
        put(file, header={"seed": np.int64(1)})
    assert file.read_bytes() == before


# --- damage -------------------------------------------------------------------------------------


def test_every_truncation_is_noticed(file):
    whole = file.read_bytes()
    for n in range(len(whole)):
        file.write_bytes(whole[:n])
        with pytest.raises(FileFormatError, match="file.npz"):
            get(file)


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_every_flipped_byte_is_noticed_or_harmless(file, mask):
    truth, whole, noticed = get(file), file.read_bytes(), 0
    for n in range(len(whole)):
        broken = bytearray(whole)
        broken[n] ^= mask
        file.write_bytes(broken)
        try:
            assert same(get(file), truth), f"byte {n} changed the content unnoticed"
        except FileFormatError:
            noticed += 1
    assert noticed > len(whole) / 2  # what remains is time stamps and the like


def test_a_change_that_repairs_its_crc_is_still_noticed(file):
    """As a tool that rewrites the archive would: only the digest is left to tell."""
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    w0 = bytearray(entries["w0.npy"])
    w0[-1] ^= 1
    rewrite(file, {**entries, "w0.npy": bytes(w0)})
    with pytest.raises(FileFormatError, match="sha256"):
        get(file)
    renamed = {("w9.npy" if k == "w0.npy" else k): v for k, v in entries.items()}
    rewrite(file, renamed)
    with pytest.raises(FileFormatError, match=r"holds the arrays \['counter', 'w9'\]"):
        get(file)
    rewrite(file, {k: v for k, v in entries.items() if k != "w0.npy"})
    with pytest.raises(FileFormatError, match=r"holds the arrays \['counter'\]"):
        get(file)


def rewrite(path, entries):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def text(content):
    return npy(np.frombuffer(content, dtype=np.uint8))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no lava_intsnn file: it is empty"),
        (b"\x80\x04\x95pickle", "no lava_intsnn file: it is a Python pickle"),
        (b"\x89HDF\r\n\x1a\n", "it is an HDF5 file; .*`lava-intsnn import FILE"),
        ({"arr_0.npy": npy(np.zeros(2))}, r"numpy arrays \(npz\) without the entry 'header'"),
        ({"archive/data.pkl": b"x"}, "is no lava_intsnn file: a PyTorch file"),
        ({"header.npy": text(b"{not json")}, "header is not JSON"),
        ({"header.npy": text(b"\xff\xfe")}, "header is not JSON"),
        ({"header.npy": text(b"[" * 100_000)}, "header is not JSON"),
        ({"header.npy": text(b"9" * 5000)}, "header is not JSON"),
        ({"header.npy": b"no array"}, "entry 'header' is no plain array"),
        ({"header.npy": npy(np.array([{}], dtype=object))}, "entry 'header' is no plain array"),
        ({"header.npy": text(b"[1]")}, "names no such format"),
        ({"header.npy": text(b'{"format": "other"}')}, "names no such format"),
        ({"header.npy": text(b'{"format": "lava_intsnn"}')}, r"fields \['format'\]"),
    ],
)
def test_a_foreign_file_is_refused(tmp_path, content, message):
    path = tmp_path / "foreign"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        rewrite(path, content)
    with pytest.raises(FileFormatError, match=message) as caught:
        get(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(FileFormatError, match="none cannot be read .*No such file"):
        get(tmp_path / "none")
    with pytest.raises(FileFormatError, match=r"cannot be read .*directory"):
        get(tmp_path)


def test_another_kind_and_a_newer_version_are_refused(file):
    with pytest.raises(FileFormatError, match="holds a 'toy', where a 'checkpoint'"):
        read(file, kind="checkpoint", max_version=9)
    with pytest.raises(FileFormatError, match="version 2 .*newer than 1.*update"):
        read(file, kind="toy", max_version=1)
    assert read(file, kind="toy", max_version=3)[0] == HEADER


# --- writing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_keeps_the_old_content_and_leaves_nothing(file, monkeypatch, step, error):
    before = file.read_bytes()

    def fail(*args):
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(type(error)):
        put(file, header={})
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == ["file.npz"]


def test_a_pipe_is_refused_and_stays_one(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # as a device is: replacing /dev/null would break every other program
    with pytest.raises(FileFormatError, match="device or a pipe"):
        put(pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert os.listdir(tmp_path) == ["pipe"]


def test_where_nothing_can_be_written_the_folder_is_named(tmp_path):
    with pytest.raises(FileFormatError, match="folder .*none does not exist; create it"):
        put(tmp_path / "none" / "file")
    with pytest.raises(FileFormatError, match="it is a folder"):
        put(tmp_path)


def test_the_file_follows_the_umask_and_a_link_stays_a_link(tmp_path):
    real = put(tmp_path / "real")
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(real.stat().st_mode) == 0o666 & ~umask
    link = tmp_path / "link"
    link.symlink_to("real")
    put(link, header={"new": 1})
    assert link.is_symlink()
    assert get(real)[0] == {"new": 1}


# Forks a writer that never stops writing, kills it after a moment, and looks at the file: again
# and again. A process of its own, so that forking meets no threads.
KILLER = """
import os, random, signal, sys, time
import numpy as np
from lava_intsnn.storage.container import read, write

path, kills = sys.argv[1], int(sys.argv[2])

def content(n):
    return {name: np.full(50_000, n, np.int32) for name in "abc"}

def put(n):
    write(path, kind="toy", version=1, header={"n": n}, arrays=content(n))

random.seed(1)
put(0)
seen, left = set(), set()
for kill in range(kills):
    begun, begins = os.pipe()
    child = os.fork()
    if not child:
        n = 1000 * (kill + 1)
        put(n)
        os.write(begins, b".")
        while True:
            n += 1
            put(n)
    os.read(begun, 1)  # it is at work, however busy the machine is
    os.close(begun), os.close(begins)
    time.sleep(random.uniform(0.0, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    left |= {*os.listdir(os.path.dirname(path))} - {os.path.basename(path)}
    header, arrays = read(path, kind="toy", max_version=1)
    assert all((a == header["n"]).all() and a.size == 50_000 for a in arrays.values())
    assert header["n"] >= max(seen, default=0), "an older content came back"
    seen.add(header["n"])
put(0)
print(len(seen), *left)
"""


def test_a_writer_killed_at_any_moment_leaves_the_old_or_the_new_content(tmp_path):
    command = [sys.executable, "-c", KILLER, str(tmp_path / "file"), "60"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)
    assert done.returncode == 0, done.stderr
    progress, *leftovers = done.stdout.split()
    assert all(name.startswith(".file.") and name.endswith(TEMPORARY) for name in leftovers)
    # The kills did meet writers at work: some left a temporary file, most made progress.
    assert leftovers
    assert int(progress) > 10
    assert os.listdir(tmp_path) == ["file"], "the last save removes what the killed ones left"
