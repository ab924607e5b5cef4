"""fp32 through checkpoints and the command line."""

import json

import numpy as np
import pytest

from lava_intsnn import data
from lava_intsnn.cli import main
from lava_intsnn.formats.checkpoint import load_checkpoint, save_checkpoint
from lava_intsnn.presets import preset
from lava_intsnn.recipe import Recipe
from lava_intsnn.storage import FileFormatError, container
from lava_intsnn.training.epochs import epochs_of, saturated
from lava_intsnn.training.evaluation import evaluate
from lava_intsnn.training.training_run import start


def training(epochs=2):
    digits = data.load("digits", "train")
    network = preset("digits-snn").network("fp32")
    run = start(network, Recipe(epochs=epochs), data=digits.fingerprint(), preset="digits-snn")
    return run, digits


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("fp32") / "run.npz"
    run, digits = training()
    *_, run = epochs_of(run, digits, progress=False)
    save_checkpoint(path, run)
    return path, run


def test_a_run_in_float_comes_back_bit_for_bit_and_goes_on(saved):
    path, run = saved
    again = load_checkpoint(path)
    assert again.network == run.network
    assert again.history == run.history
    assert again.state.equals(run.state)
    assert all(w.dtype == np.float32 for w in again.state.weights)
    interrupted, digits = training()
    first = next(epochs_of(interrupted, digits, progress=False, threads=1))
    save_checkpoint(path.with_name("first.npz"), first)
    *_, end = epochs_of(load_checkpoint(path.with_name("first.npz")), digits, progress=False)
    assert end.state.equals(run.state)


def test_it_learns(saved):
    _, run = saved
    result = evaluate(run.network, run.state, data.load("digits", "test"))
    assert result.accuracy > 85
    assert saturated(run.network, run.state) == (0.0, 0.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(saved, tmp_path, bad):
    path, run = saved
    header, arrays = container.read(path, kind="checkpoint", max_version=1)
    arrays = {name: array.copy() for name, array in arrays.items()}
    arrays["w1"][0, 3] = bad
    damaged = tmp_path / "damaged.npz"
    container.write(damaged, kind="checkpoint", version=1, header=header, arrays=arrays)
    with pytest.raises(FileFormatError, match="not finite"):
        load_checkpoint(damaged)
    arrays["w1"] = run.state.weights[1].astype(np.int32)
    container.write(damaged, kind="checkpoint", version=1, header=header, arrays=arrays)
    with pytest.raises(FileFormatError, match="float32"):
        load_checkpoint(damaged)


def last_json(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_train_and_eval_commands(tmp_path, capsys):
    path = str(tmp_path / "run.npz")
    assert main(["train", "digits-snn", "--precision", "fp32", "--epochs", "1", "--quiet",
                 "--out", path, "--json"]) == 0  # fmt: skip
    trained = last_json(capsys)
    assert trained["precision"] == "fp32"
    assert trained["saturated"] == [0, 0]
    assert main(["eval", path, "--json"]) == 0
    assert last_json(capsys)["test_accuracy"] == trained["test_accuracy"]
    assert main(["eval", path, "--backend", "reference"]) != 0
    assert "integers" in capsys.readouterr().err


def test_run_command_compares_lava_with_the_float_engine(saved, capsys):
    path, _ = saved
    learn = ["run", str(path), "--learning", "--samples", "70", "--json"]
    assert main(["run", str(path), "--samples", "40", "--json"]) == 0
    assert last_json(capsys)["identical"] is True
    assert main(learn) == 0
    assert last_json(capsys)["weights_identical"] == 64 * 100 + 100 * 10


def test_info_has_no_widths(capsys):
    assert main(["info", "mnist-snn-paper", "--precision", "fp32"]) == 0
    assert "No widths" in capsys.readouterr().out
    assert main(["info", "mnist-snn-paper", "--precision", "fp32", "--json"]) == 0
    assert last_json(capsys)["widths"] == []


def test_verify_refuses(capsys):
    assert main(["verify", "digits-snn", "--precision", "fp32"]) != 0
    assert "fp32" in capsys.readouterr().err
