"""`eval`, `run`, `verify` and `export` of what has been trained, in every executor."""

import json

import numpy as np
import pytest

from lava_intsnn import data, presets
from lava_intsnn.formats.checkpoint import load
from lava_intsnn.training import executors
from lava_intsnn.training.evaluation import evaluate


def test_all_executors_evaluate_alike(result, digits_run):
    kept = [
        result("eval", digits_run, "--backend", backend, "--limit", 40)
        for backend in ("engine", "reference", "lava")
    ]
    assert len({found["test_accuracy"] for found in kept}) == 1
    run = load(digits_run)
    expected = evaluate(run.network, run.state, data.digits("test").head(40)).accuracy
    assert kept[0]["test_accuracy"] == expected
    assert [found["backend"] for found in kept] == ["engine", "reference", "lava"]


@pytest.mark.parametrize("command", [("eval", "--limit", 5), ("export", "--format", "nir")])
def test_weights_that_have_learned_nothing_are_told(
    cli, digits_run, command, tmp_path, monkeypatch
):
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
    for learned in (("digits-snn", "--pretrained"), (digits_run,)):
        status, out, err = cli(name, *learned, *rest)
        assert status == 0, err
        assert "note: " not in out


def digits_file(folder):
    found = data.digits("test")
    np.savez(folder / "mine.npz", X=found.images, y=found.labels)
    return folder / "mine.npz"


def test_run_in_lava_gives_the_engines_bits(result, digits_run):
    found = result("run", digits_run, "--backend", "lava", "--samples", 50, "--batch", 10)
    assert found["identical"] is True
    assert (found["samples"], found["batch"]) == (50, 10)


def test_learning_goes_on_in_lava_to_the_engines_bits(result, digits_run):
    before = digits_run.read_bytes()
    found = result("run", digits_run, "--learning", "--samples", 70, "--batch", 16)
    assert found["identical"] is True
    assert found["weights_identical"] == found["weights"] == 7400
    assert digits_run.read_bytes() == before


def test_verify_a_preset_and_a_file(result, digits_run):
    found = result("verify", "digits-snn", "--samples", 12, "--batch", 4, "--precision", "8-4")
    assert found["identical"] is True
    assert [b["name"] for b in found["backends"]] == ["engine", "lava"]
    found = result("verify", digits_run, "--samples", 6, "--backends", "engine")
    assert found["identical"] is True
    assert (found["epochs"], found["file"]) == (2, str(digits_run))


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
