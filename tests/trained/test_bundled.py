"""Networks of the package: exact, small, and as accurate as their notes say."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn.cli import main
from lava_intsnn.formats.checkpoint import load_checkpoint, save_checkpoint
from lava_intsnn.trained.bundled import FOLDER, pretrained, pretrained_names
from lava_intsnn.training.training_run import start

NAMES = pretrained_names()
QUICK = tuple(name for name in NAMES if name.startswith("digits"))


def check_accuracy(name):
    found = pretrained(name)
    try:
        test = ls.data.load(
            found.data, "test", download=False, **ls.presets.preset(name).data_options
        )
    except ls.data.DataError as error:
        pytest.skip(f"no data: {error}")
    result = ls.evaluate(found.network, found.state, test)
    assert len(test) == found.samples
    assert int((result.predictions == test.labels).sum()) == found.correct
    assert result.accuracy == pytest.approx(found.test_accuracy)


@pytest.mark.parametrize("name", QUICK)
def test_digits_are_as_accurate_as_their_notes_say(name):
    check_accuracy(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name not in QUICK])
def test_others_are_too_where_their_data_are(name):
    check_accuracy(name)


def test_there_are_some_and_they_are_small():
    assert {"digits-snn", "mnist-snn"} <= set(NAMES)
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 2_000_000
    assert {path.stem for path in FOLDER.glob("*.json")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_whole_run_of_its_preset(name):
    found = pretrained(name)
    network, state = found
    own = ls.presets.preset(name)
    assert network == own.network()
    state.validate(network)
    assert found.training.complete
    assert found.training.preset == name
    assert found.training.recipe == own.recipe_of(network)
    assert found.data == own.data
    features = " --features mnist-csnn" if network.first_plastic else ""
    assert found.command == f"lava-intsnn train {name}{features} --seed {state.seed}"
    assert 50 < found.test_accuracy <= 100
    assert len(repr(found)) < 400


def test_an_unknown_one_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"there are .*did you mean 'digits-snn'"):
        pretrained("digit-snn")
    with pytest.raises(ValueError, match="train others"):
        pretrained("mnist-snn-paper")


def test_narrow_weights_come_back_as_they_were(tmp_path):
    for precision, dtype in (("16-8", np.int16), ("8-4", np.int8), ("fp32", np.float32)):
        net = ls.presets.digits_snn(precision=precision)
        run = start(net, ls.Recipe(epochs=1), data="", seed=4)
        save_checkpoint(tmp_path / "net.npz", run, narrow=True)
        with np.load(tmp_path / "net.npz") as stored:
            assert stored["w0"].dtype == dtype
        again = load_checkpoint(tmp_path / "net.npz")
        assert again.state.weights[0].dtype == net.precision.dtype
        assert again.state.equals(run.state)


def test_commands_take_them(tmp_path, capsys):
    assert main(["eval", "digits-snn", "--pretrained", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["test_accuracy"] == pytest.approx(pretrained("digits-snn").test_accuracy)
    assert main(["info", "digits-snn", "--pretrained"]) == 0
    assert "30 epochs of 30 trained" in capsys.readouterr().out
    assert main(["eval", "nothing", "--pretrained"]) == 2
    assert "there are digits-snn" in capsys.readouterr().err
    out = str(tmp_path / "on.npz")
    assert main(["train", "--from", "digits-snn", "--epochs", "1", "--out", out, "--quiet"]) == 0
    assert load_checkpoint(out).state.updates > pretrained("digits-snn").state.updates


def test_damaged_notes_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr("lava_intsnn.trained.bundled.FOLDER", tmp_path)
    (tmp_path / "x.npz").write_bytes((FOLDER / "digits-snn.npz").read_bytes())
    for text in ("{", "{}", '{"data": 3, "command": "", "correct": 1, "samples": 1}'):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(ValueError, match="install lava_intsnn again|must be text"):
            pretrained("x")


def test_the_documents_name_them_with_their_accuracy():
    page = (Path(__file__).parents[2] / "docs/your-network.md").read_text()
    told = dict(re.findall(r"^\| `([\w-]+)` \| .* \| ([\d.]+) % \|$", page, re.M))
    assert told == {name: f"{pretrained(name).test_accuracy:.2f}" for name in NAMES}
