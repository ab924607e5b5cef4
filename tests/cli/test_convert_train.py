"""``convert train`` as a user meets it: killed, resumed, refused."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from page_blocks import write_data

pytest.importorskip("torch")

from lava_intsnn.cli import main
from lava_intsnn.formats.ann_checkpoint import load_ann
from lava_intsnn.trained.bundled_ann import pretrained_ann

# 143 batches an epoch: saved in between, too
OPTIONS = ["lenet-digits", "--epochs", "4", "--batch", "10", "--threads", "1"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    file = tmp_path_factory.mktemp("convert") / "digits.npz"
    assert main(["convert", "train", *OPTIONS, "--out", str(file), "--quiet"]) == 0
    return file


def launch(file):
    """Start or resume the run, as a user would after a crash."""
    options = ["--resume", str(file)] if file.exists() else []
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "lava_intsnn", "convert", "train"),
            *(*OPTIONS, "--out", str(file), *options),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def killed_once_it_saved(file):
    """Kill the run a moment after it has written its file; return the step the file says."""
    before = file.stat().st_mtime_ns if file.exists() else 0
    process = launch(file)
    while (not file.exists() or file.stat().st_mtime_ns == before) and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.stderr.close()
    assert process.wait(timeout=600) == -signal.SIGKILL, "the run was over before its kill"
    return load_ann(file).step  # whatever the moment, the file is whole


@pytest.mark.slow
def test_killed_runs_end_in_the_same_bits(trained, tmp_path):
    file = tmp_path / "killed.npz"
    steps = [killed_once_it_saved(file) for _ in range(3)]
    assert steps == sorted(set(steps))
    assert any(step % 143 for step in steps), "no kill fell between two epochs"
    last = launch(file)
    _, errors = last.communicate(timeout=600)
    assert last.returncode == 0, errors
    one, other = load_ann(trained), load_ann(file)
    assert one.complete
    assert other.complete
    assert set(one.tensors) == set(other.tensors)
    for name, array in one.tensors.items():
        np.testing.assert_array_equal(array, other.tensors[name])
    assert [r.train_accuracy for r in one.history] == [r.train_accuracy for r in other.history]


def test_a_complete_run_says_so_and_ends_with_json(trained, capsys):
    assert main(["convert", "train", "--resume", str(trained), "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["test_accuracy"] > 85
    assert (found["epochs"], found["k"], found["ends"]) == (4, 0, "integer")
    assert "all 4 epochs are done" in err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--k", "2"], "--k 2 contradicts"),
        (["--epochs", "9"], "started with 4"),
        (["--flip"], "--flip True contradicts"),
        (["--limit", "500"], "same --limit"),
    ],
)
def test_options_that_contradict_the_file_are_refused(trained, options, words, capsys):
    assert main(["convert", "train", "--resume", str(trained), *options]) == 2
    assert words in capsys.readouterr().err


def test_a_teacher_and_a_network_to_begin_with(trained, tmp_path, capsys):
    packed, teacher, out = (str(tmp_path / f"{n}.npz") for n in ("packed", "teacher", "out"))
    few = ["--epochs", "1", "--limit", "100", "--batch", "50", "--quiet", "--no-test"]
    assert main(["convert", "pack", str(trained), "--out", packed]) == 0
    line = ["lenet-digits", *few, "--weight-bits", "32", "--k", "7", "--ends", "float"]
    assert main(["convert", "train", *line, "--out", teacher]) == 0
    taught = ["--from", packed, *few, "--teacher", teacher, "--distill", "50", "--average", "2"]
    capsys.readouterr()
    assert main(["convert", "train", *taught, "--half", "--json", "--out", out]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["test_accuracy"] is None
    assert found["train_accuracy"] > 80
    run = load_ann(out)
    assert (run.preset, run.recipe.distill, run.recipe.average) == ("lenet-digits", 50, 2)
    resumed = ["convert", "train", "--resume", out, "--limit", "100"]
    assert main(resumed) == 2
    assert "belong together" in capsys.readouterr().err
    assert main([*resumed, "--teacher", packed]) == 2
    assert "started with another one" in capsys.readouterr().err
    assert main([*resumed, "--from", packed]) == 2
    assert "give one of them" in capsys.readouterr().err


def test_a_network_of_the_package_is_begun_with_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    few = ["--data-dir", str(write_data(tmp_path / "data")), "--limit", "100", "--epochs", "1"]
    line = ["convert", "train", "--from", "lenet-mnist", "--teacher", "lenet-mnist", *few]
    line += ["--distill", "50", "--batch", "50", "--lr", "1e-6", "--threads", "1"]
    assert main([*line, "--out", "out.npz", "--no-test", "--quiet"]) == 0
    run, own = load_ann("out.npz"), pretrained_ann("lenet-mnist")
    assert (run.preset, run.spec) == ("lenet-mnist", own.file.spec)
    mine, theirs = (n.layers[1].weights for n in (run.network(), own.network))
    assert (mine == theirs).mean() > 0.99


def test_a_file_for_another_stack_is_refused_in_one_line(trained, capsys):
    assert main(["convert", "train", "--from", str(trained), "--stack", "8C3-P2-20"]) == 2
    told = capsys.readouterr().err
    assert "the weights do not fit the network 8C3-P2-20: they have convs.0.weight of shape" in told
    assert "(16, 1, 3, 3), and it has convs.0.weight of shape (8, 1, 3, 3)" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "name a preset"),
        (["lenet-digits", "--distill", "50"], "belong together"),
        (["--from", "nothing.npz"], "no such file; the networks of the package are lenet-mnist"),
        (["lenet-digits", "--teacher", "nothing.npz", "--distill", "50"], "no such file"),
        (["lenet-digits", "--cutmix", "101"], "0..100"),
        (["lenet-digits", "--cutout", "9"], "cutout = 9: the network sees images of 8x8"),
        (["lenet-digits", "--shift", "8"], "must be in 0..7"),
        (["lenet-digits", "--decay", "7"], "0..1"),
        (["lenet-digits", "--stack", "8C3-16C9"], "does not fit an input of 6x6"),
        (["lenet-digits", "--k", "9"], "0..7"),
        (["lenet-digits", "--weight-bits", "9"], "2..8"),
        (["lenet-digits", "--batch", "5000"], "at most 1437"),
        (["lenet-digits", "--device", "nowhere"], "--device nowhere"),
        (["lenet-digits", "--out", "no/such/folder/x.npz"], "there is no folder"),
        (["--resume", "nothing.npz"], "no such file"),
        (["lenet-mnist", "--data-dir", "nothing"], "nothing"),
        (["lenet-mnist", "--data-dir", "nothing", "--cutmix", "101"], "0..100"),
        (["lenet-mnist", "--data-dir", "nothing", "--stack", "8D3"], "cannot be read"),
    ],
)
def test_wrong_values_are_named(options, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["convert", "train", *options]) == 2
    assert words in capsys.readouterr().err
