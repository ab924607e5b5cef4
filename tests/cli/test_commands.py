"""The commands, in process: results, conflicts, exit statuses."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import lava_intsnn.cli.train
from lava_intsnn import data, presets
from lava_intsnn.augmenting import Augment
from lava_intsnn.cli import COMMANDS, main
from lava_intsnn.cli.console import KEYS, table
from lava_intsnn.formats.checkpoint import load, save
from lava_intsnn.recipe import Recipe
from lava_intsnn.training import epochs, executors
from lava_intsnn.training.evaluation import evaluate
from lava_intsnn.training.training_run import start


@pytest.fixture
def result(cli):
    """Run a command line with --json and return its object."""

    def call(*argv, status=0):
        found, out, err = cli(*argv, "--json")
        assert found == status, err
        assert out.count("\n") == 1, "people's text belongs to standard error"
        fields = json.loads(out)
        assert list(fields)[: len(KEYS)] == list(KEYS)
        assert fields["command"] == argv[0]
        return fields

    return call


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A checkpoint of two epochs."""
    path = tmp_path_factory.mktemp("trained") / "digits.npz"
    assert main(["train", "digits-snn", "--epochs", "2", "--out", str(path), "--quiet"]) == 0
    return path


# --- help ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_examples_that_parse(command, capsys):
    from lava_intsnn.cli import parser

    with pytest.raises(SystemExit) as done:
        main([command, "--help"])
    assert done.value.code == 0
    text = capsys.readouterr().out.split("examples:\n")[1]
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("lava-intsnn")]
    assert lines
    for line in lines:
        assert parser().parse_args(line.split()[1:]).command == command


@pytest.mark.parametrize("argv", [["--help"], ["info"], ["info", "mnist-snn"]])
def test_help_and_info_load_nothing_heavy(argv):
    code = (
        "import sys\nfrom lava_intsnn.cli import main\n"
        f"try:\n    main({argv!r})\nexcept SystemExit:\n    pass\n"
        "heavy = [m for m in ('numba', 'lava', 'sklearn', 'matplotlib') if m in sys.modules]\n"
        "print(heavy, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.stderr.strip() == "[]"


# --- train and eval -----------------------------------------------------------------------------


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
    cli, trained, monkeypatch, tmp_path
):
    def interrupt(*_, **__):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(epochs, "epochs_of", interrupt)
    old = tmp_path / "old.npz"
    old.write_bytes(trained.read_bytes())
    status, _, err = cli("train", "digits-snn", "--seed", 9, "--out", old)
    assert status == 130
    assert "start again" in err
    status, _, err = cli("train", "--resume", old, "--out", tmp_path / "new.npz")
    assert f"train --resume {old}" in err


def test_resume_can_write_elsewhere(cli, tmp_path, trained):
    run = load(trained)
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
def test_a_resume_that_contradicts_the_file_is_refused(cli, trained, options, finding):
    status, _, err = cli("train", *options, "--resume", trained)
    assert status == 2
    assert finding in err
    assert str(trained) in err


def test_all_executors_evaluate_alike(result, trained):
    kept = [
        result("eval", trained, "--backend", backend, "--limit", 40)
        for backend in ("engine", "reference", "lava")
    ]
    assert len({found["test_accuracy"] for found in kept}) == 1
    run = load(trained)
    expected = evaluate(run.network, run.state, data.digits("test").head(40)).accuracy
    assert kept[0]["test_accuracy"] == expected
    assert [found["backend"] for found in kept] == ["engine", "reference", "lava"]


