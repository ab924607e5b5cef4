"""``lava-intsnn sweep``: killed, resumed, refused, without optuna."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import eventually

from lava_intsnn import data
from lava_intsnn.network import Network

#: Long enough to be killed in the middle.
SWEEP = ("sweep", "digits-snn", "--trials", "10", "--epochs", "10", "--validate", "200")
SMALL = ("sweep", "digits-snn", "--trials", "4", "--epochs", "1", "--limit", "300")


def needs_optuna():
    pytest.importorskip("optuna", reason="optuna is not installed (extra: search)")


def trials(fields):
    return [{k: v for k, v in t.items() if k != "seconds"} for t in fields["trials"]]


def workers_of(process):
    """Return the processes a process has started that train."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    lines = {int(c): Path(f"/proc/{c}/cmdline").read_text() for c in children}
    return [child for child, line in lines.items() if "spawn_main" in line]


@pytest.mark.slow
def test_a_killed_sweep_goes_on_to_the_same_results(result, tmp_path):
    needs_optuna()
    whole = result(*SWEEP, "--storage", tmp_path / "whole.db", "--quiet")
    assert whole["new_trials"] == 10

    file = tmp_path / "killed.db"
    process = subprocess.Popen(
        [sys.executable, "-m", "lava_intsnn", *SWEEP, "--storage", str(file), "--jobs", "2"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    lines = [process.stdout.readline() for _ in range(4)]  # the plan and three trials
    workers = workers_of(process)
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    assert process.wait(timeout=600) == -signal.SIGKILL
    assert [line.split()[0] for line in lines[1:]] == ["trial"] * 3
    assert len(workers) == 2

    gone = eventually(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    assert gone, "workers outlive the sweep that started them"

    resumed = result(*SWEEP, "--storage", file, "--quiet")
    assert 0 < resumed["new_trials"] <= 7
    assert trials(resumed) == trials(whole)
    assert len(trials(resumed)) == 10
    assert resumed["best_trial"] == whole["best_trial"]


def test_it_never_looks_at_the_test_set(result, tmp_path, monkeypatch):
    needs_optuna()
    real, splits = data.load, []

    def load(name, split, **options):
        splits.append(split)
        return real(name, split, **options)

    monkeypatch.setattr(data, "load", load)
    found = result(*SMALL, "--storage", tmp_path / "s.db")
    assert splits == ["train"]
    assert found["test_accuracy"] is None
    assert (found["samples"], found["validation_samples"]) == (250, 50)


def test_it_reports_saves_and_draws(cli, tmp_path, monkeypatch):
    needs_optuna()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAVA_INTSNN_CACHE", str(tmp_path / "cache"))
    status, out, _ = cli(*SMALL, "--save", "best.json", "--plot", "p.png", "--only", "vth,alpha")
    assert status == 0
    assert out.count("validation ") >= 5
    assert "hidden.vth" in out
    assert "decay" not in out
    assert "standard error" in out
    assert {path.name for path in tmp_path.iterdir()} == {"best.json", "p.png", "cache"}
    assert (tmp_path / "cache/sweeps/digits-snn-16-8-sweep.db").exists()
    assert (tmp_path / "p.png").stat().st_size > 10_000
    status, out, _ = cli(*SMALL, "--only", "vth,alpha", "--json", "--quiet")
    fields = json.loads(out)
    assert fields["new_trials"] == 0
    best = Network.from_json((tmp_path / "best.json").read_text())
    assert best.layers[0].neuron.vth == fields["best_values"]["hidden.vth"]
    assert best.loss.alpha == fields["best_values"]["alpha"]
    assert fields["validation_accuracy"] == max(t["validation_accuracy"] for t in fields["trials"])


def test_folds_are_reported_trial_by_trial(cli, tmp_path):
    needs_optuna()
    options = ("--trials", 3, "--epochs", 1, "--limit", 120, "--storage", tmp_path / "s.db")
    named = ("--folds", 2, "--only", "hidden.vth,augment.shift")
    status, out, err = cli("sweep", "digits-snn", *options, *named, "--json")
    assert status == 0, err
    fields = json.loads(out.splitlines()[-1])
    assert (fields["samples"], fields["validation_samples"]) == (120, 120)
    assert fields["validation_accuracy"] == sum(fields["folds"]) / 2
    assert {len(trial["folds"]) for trial in fields["trials"] if not trial["stopped"]} == {2}
    assert set(fields["best_values"]) == {"hidden.vth", "augment.shift"}
    assert "fold 2" in out + err
    status, _, err = cli("sweep", "digits-snn", *options, "--folds", 3, *named[2:])
    assert status == 2
    assert "folds 2 (now 3)" in err


def test_in_the_cache_a_changed_sweep_is_another_one(cli, tmp_path, monkeypatch):
    needs_optuna()
    monkeypatch.setenv("LAVA_INTSNN_CACHE", str(tmp_path))
    small = ("--trials", 1, "--epochs", 1, "--limit", 100, "--quiet", "--json")
    for seed, new in ((0, 1), (1, 1), (0, 0)):
        status, out, err = cli("sweep", "digits-snn", *small, "--seed", seed)
        assert status == 0, err
        assert json.loads(out)["new_trials"] == new


def test_a_changed_sweep_is_refused(cli, tmp_path):
    needs_optuna()
    options = (*SMALL, "--storage", tmp_path / "s.db")
    assert cli(*options)[0] == 0
    status, _, err = cli(*options, "--epochs", 2, "--seed", 1)
    assert status == 2
    assert "was made with epochs 1 (now 2); seed 0 (now 1): give the same options" in err


def test_list_shows_the_space_and_trains_nothing(cli, result):
    status, out, _ = cli("sweep", "mnist-snn", "--list", "--range", "hidden.vth=100:900")
    assert status == 0
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert "100..900" in rows["hidden.vth"]
    assert "9..14 or off" in rows["output.weight_decay_shift"]
    space = result("sweep", "mnist-snn", "--list", "--only", "alpha")["space"]
    assert space == [{"name": "alpha", "default": 128, "low": 32, "high": 512, "scale": "power"}]


def test_without_optuna_it_names_the_extra(cli, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "optuna", None)
    monkeypatch.chdir(tmp_path)
    status, _, err = cli(*SMALL)
    assert status == 2
    assert "pip install 'lava-intsnn[search]'" in err
    assert os.listdir(tmp_path) == []
    assert cli("sweep", "digits-snn", "--list")[0] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("sweep", "digits-snn"), "--trials N"),
        ((*SMALL, "--only", "tau"), "no parameter is called 'tau'"),
        ((*SMALL, "--range", "alpha=9:2"), "LOW <= HIGH"),
        ((*SMALL, "--save", "nowhere/x.json"), "there is no folder"),
        ((*SMALL, "--jobs", "2", "--sampler", "tpe"), "use 1 job"),
        ((*SMALL, "--by", "samples"), "--by samples: is about folds; give --folds K"),
        ((*SMALL, "--margin", "3"), "--margin 3.0: is about folds"),
        ((*SMALL, "--folds", "3", "--validate", "9"), "leave --validate and"),
        ((*SMALL, "--folds", "3", "--by", "speakers"), "names no speakers: make folds by samples"),
        ((*SMALL, "--only", "augment.stretch"), "no parameter is called 'augment.stretch'"),
    ],
)
def test_wrong_options_are_named_at_once(cli, options, said, monkeypatch, tmp_path):
    needs_optuna()
    monkeypatch.chdir(tmp_path)
    status, _, err = cli(*options)
    assert status == 2
    assert said in err
