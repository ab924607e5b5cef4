"""Whatever a file or an argument asks for, a command ends soon, in little memory, with an error."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hostile_files import HOSTILE, toy

from lava_intsnn.cli import main
from lava_intsnn.engine import Engine
from lava_intsnn.formats.checkpoint import save
from lava_intsnn.formats.netx import export_netx, netx_read
from lava_intsnn.formats.nir import nir_read
from lava_intsnn.network import Dense, NetworkError, Neuron
from lava_intsnn.network.network import Network
from lava_intsnn.networks import dense
from lava_intsnn.state import initial_state

ENVIRONMENT = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.mark.parametrize("name", HOSTILE)
def test_is_refused(tmp_path, capsys, name):
    hostile = HOSTILE[name]
    try:
        status = main(hostile.prepare(tmp_path))
    except SystemExit as end:  # argparse's
        status = end.code
    said = capsys.readouterr()
    assert status == 2, said
    assert hostile.message in said.err
    assert all(line.isprintable() for line in said.err.splitlines())
    assert not (tmp_path / "out.npz").exists()


FOREIGN = [name for name in HOSTILE if name.startswith(("netx", "NIR"))]


@pytest.mark.parametrize("name", FOREIGN)
def test_is_refused_where_the_format_is_given(tmp_path, capsys, name):
    """The reader itself refuses it, not only what tells the formats apart."""
    format = name.partition(":")[0].lower()
    if not hasattr({"netx": netx_read, "nir": nir_read}[format], "read_tree"):
        pytest.skip("the reader opens the file itself")
    assert main([*HOSTILE[name].prepare(tmp_path), "--format", format]) == 2
    assert HOSTILE[name].message in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()


#: Runs a command under limits, and says at the end what it took.
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
from lava_intsnn.cli import main
try:
    status = main(sys.argv[1:])
except SystemExit as end:
    status = end.code
took = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
# the largest size of this process alone: ru_maxrss counts that of the one it was started from, too
size = next(int(line.split()[1]) for line in open("/proc/self/status") if line[:5] == "VmHWM")
print(sum(t.ru_utime + t.ru_stime for t in took), max(size, took[1].ru_maxrss))
sys.exit(status)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_is_refused_within_five_seconds_and_a_gibibyte(tmp_path, name):
    command = [sys.executable, "-c", LIMITED, *HOSTILE[name].prepare(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=ENVIRONMENT)
    assert done.returncode == 2, done.stderr
    assert HOSTILE[name].message in done.stderr
    assert "Traceback" not in done.stderr
    seconds, kilobytes = map(float, done.stdout.split()[-2:])
    assert seconds < 5
    assert kilobytes < 1 << 20


def test_a_network_of_terabytes_in_python():
    with pytest.raises(NetworkError, match="1099511627776 weights"):
        dense((1 << 20, 1 << 20))
    layer = {"neuron": Neuron(vth=300, window=600), "lr_shift": 10}
    two = (Dense(n_in=1, n_out=1 << 20, **layer), Dense(n_in=1 << 20, n_out=1 << 7, **layer))
    with pytest.raises(NetworkError, match="135266304 weights in 2 layers: must be at most"):
        Network(name="two", layers=two)


@pytest.mark.parametrize("threads", [0, -1, 20000, 1 << 70])
def test_threads_in_python(threads):
    network = toy()
    with pytest.raises(ValueError, match=f"threads = {threads}: must be at"):
        Engine(network, initial_state(network, 0), threads=threads)


@pytest.mark.parametrize(
    ("command", "ending"),
    [
        (["export", "--format", "netx", "--guarded"], ".net"),
        (["report", "page"], ".html"),
        (["compile", "--inference", "--guarded"], "-loihi2"),
    ],
)
def test_a_name_in_a_file_chooses_no_path(tmp_path, monkeypatch, capsys, command, ending):
    """Not even in the current folder: it might be the name of a file of the user's."""
    monkeypatch.chdir(tmp_path)
    network = Network(name="important", layers=toy().layers)
    save("sub.npz", network, initial_state(network, 0))
    assert main([*command, "sub.npz"]) == 0, capsys.readouterr()
    made = {path.name for path in Path().iterdir()} - {"sub.npz"}
    assert made == {f"sub{ending}"}


# --- damaged files ------------------------------------------------------------------------------

#: Imports one damaged copy after the other, as a user would, and counts what became of them.
FLIPS = """
import contextlib, io, json, random, sys
from pathlib import Path
from lava_intsnn.cli import main

source, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
whole, found = source.read_bytes(), {"imported": 0, "refused": 0}
for seed in range(first, last):
    draw = random.Random(seed)
    damaged = bytearray(whole)
    bit = draw.randrange(8 * len(whole))
    damaged[bit // 8] ^= 1 << bit % 8
    copy = source.with_name("flipped" + source.suffix)
    copy.write_bytes(damaged)
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        status = main(["import", str(copy), "--out", str(source.with_name("out.npz"))])
    assert status in (0, 2), (seed, status)
    assert "Traceback" not in said.getvalue(), (seed, said.getvalue())
    assert all(line.isprintable() for line in said.getvalue().splitlines()), seed
    found["refused" if status else "imported"] += 1
print(json.dumps(found))
"""


def netx_file(folder):
    layer = {"neuron": Neuron(vth=300, window=600, guarded=True), "lr_shift": 10}
    network = Network(
        name="net",
        layers=(Dense(n_in=6, n_out=5, **layer), Dense(n_in=5, n_out=3, **layer)),
        tie_break=False,
    )
    export_netx(network, initial_state(network, 0), folder / "net.net")
    return folder / "net.net"


def nir_file(folder):
    nir = pytest.importorskip("nir", reason="needs the extra nir")
    draw = np.random.default_rng(0)
    nodes = {"in": nir.Input(np.array([6])), "out": nir.Output(np.array([3]))}
    edges, below, name = [], 6, "in"
    for index, size in enumerate((5, 3)):
        nodes[f"w{index}"] = nir.Linear(draw.normal(size=(size, below)).astype(np.float32))
        one = np.ones(size, np.float32)
        nodes[f"n{index}"] = nir.LIF(tau=one * 2e-4, r=one * 2, v_leak=one * 0, v_threshold=one)
        edges += [(name, f"w{index}"), (f"w{index}", f"n{index}")]
        below, name = size, f"n{index}"
    nir.write(folder / "net.nir", nir.NIRGraph(nodes, [*edges, (name, "out")]))
    return folder / "net.nir"


def flipped(source, number):
    """Return what became of ``number`` copies of a file, each with one bit flipped."""
    command = [sys.executable, "-c", FLIPS, str(source), "0", str(number)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=7000, env=ENVIRONMENT)
    assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr[-2000:]}"
    return json.loads(done.stdout)


@pytest.mark.parametrize("write", [netx_file, nir_file])
def test_a_flipped_bit_is_refused_or_harmless(tmp_path, write):
    found = flipped(write(tmp_path), 5)
    assert sum(found.values()) == 5


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("write", [netx_file, nir_file])
def test_500_flipped_bits_are_refused_or_harmless(tmp_path, write):
    found = flipped(write(tmp_path), 500)
    assert sum(found.values()) == 500
    assert found["refused"] > 20
    assert found["imported"] > 50