@pytest.mark.parametrize("command", [("eval", "--limit", 5), ("export", "--format", "nir")])
def test_weights_that_have_learned_nothing_are_told(cli, trained, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.json").write_text(presets.digits_snn().to_json())
    name, *rest = command
    data_of = ("--data", digits_file(tmp_path)) if name == "eval" else ()
    for subject, options, cure in (
        ("digits-snn", (), "add --pretrained for"),
        ("net.json", data_of, "`lava-intsnn train net.json --out FILE`"),
    ):
        status, out, err = cli(name, subject, *rest, *options)
        assert status == 0, err
        (note,) = [line for line in out.splitlines() if line.startswith("note: ")]
        assert f"{subject} has the weights it begins with" in note
        assert cure in note
    for learned in (("digits-snn", "--pretrained"), (trained,)):
        status, out, err = cli(name, *learned, *rest)
        assert status == 0, err
        assert "note: " not in out


def digits_file(folder):
    found = data.digits("test")
    np.savez(folder / "mine.npz", X=found.images, y=found.labels)
    return folder / "mine.npz"


# --- Lava ---------------------------------------------------------------------------------------


def test_run_in_lava_gives_the_engines_bits(result, trained):
    found = result("run", trained, "--backend", "lava", "--samples", 50, "--batch", 10)
    assert found["identical"] is True
    assert (found["samples"], found["batch"]) == (50, 10)


def test_learning_goes_on_in_lava_to_the_engines_bits(result, trained):
    before = trained.read_bytes()
    found = result("run", trained, "--learning", "--samples", 70, "--batch", 16)
    assert found["identical"] is True
    assert found["weights_identical"] == found["weights"] == 7400
    assert trained.read_bytes() == before


# --- verify -------------------------------------------------------------------------------------


def test_verify_a_preset_and_a_file(result, trained):
    found = result("verify", "digits-snn", "--samples", 12, "--batch", 4, "--precision", "8-4")
    assert found["identical"] is True
    assert [b["name"] for b in found["backends"]] == ["engine", "lava"]
    found = result("verify", trained, "--samples", 6, "--backends", "engine")
    assert found["identical"] is True
    assert (found["epochs"], found["file"]) == (2, str(trained))


def test_verify_exits_1_and_names_the_first_element(cli, monkeypatch):
    from lava_intsnn.engine import Engine

    class Wrong(Engine):
        def state(self):
            state = super().state()
            state.weights[0][17, 5] += 1
            return state

    def wrong(network, state, **_):
        return Wrong(network, state)

    monkeypatch.setitem(executors._HOMES, "engine", wrong)
    status, out, _ = cli("verify", "digits-snn", "--samples", 4, "--backends", "engine", "--json")
    assert status == 1
    fields = json.loads(out.splitlines()[-1])
    assert fields["identical"] is False
    assert fields["first_difference"].startswith("engine: w_shadow[17, 5] of layer 0 is ")
    status, out, _ = cli("verify", "digits-snn", "--samples", 4, "--backends", "engine")
    assert status == 1
    assert "first difference: engine: w_shadow[17, 5]" in out


# --- info ---------------------------------------------------------------------------------------


def test_info_lists_presets(cli, result):
    _, out, _ = cli("info")
    for name in presets.PRESETS:
        assert name in out
    assert [p["name"] for p in result("info")["presets"]] == list(presets.PRESETS)


def test_info_shows_the_width_table(cli, result):
    net = presets.mnist_snn(precision="8-4")
    _, out, _ = cli("info", "mnist-snn", "--precision", "8-4")
    for width in net.check().table:
        assert f"{width.bound:,}" in out
    found = result("info", "mnist-snn", "--precision", "8-4")
    assert len(found["widths"]) == len(net.check().table)
    assert found["bounds"][0]["delta"] == net.check().layers[0].delta


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "finding"),
    [
        (["train", "mnist-cnn"], "known are mnist-snn, mnist-snn-paper, mnist-csnn"),
        (["train"], "name a preset"),
        (["train", "digits-snn", "--precision", "8"], "write SHADOW-INFERENCE"),
        (["train", "digits-snn", "--augment", "32"], "augment = 32"),
        (["train", "digits-snn", "--augment", "mixed=5"], "must be one of shift, stretch"),
        (["train", "digits-snn", "--augment", "stretch=5"], "stretch = 5: needs samples that are"),
        (["train", "digits-snn", "--validate", "99999"], "must be 1..1436"),
        (["train", "digits-snn", "--out", "/no/such/folder/x.npz"], "there is no folder"),
        (["train", "mnist-snn", "--data-dir", "/no/such/folder"], "is not a folder"),
        (["train", "--resume", "/no/such/file.npz"], "no checkpoint at '/no/such/file.npz'"),
        (["eval", "/no/such/file.npz"], "no checkpoint at"),
        (["verify", "nothing"], "neither a preset"),
        (["verify", "digits-snn", "--samples", "9999"], "must be an integer in 1..1437"),
        (["info", "nothing"], "known are"),
    ],
)
def test_user_errors_exit_2_without_a_traceback(cli, argv, finding):
    status, out, err = cli(*argv)
    assert status == 2
    assert err.startswith("lava-intsnn: error: ")
    assert finding in err
    assert "Traceback" not in err
    assert out == ""


def test_a_damaged_file_is_a_user_error(cli, tmp_path, trained):
    bad = tmp_path / "bad.npz"
    bad.write_bytes(trained.read_bytes()[:900])
    for argv in (["eval", bad], ["train", "--resume", bad], ["run", bad], ["verify", bad]):
        status, _, err = cli(*argv)
        assert status == 2
        assert str(bad) in err


def test_a_network_from_no_preset_has_no_known_data(cli, tmp_path):
    own = replace(presets.digits_snn(), name="mine")
    save(tmp_path / "mine.npz", start(own, Recipe(epochs=1), data="0" * 16))
    status, _, err = cli("eval", tmp_path / "mine.npz")
    assert status == 2
    assert "'mine' comes from no preset" in err


def test_debug_shows_the_traceback(cli, monkeypatch):
    with pytest.raises(ValueError, match="known are"):
        main(["info", "nothing", "--debug"])
    monkeypatch.setenv("LAVA_INTSNN_DEBUG", "1")
    with pytest.raises(ValueError, match="known are"):
        main(["info", "nothing"])


@pytest.mark.parametrize("argv", [["train", "digits-snn", "--epochs", "0"], ["nonsense"], []])
def test_argparse_refuses_the_rest(argv, capsys):
    with pytest.raises(SystemExit) as done:
        main(argv)
    assert done.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_numbers_stand_to_the_right_in_tables():
    assert table([("a", "n"), ("bb", "7"), ("c", "1,000")], indent=0).splitlines() == [
        "a       n",
        "bb      7",
        "c   1,000",
    ]


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
