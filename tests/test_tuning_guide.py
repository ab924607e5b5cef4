"""The guide to tuning: its Python runs as it is printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

GUIDE = Path(__file__).parents[1] / "docs" / "tuning.md"


def test_the_guide_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.S)
    assert len(blocks) == 6
    result = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)],
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(GUIDE.parents[1])},
    )
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert float(lines[0]) > 90
    assert lines[1] == "(64, 288, 64, 32, 10)"
    assert "layer 0 is dead" in result.stdout
    assert float(lines[-2]) > 0.85
    assert float(lines[-1]) > 0.7
    assert (tmp_path / "mine.npz").exists()
