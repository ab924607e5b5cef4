"""The README's Python runs as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_run(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    assert len(blocks) == 3
    script = tmp_path / "example.py"
    script.write_text("\n".join(blocks) + "\nprint(hidden.weights.shape, readout.weights.shape)\n")
    result = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
        env=os.environ | {"PYTHONPATH": str(README.parent)},
    )
    assert result.returncode == 0, result.stderr
    in_engine, in_lava, *counts, shapes = result.stdout.strip().splitlines()[-8:]
    assert len(counts) == 5
    assert float(in_engine) > 90
    assert float(in_lava) > 90
    assert shapes == "(100, 64) (10, 100)"


def test_files_it_names_exist():
    text = README.read_text()
    for name in re.findall(r"\]\((?!http)([^)]+)\)|`((?:benchmarks|tests)/\w+\.py)`", text):
        path = README.parent / (name[0] or name[1])
        assert path.exists(), path
