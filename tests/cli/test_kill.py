"""A run killed with SIGKILL at any moment ends, resumed, in the bits of one left alone."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from lava_intsnn.cli import main
from lava_intsnn.formats.checkpoint import load
from lava_intsnn.storage.container import read

OPTIONS = ["digits-snn", "--epochs", "24", "--augment", "1", "--threads", "1"]


def launch(file):
    """Start or resume the run, as a user would after a crash."""
    options = [*OPTIONS, "--out", str(file)]
    if file.exists():
        options += ["--resume", str(file)]
    return subprocess.Popen(
        [sys.executable, "-m", "lava_intsnn.cli", "train", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def kill_after(process, lines, delay):
    """Kill the process a moment after its ``lines``-th line; return whether it was still alive."""
    for _ in range(lines):
        if not process.stdout.readline():
            break
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    return process.wait(timeout=30) == -signal.SIGKILL


@pytest.mark.timeout(240)
def test_killed_runs_end_in_the_same_bits(tmp_path, capsys):
    whole, file = tmp_path / "whole.npz", tmp_path / "killed.npz"
    assert main(["train", *OPTIONS, "--out", str(whole), "--quiet"]) == 0

    moments = random.Random(20250921)
    # One line says that learning begins, then comes one for each epoch: the first kill falls in the
    # first epoch, before there is a file.
    kills = [kill_after(launch(file), 1, 0.0)]
    assert not file.exists()
    for lines in (2, 4, 6, 5):
        kills.append(kill_after(launch(file), lines, moments.uniform(0, 0.06)))
        load(file)  # whatever the moment, the file is whole
    assert sum(kills) == len(kills), "a run was over before its kill: the test tests nothing"
    assert load(file).epoch < 24

    last = launch(file)
    output, _ = last.communicate(timeout=60)
    assert last.returncode == 0, output
    one, other = load(whole), load(file)
    assert one.complete
    assert other.complete
    assert one.state.equals(other.state)
    assert (one.network, one.recipe, one.data) == (other.network, other.recipe, other.data)
    assert [r.train_accuracy for r in one.history] == [r.train_accuracy for r in other.history]
    for name, array in read(whole, kind="checkpoint", max_version=1)[1].items():
        found = read(file, kind="checkpoint", max_version=1)[1][name]
        np.testing.assert_array_equal(array, found)
