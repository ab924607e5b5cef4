"""Where kernels can be compiled and kept: read-only installations, numba without a compiler."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lava_intsnn

PACKAGE = Path(lava_intsnn.__file__).parent


def python(program, *, path=PACKAGE.parent, **environment):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=path,  # comes before any other place
        env={**kept, "PYTHONPATH": str(path), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def read_only(tmp_path):
    """Name a cache that nobody can make, not even root, who may write anywhere."""
    (tmp_path / "tmp").mkdir()
    nowhere = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null", "LAVA_INTSNN_CACHE": ""}
    return {"TMPDIR": str(tmp_path / "tmp"), **nowhere}


CALL = """
import lava_intsnn.engine.jit as jit
assert jit.__file__.startswith({home!r})
jit.fold_key(1, 2)
print(sum(jit.fold_key.stats.cache_hits.values()))
import numba; assert not numba.config.CACHE_DIR
"""


def test_kernels_are_kept_in_the_users_cache_and_nowhere_else(tmp_path):
    installed = tmp_path / "installed"
    shutil.copytree(PACKAGE, installed / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    for hits in (0, 1):
        cache = str(tmp_path / "cache")
        done = python(CALL.format(home=str(installed)), path=installed, LAVA_INTSNN_CACHE=cache)
        assert (done.stdout, done.stderr) == (f"{hits}\n", "")
    (folder,) = (tmp_path / "cache" / "kernels").iterdir()
    assert folder.name.startswith(f"{lava_intsnn.__version__}-{sys.implementation.cache_tag}-")
    assert list(folder.rglob("*.nbi"))
    assert not list(installed.rglob("*.nb[ic]"))


def test_kernels_are_kept_in_a_temporary_folder_where_nothing_else_can_be_written(read_only):
    for hits in (0, 1):
        done = python(CALL.format(home=str(PACKAGE)), **read_only)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{hits}\n"
        assert done.stderr.count("set NUMBA_CACHE_DIR to a folder") == 1
    (folder,) = Path(read_only["TMPDIR"]).iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.rglob("*.nbi"))


@pytest.mark.slow
def test_kernels_are_not_kept_where_others_could_put_theirs(read_only):
    folder = Path(read_only["TMPDIR"]) / f"lava_intsnn-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    done = python(CALL.format(home=str(PACKAGE)), **read_only)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("compiled anew by every process; set NUMBA_CACHE_DIR") == 1
    assert not list(folder.iterdir())


def test_the_engine_refuses_numba_without_its_compiler_and_the_reference_does_not():
    done = python("import lava_intsnn; lava_intsnn.Engine", NUMBA_DISABLE_JIT="1")
    assert done.stderr.strip().splitlines()[-1] == (
        "ValueError: NUMBA_DISABLE_JIT is set, and the engine needs compiled kernels: unset it, "
        "or use lava_intsnn.reference, which gives the same bits"
    )
    program = """
import numpy as np
from lava_intsnn import presets, reference
from lava_intsnn.state import initial_state
network = presets.digits_snn()
images, keys = np.zeros((1, network.n_values), np.uint8), np.zeros(1, np.uint64)
state = initial_state(network)
print(reference.infer_batch(network, state, images, keys).counts.shape)
"""
    done = python(program, NUMBA_DISABLE_JIT="1")
    assert (done.stdout, done.stderr) == ("(1, 10)\n", "")
