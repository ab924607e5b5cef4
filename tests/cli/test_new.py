"""`new`, and `train --from`: a network for one's own data, and learning on from any checkpoint."""

import json

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn.cli import main
from lava_intsnn.formats.checkpoint import load, save
from lava_intsnn.formats.nir import export_nir
from lava_intsnn.training.epochs import epochs_of
from lava_intsnn.training.training_run import start


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with ``mine.npz``, 400 images of 8x8, and a trained network of them, ``run.npz``."""
    found = tmp_path_factory.mktemp("own")
    digits = ls.data.digits("train")
    images = digits.images.reshape(-1, 8, 8)
    parts = {"x_train": images[:400], "y_train": digits.labels[:400]}
    parts |= {"x_test": images[400:600], "y_test": digits.labels[400:600]}
    np.savez(found / "mine.npz", **parts)
    new = ["new", "--data", found / "mine.npz", "--hidden", "40", "--out", found / "net.json"]
    train = ["train", found / "net.json", "--data", found / "mine.npz", "--epochs", "15"]
    for argv in (new, [*train, "--out", found / "run.npz", "--quiet"]):
        assert main([str(word) for word in argv]) == 0
    return found


def network_of(path):
    return ls.Network.from_json(path.read_text())


def test_new_writes_what_the_library_chooses(folder):
    data = ls.data.open_data(folder / "mine.npz").read("train")
    assert network_of(folder / "net.json") == ls.networks.dense((64, 40, 10), data=data)


def test_options_reach_the_network(cli, folder, tmp_path):
    out = tmp_path / "net.json"
    options = ("--conv", "4x3,8x3s2", "--hidden", "20", "--steps", 12, "--batch", 10)
    status, text, _ = cli(
        *("new", "--data", folder / "mine.npz", *options),
        *("--precision", "16-4", "--name", "mine", "--out", out, "--json"),
    )
    assert status == 0
    network = network_of(out)
    assert (network.steps, network.batch, network.name) == (12, 10, "mine")
    assert str(network.precision) == "16-4"
    assert network.shape == (64, 6 * 6 * 4, 2 * 2 * 8, 20, 10)
    found = json.loads(text)
    assert found["shape"] == list(network.shape)
    assert found["file"] == str(out)


def test_an_output_that_integrates_and_errors_at_several_points(cli, folder, tmp_path):
    out = tmp_path / "net.json"
    options = ("--readout", "max", "--loss", "softmax", "--points", 4, "--window", "start")
    status, text, _ = cli("new", "--data", folder / "mine.npz", *options, "--out", out)
    assert status == 0
    network = network_of(out)
    assert network.readout.answer == "max"
    assert (network.loss.kind, network.loss.points, network.loss.window) == ("softmax", 4, "start")
    assert not network.feedback.time_gated
    status, _, error = cli("new", "--data", folder / "mine.npz", "--points", 3, "--out", out)
    assert status
    assert "use 2 or 4 points" in error


def test_hidden_neurons_take_several_decays(cli, folder, tmp_path):
    out = tmp_path / "net.json"
    new = ("new", "--data", folder / "mine.npz", "--hidden", "40", "--out", out)
    status, text, _ = cli(*new, "--decay-shift", "0,1,2,3")
    assert status == 0
    assert "0,1,2,3" in text
    hidden, output = network_of(out).layers
    assert (hidden.neuron.decay_shift, output.neuron.decay_shift) == ((0, 1, 2, 3), 1)
    status, _, error = cli(*new, "--decay-shift", "0,1,2")
    assert status == 2
    assert "decay_shift has 3 numbers: give one number, or 40, one for each neuron" in error


def test_the_command_it_names_next_works(cli, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with np.load(folder / "mine.npz") as found:
        np.savez("floats.npz", X=found["x_train"] / 255, y=found["y_train"])
    words = ("new", "--data", "floats.npz", "--read", "value_range=0:1", "--hidden", "9")
    status, text, _ = cli(*words, "--out", "net.json")
    assert status == 0
    line = text.split("train it with `lava-intsnn ")[1].split("`")[0].replace("FILE", "out.npz")
    assert cli(*line.split(), "--epochs", "1")[0] == 0


def test_no_hidden_layer_is_a_choice(cli, folder, tmp_path):
    cli("new", "--data", folder / "mine.npz", "--hidden", "0", "--out", tmp_path / "a.json")
    assert network_of(tmp_path / "a.json").shape == (64, 10)


@pytest.mark.parametrize(
    ("options", "finding"),
    [
        (("--hidden", "12"), "--data PATH"),
        (("--data", "mine.npz", "--hidden", "0,4"), "n_out = 0"),
        (("--data", "mine.npz", "--conv", "4x9"), "the kernel does not fit"),
        (("--data", "mine.npz", "--conv", "4"), "write CHANNELSxKERNEL"),
        (("--data", "mine.npz", "--precision", "8"), "write SHADOW-INFERENCE"),
        (("--data", "nothing.npz"), "nothing.npz"),
        (("--data", "mine.npz", "--out", "no/folder/a.json"), "there is no folder"),
    ],
)
def test_what_cannot_be_is_refused(cli, folder, monkeypatch, options, finding):
    monkeypatch.chdir(folder)
    status, _, err = cli("new", "--out", "x.json", *options)
    assert status == 2
    assert finding in err


def test_training_on_begins_with_the_weights_and_keeps_what_is_known(cli, folder, tmp_path):
    out, old = tmp_path / "on.npz", load(folder / "run.npz")
    again = ("--data", folder / "mine.npz", "--epochs", 3, "--out", out, "--json")
    status, text, _ = cli("train", "--from", folder / "run.npz", *again)
    assert status == 0
    data = ls.data.open_data(folder / "mine.npz").read("train")
    state = ls.train(
        *(old.network, data),
        state=old.state,
        recipe=old.recipe,
        epochs=3,
        progress=False,
    )
    run = load(out)
    assert run.state.equals(state)
    assert run.recipe == old.recipe.continued(100, epochs=3)
    assert (run.epoch, run.own_data, run.data) == (3, "mine", data.fingerprint())
    before = ls.evaluate(old.network, old.state, data).accuracy
    assert ls.evaluate(run.network, run.state, data).accuracy > before - 1


def test_a_run_from_a_checkpoint_resumes_to_the_same_bits(cli, folder, tmp_path):
    own = ("--data", folder / "mine.npz")
    whole, part = tmp_path / "whole.npz", tmp_path / "part.npz"
    begin = ("train", "--from", folder / "run.npz", *own, "--start-at", 50, "--epochs", 3)
    assert cli(*begin, "--out", whole)[0] == 0
    old, run = load(folder / "run.npz"), load(whole)
    data = ls.data.open_data(folder / "mine.npz").read("train")
    first = start(
        *(old.network, old.recipe.continued(50, epochs=3)),
        data=data.fingerprint(),
        state=old.state,
        own_data=data.name,
    )
    save(part, next(epochs_of(first, data, progress=False)))
    assert cli("train", "--resume", part, *own)[0] == 0
    assert load(part).state.equals(run.state)
    assert load(part).recipe == run.recipe


def test_an_imported_network_trains_on(cli, folder, tmp_path):
    """`--resume` said of it that it "was trained on other data (, these are 0685...)"."""
    pytest.importorskip("nir")
    run = load(folder / "run.npz")
    export_nir(run.network, run.state, tmp_path / "net.nir")
    imported, out = tmp_path / "imported.npz", tmp_path / "out.npz"
    assert cli("import", tmp_path / "net.nir", "--out", imported)[0] == 0
    data = ("--data", folder / "mine.npz")
    status, _, err = cli("train", "--resume", imported, *data)
    assert status == 2
    assert f"no run to resume: `lava-intsnn train --from {imported}` trains it on" in err
    status, _, err = cli("train", "--from", imported)
    assert status == 2
    assert "comes from no preset: name its data with --data PATH" in err
    status, _, err = cli("train", "--from", imported, *data, "--epochs", 2, "--out", out)
    assert status == 0, err
    assert load(out).state.updates > 0


def test_what_python_saved_trains_on(cli, folder, tmp_path):
    run = load(folder / "run.npz")
    save(tmp_path / "a.npz", run.network, run.state)
    status, text, err = cli(
        *("train", "--from", tmp_path / "a.npz", "--data", folder / "mine.npz"),
        *("--epochs", 1, "--limit", 64, "--seed", 9, "--out", tmp_path / "b.npz"),
    )
    assert status == 0, err
    assert load(tmp_path / "b.npz").state.seed == 9


@pytest.mark.parametrize(
    ("options", "finding"),
    [
        ((), "or --from FILE"),
        (("digits-snn", "--from", "run.npz"), "the file holds its network already"),
        (("--resume", "run.npz", "--from", "run.npz"), "with --resume"),
        (("--network", "net.json", "--from", "run.npz"), "holds its network already"),
        (("digits-snn", "--start-at", 50), "--start-at 50 without --from"),
        (("--from", "run.npz", "--start-at", 101), "--start-at 101: must be a percentage"),
        (("--from", "run.npz", "--precision", "8-8"), "--precision 8-8 contradicts run.npz"),
        (("--from", "run.npz", "--loss", "standard"), "--loss standard contradicts run.npz"),
        (("--from", "nothing.npz"), "no checkpoint at 'nothing.npz'"),
        (("--from", "run.npz"), "name its data with --data PATH"),
    ],
)
def test_starts_that_contradict_each_other_are_refused(cli, folder, monkeypatch, options, finding):
    monkeypatch.chdir(folder)
    status, _, err = cli("train", *options)
    assert status == 2
    assert finding in err


@pytest.mark.parametrize(
    ("labels", "options", "said"),
    [
        ([3] * 6, (), "every sample is of class 3"),
        (
            [0, 1, 5, 1, 0, 5],
            (),
            "none of the 6 samples is of class 2, 3 or 4 (the classes are 0..5)",
        ),
        (
            [1, 2, 3, 1, 2, 3],
            (),
            "of class 0 (the classes are 0..3); if the labels count from 1, give "
            "--read first_label=1",
        ),
        ([0, 1, 2, 0, 1, 2], ("--read", "n_classes=5"), "of class 3 or 4 (the classes are 0..4)"),
        ([0, 90, 0, 90, 0, 90], (), "of class 1, 2, 3, 4 or 85 others (the classes are 0..90)"),
        ([0, 1, 2, 0, 1, 2], (), None),
        ([1, 2, 3, 1, 2, 3], ("--read", "first_label=1"), None),
    ],
)
@pytest.mark.parametrize("precision", ["16-8", "fp32"])
def test_labels_that_leave_classes_out_are_told(cli, tmp_path, labels, options, said, precision):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "mine.npz", X=rng.integers(0, 256, (6, 64), dtype=np.uint8), y=labels)
    status, out, err = cli(
        *("new", "--data", tmp_path / "mine.npz", *options, "--precision", precision),
        *("--out", tmp_path / "net.json", "--json"),
    )
    assert status == 0, err
    told = [text for text in json.loads(out)["warnings"] if "of class" in text]
    assert ([] if said is None else [True]) == [said in text for text in told]
    assert all(f"warning: {text}" in err for text in told)
