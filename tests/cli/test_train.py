"""`train` and its resumed runs: results, options, interrupts, conflicts."""

from dataclasses import replace

import pytest

import lava_intsnn.cli.train
from lava_intsnn import data, presets
from lava_intsnn.augmenting import Augment
from lava_intsnn.formats.checkpoint import load, save
from lava_intsnn.recipe import Recipe
from lava_intsnn.training import epochs
from lava_intsnn.training.evaluation import evaluate


def test_train_does_what_the_library_does(result, tmp_path):
    from lava_intsnn.training.epochs import train

    found = result("train", "digits-snn", "--epochs", 2, "--seed", 3, "--out", tmp_path / "r.npz")
    net = presets.digits_snn()
    state = train(net, data.digits("train"), epochs=2, seed=3, progress=False)
    saved = load(tmp_path / "r.npz")
    assert saved.complete
    assert saved.preset == "digits-snn"
    assert saved.state.equals(state)
    assert found["test_accuracy"] == evaluate(net, state, data.digits("test")).accuracy
    assert found["precision"] == "16-8"
    assert (found["epochs"], found["seed"], found["samples"]) == (2, 3, 1437)
    assert found["validation_accuracy"] is None
    assert found["train_seconds"] > 0


def test_options_reach_the_run(result, tmp_path):
    file = tmp_path / "r.npz"
    found = result(
        *("train", "digits-snn", "--epochs", 1, "--precision", "8-4", "--limit", 300),
        *("--augment", "shift=1,mix=50", "--threads", 1, "--out", file),
    )
    run = load(file)
    assert found["samples"] == 300
    assert run.data == data.digits("train").head(300).fingerprint()
    assert str(run.network.precision) == "8-4"
    assert run.recipe == Recipe(epochs=1, augment=Augment(shift=1, mix=50))


def test_validation_leaves_the_test_set_alone(result, cli, monkeypatch):
    asked = []
    real = data.load
    monkeypatch.setattr(
        data, "load", lambda name, split, **k: asked.append(split) or real(name, split, **k)
    )
    found = result("train", "digits-snn", "--epochs", 1, "--validate", 200)
    assert asked == ["train"]
    assert found["test_accuracy"] is None
    assert 20 < found["validation_accuracy"] <= 100
    assert found["samples"] == 1237


def test_progress_has_a_line_for_each_epoch_and_quiet_none(cli):
    _, out, _ = cli("train", "digits-snn", "--epochs", 2, "--limit", 100)
    assert [line for line in out.splitlines() if line.startswith("epoch 2/2   train")]
    assert "test accuracy" in out
    assert cli("train", "digits-snn", "--epochs", 1, "--limit", 100, "--quiet") == (0, "", "")


def test_a_resumed_run_ends_in_the_same_bits(cli, tmp_path, monkeypatch):
    whole, file = tmp_path / "whole.npz", tmp_path / "run.npz"
    cli("train", "digits-snn", "--epochs", 4, "--out", whole)
    real = lava_intsnn.cli.train._save

    def interrupt(path, training):
        real(path, training)
        if training.epoch == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(lava_intsnn.cli.train, "_save", interrupt)
    status, _, err = cli("train", "digits-snn", "--epochs", 4, "--out", file)
    assert status == 130
    hint = err.strip().splitlines()[-1]
    assert "2 epochs saved" in hint
    monkeypatch.undo()
    assert load(file).epoch == 2

    command = hint.split("`")[1].split()
    assert command[:2] == ["lava-intsnn", "train"]
    assert cli(*command[1:])[0] == 0
    assert load(file).state.equals(load(whole).state)
    assert load(file).complete


def test_an_interrupt_in_the_first_epoch_does_not_offer_another_runs_file(
    cli, digits_run, monkeypatch, tmp_path
):
    def interrupt(*_, **__):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(epochs, "epochs_of", interrupt)
    old = tmp_path / "old.npz"
    old.write_bytes(digits_run.read_bytes())
    status, _, err = cli("train", "digits-snn", "--seed", 9, "--out", old)
    assert status == 130
    assert "start again" in err
    status, _, err = cli("train", "--resume", old, "--out", tmp_path / "new.npz")
    assert f"train --resume {old}" in err


def test_resume_can_write_elsewhere(cli, tmp_path, digits_run):
    run = load(digits_run)
    half = tmp_path / "half.npz"
    save(half, replace(run, recipe=replace(run.recipe, epochs=3)))
    before = half.read_bytes()
    cli("train", "--resume", half, "--out", tmp_path / "more.npz")
    assert load(tmp_path / "more.npz").epoch == 3
    assert half.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "finding"),
    [
        (["mnist-snn"], "PRESET mnist-snn contradicts"),
        (["--precision", "16-4"], "--precision 16-4 contradicts"),
        (["--seed", "7"], "started with 0"),
        (["--epochs", "9"], "started with 2"),
        (["--augment", "2"], "--augment 2 contradicts"),
        (["--augment", "shift=2,mix=9"], "--augment shift=2,mix=9 contradicts"),
        (["--limit", "10"], "same --limit"),
        (["--validate", "10"], "--validate"),
    ],
)
def test_a_resume_that_contradicts_the_file_is_refused(cli, digits_run, options, finding):
    status, _, err = cli("train", *options, "--resume", digits_run)
    assert status == 2
    assert finding in err
    assert str(digits_run) in err


def test_train_takes_a_network_from_a_file(tmp_path, cli):
    network = presets.digits_snn(precision="8-8")
    file, out = tmp_path / "net.json", tmp_path / "run.npz"
    file.write_text(network.to_json())
    common = ("train", "digits-snn", "--epochs", 1, "--quiet")
    assert cli(*common, "--network", file, "--out", out)[0] == 0
    assert load(out).network == network
    for options, message in (
        (("--network", tmp_path / "none.json"), "cannot be read"),
        (("--network", file, "--precision", "16-8"), "has its own"),
    ):
        status, _, err = cli(*common, *options)
        assert status != 0
        assert message in err
    file.write_text(presets.mnist_snn().to_json())
    status, _, err = cli(*common, "--network", file)
    assert status != 0
    assert "takes 784 values a sample" in err


def test_a_silent_layer_is_told(cli, tmp_path):
    network = presets.digits_snn()
    hidden, output = network.layers
    loud = replace(hidden, neuron=replace(hidden.neuron, vth=1_000_000, window=1_000_000))
    dead = tmp_path / "dead.json"
    dead.write_text(replace(network, layers=(loud, output)).to_json())
    short = ("--epochs", 1, "--limit", 100)
    _, _, err = cli("train", "digits-snn", "--network", dead, *short)
    assert "warning (after a look at 32 training samples): layer 0 is dead" in err
    assert "100 % of them in no sample: set its vth to about" in err
    assert "layer 1" not in err
    assert "warning" not in cli("train", "digits-snn", *short)[2]
    assert "warning" not in cli("train", "digits-snn", "--precision", "fp32", *short)[2]
