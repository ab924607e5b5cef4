"""Progress where there is no terminal: a line now and then, and none for short work."""

import io
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn import progress_bar as module
from lava_intsnn.cli import main
from lava_intsnn.contract import BatchResult, Executor
from lava_intsnn.progress_bar import progress_bar, progress_over
from lava_intsnn.training.evaluation import infer_all


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """Time that advances by ten seconds whenever it is read."""
    ticks = iter(range(0, 10**6, 10))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(ticks))


def test_a_line_every_thirty_seconds(clock, capsys):
    with progress_bar(1000, name="epoch 1/2") as bar:
        for _ in range(10):
            bar.update(100)
            bar.set_postfix_str("train 91.00 %", refresh=False)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "epoch 1/2: 300 of 1,000 samples (30 %), 70 s left, train 91.00 %"
    assert len(lines) == 3


def test_short_work_writes_nothing(capsys):
    assert list(progress_over(range(5), 5)) == list(range(5))
    with progress_bar(0) as bar:
        bar.update(0)
    assert capsys.readouterr().err == ""


def test_hidden_progress_is_hidden_everywhere(clock, capsys, monkeypatch):
    for stream in (io.StringIO(), Terminal()):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress_bar(10, shown=False) as bar:
            bar.update(10)
        assert stream.getvalue() == ""


def test_a_terminal_gets_a_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress_bar(10, name="epoch 1/1") as bar:
        bar.update(10)
    assert "epoch 1/1" in sys.stderr.getvalue()


class Slow(Executor):
    """Classifies everything as 0, eight samples at a time."""

    network, chunk = ls.presets.digits_snn(), 8

    def state(self):
        return ls.initial_state(self.network)

    def _load(self, state): ...

    def _train(self, images, labels, keys, lr_boost): ...

    def _infer(self, images, keys):
        zeros = np.zeros((len(images), 10), np.int32)
        return BatchResult(zeros[:, 0], zeros, zeros)


def test_an_evaluation_shows_lines(clock, capsys):
    images, keys = np.zeros((64, 64), np.uint8), np.zeros(64, np.uint64)
    assert len(infer_all(Slow(), images, keys, progress=True).predictions) == 64
    assert "24 of 64 samples (37 %)" in capsys.readouterr().err


def test_a_training_outside_a_terminal_shows_lines(monkeypatch, capsys):
    monkeypatch.setattr(module, "LINE_EVERY_S", 0.0)
    assert main(["train", "digits-snn", "--epochs", "1"]) == 0
    assert re.search(r"epoch 1/1: [\d,]+ of 1,437 samples ", capsys.readouterr().err)
    assert main(["train", "digits-snn", "--epochs", "1", "--quiet"]) == 0
    assert "epoch 1/1: " not in capsys.readouterr().err


def test_no_other_module_shows_progress_by_itself():
    root = Path(ls.__file__).parent
    users = {path.name for path in root.rglob("*.py") if "tqdm(" in path.read_text("utf-8")}
    assert users == {"progress_bar.py"}
