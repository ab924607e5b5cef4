"""The tutorials run from the first cell to the last, and show what they say."""

import json
import os
import re
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
    "05_your_data_your_network": (
        "refused: images of dataset 'signs' are floats",
        "widths are proven",
        "the file holds the same bits: True",
        "same spike counts in Lava: True",
        "3 folds",
    ),
    "06_tuning_integers": (
        "layer 0 is dead",
        "gates open in",
        "the rule's shifts are within 3 points of the best: True",
        "the pre-flight says:\nlayer 0",
    ),
    "07_pretrain_in_slayer": (
        "test digits: 93.3 %",
        "moved test digits: 35.0 %",
        "legal now: True",
        "accuracy rises by learning on: True",
        "as right on moved digits as before on the others: True",
        "from the file, same spike counts: True",
    ),
}
#: Notebook -> a module of an extra, without which it cannot run.
NEEDS = {"04_converted_snn": "torch"}


def test_every_tutorial_is_tested():
    assert {path.stem for path in (ROOT / "tutorials").glob("*.ipynb")} == set(SHOWN)


def cells_of(name):
    return json.loads((ROOT / "tutorials" / f"{name}.ipynb").read_text())["cells"]


def code_of(name):
    cells = (cell for cell in cells_of(name) if cell["cell_type"] == "code")
    return "\n".join("".join(cell["source"]) for cell in cells)


def run(code, folder):
    script = folder / "tutorial.py"
    script.write_text(code)
    return subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"},
    )


@pytest.mark.parametrize("name", SHOWN)
def test_a_tutorial_is_stored_with_outputs_that_show_it(name):
    outputs = [output for cell in cells_of(name) for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output["output_type"] == "error"]
    printed = "".join("".join(o["text"]) for o in outputs if o["output_type"] == "stream")
    for line in SHOWN[name]:
        assert line in printed
    assert any("image/png" in output.get("data", ()) for output in outputs)
    text = (ROOT / "tutorials" / f"{name}.ipynb").read_text()
    assert not re.search(r"/(home|root|tmp|work|Users)/", text), "a path of the machine that ran it"


def test_the_tutorial_that_needs_torch_says_so_where_it_is_missing(tmp_path):
    without = "import sys, importlib.util as u\nfind = u.find_spec\n"
    without += "u.find_spec = lambda name, *a: None if name == 'torch' else find(name, *a)\n"
    result = run(without + code_of("04_converted_snn"), tmp_path)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "pip install 'lava-intsnn[convert]'" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWN)
def test_a_tutorial_shows_what_it_says(name, tmp_path):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    result = run(code_of(name), tmp_path)
    assert result.returncode == 0, result.stderr
    for line in SHOWN[name]:
        assert line in result.stdout
