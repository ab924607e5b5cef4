"""Errors of users end with status 2 and a message, without a traceback."""

from dataclasses import replace

import pytest

from lava_intsnn import presets
from lava_intsnn.cli import main
from lava_intsnn.formats.checkpoint import save
from lava_intsnn.recipe import Recipe
from lava_intsnn.training.training_run import start


@pytest.mark.parametrize(
    ("argv", "finding"),
    [
        (["train", "mnist-cnn"], "known are mnist-snn, mnist-snn-tuned, mnist-snn-paper"),
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


def test_a_damaged_file_is_a_user_error(cli, tmp_path, digits_run):
    bad = tmp_path / "bad.npz"
    bad.write_bytes(digits_run.read_bytes()[:900])
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
