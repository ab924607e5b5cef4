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

#: The command, but after every line it waits for leave to go on: it cannot be over before its
#: kill, however busy the machine is.
STEPWISE = """
import sys
from lava_intsnn.cli import main

class Stepwise:
    def __init__(self, stream):
        self.stream = stream
    def write(self, text):
        self.stream.write(text)
        if text.endswith("\\n"):
            self.stream.flush()
            sys.stdin.readline()
    def __getattr__(self, name):
        return getattr(self.stream, name)

sys.stdout = Stepwise(sys.stdout)
sys.exit(main(sys.argv[1:]))
"""


def launch(file, **streams):
    """Start or resume the run, as a user would after a crash."""
    options = [*OPTIONS, "--out", str(file)]
    if file.exists():
        options += ["--resume", str(file)]
    return subprocess.Popen(
        [sys.executable, "-c", STEPWISE, "train", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        **streams,
    )


def kill_after(process, lines, delay):
    """Kill the process at its ``lines``-th line, or ``delay`` seconds after it went on from it."""
    for line in range(lines):
        assert process.stdout.readline(), "the run was over before its kill"
        if line + 1 < lines or delay is not None:
            process.stdin.write("go on\n")
            process.stdin.flush()
    time.sleep(delay or 0.0)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("kills", [(4,), pytest.param((2, 4, 6, 5), marks=pytest.mark.slow)])
def test_killed_runs_end_in_the_same_bits(tmp_path, kills):
    whole, file = tmp_path / "whole.npz", tmp_path / "killed.npz"
    assert main(["train", *OPTIONS, "--out", str(whole), "--quiet"]) == 0

    moments = random.Random(20250921)
    if len(kills) > 1:
        # One line says that learning begins, then comes one for each epoch: this kill falls before
        # the end of the first epoch, before there is a file.
        kill_after(launch(file, stdin=subprocess.PIPE), 1, None)
        assert not file.exists()
    for lines in kills:
        kill_after(launch(file, stdin=subprocess.PIPE), lines, moments.uniform(0, 0.06))
        load(file)  # whatever the moment, the file is whole
    assert load(file).epoch < 24

    last = launch(file, stdin=subprocess.DEVNULL)
    output, _ = last.communicate()
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
