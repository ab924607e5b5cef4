"""Data and networks of the user's own, in every command that takes them."""

from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn import data, presets
from lava_intsnn.cli import main
from lava_intsnn.formats.checkpoint import load
from lava_intsnn.training.evaluation import evaluate


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A folder with digits of two sizes, a network as JSON for them, and the network trained."""
    folder = tmp_path_factory.mktemp("own")
    train, test = data.digits("train"), data.digits("test")
    arrays = {}
    for part, found in (("train", train), ("test", test)):
        arrays |= {f"x_{part}": found.maps[..., 0] / 255, f"y_{part}": found.labels.astype(float)}
    np.savez(folder / "both.npz", **arrays)
    np.savez(folder / "train.npz", X=arrays["x_train"], y=arrays["y_train"])
    np.savez(folder / "test.npz", X=arrays["x_test"], y=arrays["y_test"])
    network = replace(presets.digits_snn(), name="mine")
    (folder / "mine.json").write_text(network.to_json())
    train = ["train", folder / "mine.json", "--data", folder / "train.npz", *READ]
    train += ["--epochs", 2, "--quiet", "--out", folder / "mine.npz"]
    assert main(list(map(str, train))) == 0
    return folder


READ = ["--read", "scale=255"]
BYTES = ["--read", "value_range=0:255"]


def test_a_network_and_data_of_ones_own_learn_what_the_preset_learns(own, result, tmp_path):
    run = load(own / "mine.npz")
    assert (run.own_data, run.preset, run.epoch) == ("train", "", 2)
    assert run.data == data.read(own / "train.npz", scale=255).fingerprint()
    again = result(
        *("train", own / "mine.json", "--data", own / "both.npz", *READ, "--epochs", 2),
        *("--out", tmp_path / "both.npz"),
    )
    same = load(tmp_path / "both.npz")
    assert same.state.equals(run.state), "names of data draw no bits"
    expected = evaluate(run.network, run.state, data.digits("test")).accuracy
    assert again["test_accuracy"] == expected
    for options in (["--test", own / "test.npz"], ["--data", own / "both.npz"]):
        found = result("eval", own / "mine.npz", *options, *READ)
        assert (found["test_accuracy"], found["samples"]) == (expected, 360)
    assert result("eval", same and tmp_path / "both.npz", "--data", own / "test.npz", *READ)[
        "test_accuracy"
    ] == (expected)


def test_data_that_are_not_divided_are_not_tested_on(own, result):
    found = result("train", own / "mine.json", "--data", own / "train.npz", *READ, "--epochs", 1)
    assert found["test_accuracy"] is None
    found = result(
        *("train", own / "mine.json", "--data", own / "train.npz", *READ, "--epochs", 1),
        *("--validate", 200),
    )
    assert (found["samples"], found["test_accuracy"]) == (1237, None)
    assert found["validation_accuracy"] > 20


def test_a_preset_learns_other_data_and_remembers_that_it_did(own, result, cli, tmp_path):
    out = tmp_path / "run.npz"
    result("train", "digits-snn", "--data", own / "train.npz", *READ, "--epochs", 1, "--out", out)
    assert load(out).own_data == "train"
    for command in ("eval", "run", "verify"):
        status, _, err = cli(command, out)
        assert status == 2
        assert "trained on data of your own, 'train'" in err
        assert "--data PATH" in err
    status, _, err = cli("train", "--resume", out)
    assert status == 2
    assert "--data PATH" in err


def test_a_description_beside_a_resumed_run_is_superfluous(own, cli):
    status, _, err = cli("train", own / "mine.json", "--resume", own / "mine.npz")
    assert status == 2
    assert "mine.npz holds its network already, and it is no preset's; leave" in err


def test_every_command_takes_a_description_a_checkpoint_and_data(own, result, tmp_path):
    both = ["--data", own / "both.npz", *READ]
    for subject in (own / "mine.json", own / "mine.npz"):
        found = result("verify", subject, *both, "--samples", 40, "--backends", "engine")
        assert found["identical"] is True
        assert result("info", subject)["network"]["name"] == "mine"
        assert result("report", "memory", subject)["preset"] == "mine"
        found = result("report", "energy", subject, "--measure", "--limit", 20, *both)
        assert "energy" in found
        assert result("sweep", subject, "--list")["space"][0]["name"] == "hidden.vth"
        found = result("report", "accuracy", subject, "--seeds", 1, "--epochs", 1, *both)
        assert found["samples"] == 1437
    untrained = result("eval", own / "mine.json", *both)
    assert untrained["test_accuracy"] < 40
    anew = result("train", own / "mine.npz", *both, "--epochs", 2)
    assert anew["test_accuracy"] > 60
    found = result("compile", own / "mine.npz", "--check", "--inference", "--guarded",
                   "--measure", 20, *both)  # fmt: skip
    assert found["cost"] is not None


@pytest.fixture(scope="module")
def named(own):
    """The same digits in parts whose classes have names, and a network that learned them."""
    names = np.array([f"class {9 - k}" for k in range(10)])
    for part in ("train", "test"):
        found = data.digits(part)
        np.savez(own / f"named-{part}.npz", X=found.images, y=names[found.labels])
        later = found.labels < 6
        np.savez(own / f"few-{part}.npz", X=found.images[later], y=names[found.labels[later]])
    np.savez(own / "other.npz", X=found.images[:3], y=["class 1", "class 12", "class 2"])
    argv = ["train", own / "mine.json", "--data", own / "named-train.npz", "--epochs", 2]
    assert main(list(map(str, [*argv, "--quiet", "--out", own / "named.npz"]))) == 0
    return own


def test_names_of_classes_have_the_numbers_that_the_run_gave_them(named, result, cli):
    run = load(named / "named.npz")
    assert run.classes == tuple(f"class {k}" for k in range(10))
    network = named / "named.npz"
    test = data.read(named / "few-test.npz").with_classes(run.classes)
    expected = evaluate(run.network, run.state, test).accuracy
    assert expected > 70
    found = result("eval", network, "--test", named / "few-test.npz")
    assert (found["test_accuracy"], found["samples"]) == (expected, len(test))
    both = ["--data", named / "named-train.npz", "--test", named / "few-test.npz"]
    for subject in (named / "mine.json", "digits-snn"):
        assert result("train", subject, *both, "--epochs", 1)["test_accuracy"] > 50
    assert result("report", "accuracy", named / "mine.json", "--seeds", 1, "--epochs", 1, *both)
    assert result("train", "--resume", network, *both)["test_accuracy"] == expected
    few = ["--data", named / "few-train.npz", "--test", named / "few-test.npz"]
    assert result("train", "--from", network, *few, "--epochs", 1)["test_accuracy"] > 70
    verified = ["--samples", 20, "--backends", "engine"]
    assert result("verify", network, "--data", named / "few-train.npz", *verified)["identical"]
    assert result("info", network, *both)["data"]["test"]["classes"] == list(run.classes)
    status, _, err = cli("eval", network, "--test", named / "other.npz")
    assert status == 2
    assert "samples of 'class 12', and the classes are 'class 0', 'class 1'" in err


def test_a_program_keeps_the_names_of_the_run_it_was_compiled_from(named, result, tmp_path):
    out = tmp_path / "compiled"
    result("compile", named / "named.npz", "--inference", "--guarded", "--out", out)
    few = ["--test", named / "few-test.npz", "--limit", 60]
    assert result("eval", out / "program.npz", *few)["test_accuracy"] > 60


def test_a_run_without_names_takes_only_data_that_name_as_many(named, cli):
    status, _, err = cli("eval", named / "mine.npz", "--test", named / "few-test.npz", *BYTES)
    assert status == 2
    assert "names 6 classes, the network mine has 10 outputs and does not say which" in err


@pytest.mark.slow
def test_run_in_lava_takes_them_too(own, result):
    both = ["--data", own / "both.npz", *READ, "--samples", 20]
    assert result("run", own / "mine.json", "--learning", *both)["identical"] is True
    assert result("run", own / "mine.npz", *both)["identical"] is True


def test_sweep_searches_around_a_network_on_its_data(own, result, tmp_path):
    pytest.importorskip("optuna")
    found = result(
        *("sweep", own / "mine.json", "--data", own / "train.npz", *READ, "--trials", 2),
        *("--epochs", 1, "--limit", 200, "--storage", tmp_path / "s.db", "--only", "alpha"),
    )
    assert (found["preset"], len(found["trials"])) == ("mine", 2)


def test_info_tells_what_is_in_files(own, result, cli):
    found = result("info", "--data", own / "both.npz", *READ)
    assert [part["samples"] for part in found["data"].values()] == [1437, 360]
    _, out, _ = cli("info", own / "mine.json", "--data", own / "train.npz", *READ)
    assert "mine takes these data" in out
    assert "8x8" in out


@pytest.mark.parametrize(
    ("argv", "finding"),
    [
        (["train", "mine.json"], "comes from no preset: name its data with --data PATH"),
        (["train", "mnist-snn", "--data", "train.npz", *READ], "64 values a sample (8x8), network"),
        (["eval", "mine.json", "--data", "train.npz"], "say how they become bytes"),
        (["eval", "mine.npz", "--data", "mine.npz"], "a file of this package"),
        (["eval", "mine.npz", "--test", "nowhere.npz"], "there is no such file"),
        (["eval", "mine.npz", *READ], "--read: says how to read --data or --test"),
        (["train", "mine.json", "--loss", "standard"], "mine.json has its own"),
        (["report", "accuracy", "mine.json", "--precisions", "16-8"], "only a preset"),
        (["train", "mine.json", "--network", "mine.json"], "name one of them"),
        (["verify", "mine.json", "--precision", "8-4"], "--precision 8-4 contradicts"),
    ],
)
def test_what_does_not_fit_is_told_with_the_way_out(own, cli, monkeypatch, argv, finding):
    monkeypatch.chdir(own)
    status, out, err = cli(*argv)
    assert (status, out) == (2, "")
    assert finding in err


def test_labels_beyond_the_network_are_told_with_the_way_out(own, cli, tmp_path):
    train = data.digits("train")
    np.savez(tmp_path / "one.npz", X=train.images, y=train.labels + 1)
    status, _, err = cli("train", own / "mine.json", "--data", tmp_path / "one.npz")
    assert status == 2
    assert "outputs, 0..9: correct the labels, or make the last size 11 (or give --read" in err


@pytest.mark.parametrize("text", ["scale", "scale=a", "sale=2", "size=28", "value_range=1"])
def test_a_way_of_reading_that_is_none_is_refused(capsys, text):
    with pytest.raises(SystemExit):
        main(["info", "--data", "x.npz", "--read", text])
    assert "write one of scale=255" in capsys.readouterr().err


def test_an_interrupted_run_is_told_to_go_on_with_the_same_data():
    import argparse

    from lava_intsnn.cli.training_report import resume_line

    read = [("scale", 255.0), ("size", (28, 28)), ("value_range", (0.0, 1.0))]
    args = argparse.Namespace(data="my data.npz", read=read, limit=None)
    line = resume_line("lava-intsnn train", args, "run.npz", ("data", "read", "limit"))
    assert line == (
        "lava-intsnn train --resume run.npz --data 'my data.npz' --read scale=255 "
        "--read size=28x28 --read value_range=0:1"
    )


def test_data_with_a_part_for_tests_alone_are_not_tested_on(own, result, tmp_path):
    with np.load(own / "both.npz") as both:
        np.savez(tmp_path / "only.npz", x_test=both["x_test"], y_test=both["y_test"])
    given = ("--data", tmp_path / "only.npz", *READ, "--epochs", 1)
    found = result("train", "--from", own / "mine.npz", *given)
    assert (found["samples"], found["test_accuracy"]) == (360, None)


@pytest.mark.parametrize(
    ("command", "source", "option", "name"),
    [
        ("train", "--data", "--out", "link.npz"),
        ("train", "--test", "--out", "link.npz"),
        ("new", "--data", "--out", "link.json"),
        ("sweep", "--test", "--save", "link.json"),
        ("report", "--data", "--out", "link.html"),
    ],
)
def test_the_users_data_are_never_written_over(own, cli, tmp_path, command, source, option, name):
    file, link = tmp_path / "mine.npz", tmp_path / name
    file.write_bytes((own / "train.npz").read_bytes())
    link.symlink_to(file)
    words = {"new": (), "report": ("page", own / "mine.json")}.get(command, (own / "mine.json",))
    other = () if source == "--data" else ("--data", own / "train.npz")
    status, out, err = cli(command, *words, *other, source, file, *READ, option, link)
    assert (status, out) == (2, "")
    assert f"is the file of {source}, whose samples would be lost" in err
    assert file.read_bytes() == (own / "train.npz").read_bytes()


def test_wrong_test_data_are_found_before_training(own, cli, tmp_path):
    out = tmp_path / "out.npz"
    given = ("--data", own / "train.npz", "--test", tmp_path / "none.npz", *READ, "--out", out)
    status, _, err = cli("train", own / "mine.json", *given)
    assert status == 2
    assert "no such file" in err
    assert not out.exists()


def test_a_run_remembers_how_its_data_were_read(own, result, cli, tmp_path):
    digits = data.digits("test")
    np.savez(tmp_path / "raw.npz", X=digits.images // 17, y=digits.labels + 1)  # bytes 0..15
    how = ["--read", "value_range=0:15", "--read", "first_label=1"]
    out = tmp_path / "raw-trained.npz"
    given = ("--data", tmp_path / "raw.npz", *how, "--epochs", 2, "--out", out)
    result("train", own / "mine.json", *given)
    assert load(out).reading == ("value_range=0:15", "first_label=1")
    with_it = result("eval", out, "--test", tmp_path / "raw.npz", *how)
    assert (
        result("eval", out, "--test", tmp_path / "raw.npz")["test_accuracy"]
        == (with_it["test_accuracy"])
    )
    assert result("train", "--from", out, "--data", tmp_path / "raw.npz", "--epochs", 1)
    status, _, err = cli("eval", out, "--test", own / "test.npz")
    assert status == 2
    assert "read as for training, with --read value_range=0:15 --read first_label=1" in err
