"""The benchmark of SHD: what is on file is not trained again, and the table says what was found."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import shd_peers
from peers import result_files
from peers.frame_peers import PEERS
from peers.frame_training import Settings, Trained, rate, roots
from peers.result_table import tables
from peers.speakers import by_speakers, spread

from lava_intsnn.data import Dataset


def made_up(split="train", *, n=60, frames=10, group=4, speakers=3):
    """Recordings whose class is the group of channels that speaks, by ``speakers`` people."""
    rng = np.random.default_rng(len(split))
    channels = 700 // group
    labels = np.arange(n) % 20
    counts = rng.integers(0, 2, (n, frames, channels))
    for row, label in zip(counts, labels):
        row[:, label * 4 : label * 4 + 4] += 9
    return Dataset(
        name="shd",
        images=counts.reshape(n, -1).astype(np.uint8),
        labels=labels.astype(np.int32),
        n_classes=20,
        image_shape=(frames, channels),
        split=split,
        speakers=(np.arange(n) // 20 % speakers).astype(np.int32),
        frames=frames,
    )


@pytest.fixture
def loaded(monkeypatch):
    """Made-up recordings in place of SHD; one speaker occurs in the test set only."""
    asked = []

    def load(name, split, *, data_dir=None, frames=10, group=4):
        asked.append(split)
        size = dict(n=60, speakers=3) if split == "train" else dict(n=80, speakers=4)
        return made_up(split, frames=frames, group=group, **size)

    monkeypatch.setattr(shd_peers.ls.data, "load", load)
    return asked


def run(folder, *words):
    shd_peers.main(["--out", str(folder), *map(str, words)])


# --- runs -----------------------------------------------------------------------------------------


def test_softmax_and_ours_run_once_and_then_stand_on_file(loaded, tmp_path, capsys):
    line = ("--only", "softmax,ours", "--ours", "shd-snn:fp32,shd-rsnn:fp32", "--epochs", 2)
    run(tmp_path, *line, "--seeds", 2)
    out = capsys.readouterr().out
    files = sorted(path.name for path in tmp_path.iterdir())
    assert len(files) == 5, "one of the softmax, two seeds of two presets"
    kept = json.loads(next(tmp_path.glob("softmax-*")).read_text())
    assert kept["found"]["accuracy"] == {
        "test": 100.0,
        "unseen speakers": 100.0,
        "seen speakers": 100.0,
    }
    ours = json.loads(next(tmp_path.glob("shd-rsnn-test-1-*")).read_text())
    assert (ours["run"]["precision"], ours["run"]["recipe"]["epochs"]) == ("fp32", 2)
    assert ours["found"]["samples_per_s"] > 0
    assert "samples/s" in out
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    run(tmp_path, *line, "--seeds", 2)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    run(tmp_path, *line, "--seeds", 1, "--limit", 40)
    assert len(list(tmp_path.iterdir())) == 8, "fewer samples are another run"


def test_our_lines_are_the_presets_as_they_are(loaded, tmp_path):
    args = shd_peers._parser().parse_args(
        ["--out", str(tmp_path), "--only", "ours", "--ours", "shd-rsnn,shd-snn:16-12,shd-snn:fp32"]
    )
    shd_peers.complete(args)
    told = [line.run for line in shd_peers.lines(args)]
    assert [run["precision"] for run in told] == ["16-8", "16-12", "fp32"]
    assert [run["about"] for run in told] == [*["ours, online, integers"] * 2, "ours, online, fp32"]
    assert {(run["frames"], run["group"], run["hidden"]) for run in told} == {(10, 4, 256)}
    network = shd_peers.ls.presets.preset("shd-rsnn").network()
    assert told[0]["network"] == json.loads(network.to_json())


def test_folds_never_read_the_test_set(loaded, tmp_path, capsys):
    run(tmp_path, "--only", "softmax", "--ours", "shd-snn", "--folds", "all")
    assert set(loaded) == {"train"}
    assert len(list(tmp_path.iterdir())) == 3, "one speaker at a time"
    out = capsys.readouterr().out
    assert "held-out training speakers" in out
    assert "unseen" not in out


def test_peers_take_size_and_augmentation_from_our_preset(loaded, tmp_path, monkeypatch):
    told = []

    def fit(train, *, settings, recipe, batch, hidden, seed, threads):
        told.append((settings, recipe, batch, hidden, seed, train.image_shape))
        return Trained(predict=lambda data: data.labels, wall=[2.0], cpu=[1.0])

    peer = replace(PEERS[2], fit=fit)
    monkeypatch.setattr(shd_peers, "PEERS", (peer,))
    run(tmp_path, "--only", peer.name, "--ours", "fsdd-delay", "--set", "decay=0.9", "--seeds", 1)
    ((settings, recipe, batch, hidden, seed, shape),) = told
    own = shd_peers.ls.presets.preset("fsdd-delay").recipe
    assert settings == replace(peer.settings, decay=0.9)
    assert (recipe.epochs, recipe.augment, recipe.lr_drops) == (own.epochs, own.augment, ())
    assert (batch, hidden, seed, shape) == (128, 256, 0, (10, 175))
    (path,) = tmp_path.iterdir()
    found = json.loads(path.read_text())["found"]
    assert found["samples_per_s"] == 60
    assert found["samples_per_wall_s"] == 30


def test_what_is_missing_is_left_out(loaded, tmp_path, monkeypatch, capsys):
    def fit(train, **options):
        raise ImportError("no such library")

    monkeypatch.setattr(shd_peers, "PEERS", (replace(PEERS[2], fit=fit), PEERS[0]))
    run(tmp_path, "--only", "snntorch,softmax", "--ours", "shd-snn")
    captured = capsys.readouterr()
    assert "left out: snntorch (no such library)" in captured.err
    assert [path.name.split("-")[0] for path in tmp_path.iterdir()] == ["softmax"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--only", "nobody"), "known are ours, softmax"),
        (("--ours", "shd-nobody"), "known are"),
        (("--set", "speed=3"), "must be NAME=VALUE"),
        (("--set", "dropout=much"), "dropout is of type float"),
        (("--set", "batch_norm=yes"), "batch_norm is 0 or 1"),
        (("--seeds", "0"), "at least 1"),
    ],
)
def test_refusals(loaded, tmp_path, capsys, words, said):
    with pytest.raises(SystemExit):
        run(tmp_path, *words)
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# --- files and tables -----------------------------------------------------------------------------


def test_a_run_is_found_by_what_makes_it_and_not_by_what_is_said_of_it(tmp_path):
    one = {"peer": "p", "part": "test", "seed": 0, "decay": 0.5, "about": "x", "versions": {}}
    result_files.keep(tmp_path, one, {"accuracy": 1})
    assert result_files.known(tmp_path, {**one, "about": "y"}) == {"accuracy": 1}
    assert result_files.known(tmp_path, {**one, "decay": 0.6}) is None
    assert result_files.known(tmp_path, {**one, "seed": 1}) is None
    assert result_files.everything(tmp_path) == [(one, {"accuracy": 1})]


def test_a_run_that_is_killed_while_it_writes_leaves_no_result(tmp_path, monkeypatch):
    def killed(*paths):
        raise KeyboardInterrupt

    one = {"peer": "p", "part": "test", "seed": 0}
    monkeypatch.setattr(result_files.os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        result_files.keep(tmp_path, one, {"accuracy": 1})
    assert result_files.known(tmp_path, one) is None
    assert result_files.everything(tmp_path) == []


def test_the_table_has_mean_and_standard_error_of_the_seeds():
    def kept(seed, part, accuracy, **changed):
        run = {
            "peer": "dcls", "about": "delays", "frames": 25, "group": 5, "hidden": 256,
            "recipe": {"epochs": 40}, "data": "SHD, made anew", "seed": seed, "part": part,
            "settings": {"decay": 0.5, "max_delay": 24}, **changed,
        }  # fmt: skip
        return run, {"accuracy": accuracy, "seconds": 120.0, "samples_per_s": 1000.0 * (seed + 1)}

    text = tables(
        [
            kept(0, "test", {"test": 90.0, "unseen speakers": 88.0}),
            kept(1, "test", {"test": 94.0, "unseen speakers": 90.0}),
            kept(0, "6", {"test": 80.0}, settings={"decay": 0.9, "max_delay": 24}),
            kept(0, "7", {"test": 60.0}, settings={"decay": 0.9, "max_delay": 24}),
        ]
    )
    on_test, on_folds = text.split("SHD, made anew, held-out training speakers")
    assert on_test.startswith("SHD, made anew, test set")
    (row,) = (line for line in on_test.splitlines() if "dcls" in line)
    cells = [cell.strip() for cell in row.split("|")[2:-1]]
    assert cells == ["25 x 140", "256", "40", "2", "92.0 +- 2.0", "89.0 +- 1.0", "1,500", "2.0"]
    (row,) = (line for line in on_folds.splitlines() if "dcls" in line)
    assert "delays, decay 0.9" in row
    assert row.split("|")[6].strip() == "70.0", "the mean of the folds of one seed"


def test_speakers_apart():
    train, test = made_up(), made_up("test", n=80, speakers=4)
    right = test.speakers != 3
    assert by_speakers(right, test, train) == {
        "test": 75.0,
        "unseen speakers": 0.0,
        "seen speakers": 100.0,
    }
    assert spread([1.0]) == 0
    assert spread([1.0, 3.0]) == pytest.approx(1.0)


def test_rates_leave_the_first_epoch_out_and_roots_are_roots():
    assert rate(100, [50.0, 2.0, 2.0, 2.0]) == 50
    images = np.array([[0, 1, 4, 9, 16, 25]], np.uint8)
    assert np.array_equal(roots(images, (2, 3)), [[[0, 1, 2], [3, 4, 5]]])


def test_settings_are_of_the_type_of_their_default():
    changed = Settings().changed(["decay=0.9", "max_delay=7", "batch_norm=1", "readout=max"])
    assert (changed.decay, changed.max_delay, changed.batch_norm) == (0.9, 7, True)
    assert changed.readout == "max"
    assert replace(changed, decay=0.8, max_delay=24, batch_norm=False, readout="mean") == Settings()
