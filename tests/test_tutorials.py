"""The tutorials run from the first cell to the last, and show what they say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Notebook -> what its output must contain.
SHOWN = {
    "01_one_network_three_executors": (
        "layer 0: synaptic sum a can reach",
        "six epochs, five of them in Lava: identical True",
        "reference, engine and Lava identical: True",
        "spikes must be 0 or 1",
    ),
    "02_convolution_recurrence_delays": (
        "reference, engine and Lava identical: True",
        "filters (16, 9) learned True",
        "rows, delays",
        "error neurons and random loss identical: True",
    ),
    "03_from_mnist_to_loihi": (
        "mnist-snn on loihi2, learning: does not fit",
        "-snn-loihi on loihi2, learning: fits",
        "r0 = r0 + r1; v = (v >> b) + a (3.2)",
        "assembles to the same program: True",
        "what that network compiles to: True",
        "'vht': must be one of those declared",
        "damaged.npz is truncated or damaged",
        "same spike counts as the engine: True",
        "same weights after 50 samples: True",
        "LearningDense, same weights: True",
        "microcode in Lava, same weights: True",
        "Dense and LIFReset, same spike counts: True",
        "netx, same spike counts: True",
    ),
    "04_converted_snn": (
        "levels reached: True",
        "spiking and quantised network are equal on 360 images",
        "as right as the ANN: True",
        "n ends at the activation of the ANN: True",
        "Lava, same spikes: True",
        "from the file, same logits: True",
    ),
}
#: The one that also runs in the quick suite.
QUICK = "01_one_network_three_executors"
#: Notebook -> a module of an extra, without which it cannot run.
NEEDS = {"04_converted_snn": "torch"}


def test_every_tutorial_is_tested():
    assert {path.stem for path in (ROOT / "tutorials").glob("*.ipynb")} == set(SHOWN)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=() if n == QUICK else pytest.mark.slow) for n in SHOWN],
)
def test_a_tutorial_shows_what_it_says(name, tmp_path):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    cells = json.loads((ROOT / "tutorials" / f"{name}.ipynb").read_text())["cells"]
    script = tmp_path / "tutorial.py"
    script.write_text("\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code"))
    result = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"},
    )
    assert result.returncode == 0, result.stderr
    for line in SHOWN[name]:
        assert line in result.stdout
