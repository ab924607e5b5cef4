"""A user's program under a strict type checker: every public name is seen, with its type."""

import subprocess
import sys
from pathlib import Path

import pytest

import lava_intsnn

ROOT = Path(lava_intsnn.__file__).parents[1]

PROGRAM = """
import lava_intsnn as ls
from lava_intsnn import Dense, Network, Rounding
from lava_intsnn.data import Dataset
from lava_intsnn.network import ALIF, Neuron
from lava_intsnn.presets import Preset, preset
from lava_intsnn.runtime import Session

network: Network = ls.presets.digits_snn(precision="16-8")
data: Dataset = ls.data.digits("train")
state: ls.State = ls.train(network, data, epochs=1, progress=False)
accuracy: float = ls.evaluate(network, state, data).accuracy
with ls.executor(network, state) as executor:
    later: ls.State = executor.state()
wrong: int = ls.evaluate(network, state, data)
"""


@pytest.mark.slow
def test_a_strict_checker_sees_the_names_and_their_types(tmp_path):
    pytest.importorskip("mypy", reason="mypy is not installed (extra: dev)")
    (tmp_path / "program.py").write_text(PROGRAM)
    options = ["--strict", "--config-file=", "--follow-imports=silent", "--cache-dir=cache"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "program.py"],
        cwd=tmp_path,
        env={"MYPYPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    (error, found) = done.stdout.strip().splitlines()
    assert error.startswith(f"program.py:{len(PROGRAM.splitlines())}: error: Incompatible types")
    assert found.startswith("Found 1 error in 1 file")
    assert (ROOT / "lava_intsnn" / "py.typed").exists()
