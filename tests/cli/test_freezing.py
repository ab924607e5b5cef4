"""``train --freeze`` and ``--features``: what stays, what learns, and what is refused."""

import numpy as np
import pytest

from lava_intsnn import presets
from lava_intsnn.formats.checkpoint import load_checkpoint
from lava_intsnn.network import frozen

QUICK = ("--limit", "60", "--epochs", "1")


@pytest.fixture
def learned(cli, tmp_path):
    """A checkpoint of digits."""
    path = tmp_path / "digits.npz"
    assert cli("train", "digits-snn", *QUICK, "--out", path)[0] == 0
    return path


def test_a_checkpoint_learns_on_with_a_layer_frozen(cli, tmp_path, learned):
    out = tmp_path / "on.npz"
    status, _, err = cli("train", "--from", learned, "--freeze", "0", *QUICK, "--out", out)
    assert status == 0, err
    before, after = load_checkpoint(learned), load_checkpoint(out)
    assert after.network == frozen(before.network, [0])
    np.testing.assert_array_equal(after.state.weights[0], before.state.weights[0])
    assert (after.state.weights[1] != before.state.weights[1]).any()


def test_a_preset_is_trained_with_a_layer_frozen(cli, tmp_path):
    out = tmp_path / "new.npz"
    assert cli("train", "digits-snn", "--freeze", "1", *QUICK, "--out", out)[0] == 0
    assert load_checkpoint(out).network == frozen(presets.digits_snn(), [1])


def test_a_new_head_learns_on_the_features_of_a_checkpoint(cli, tmp_path, learned):
    out = tmp_path / "head.npz"
    words = ("train", "digits-snn", "--freeze", "0", "--features", learned, "--seed", "4")
    status, _, err = cli(*words, *QUICK, "--out", out)
    assert status == 0, err
    donor, head = load_checkpoint(learned), load_checkpoint(out)
    np.testing.assert_array_equal(head.state.weights[0], donor.state.weights[0])
    assert head.state.seed == 4
    assert (head.state.weights[1] != donor.state.weights[1]).any()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("digits-snn", "--freeze", "2"), "layer to freeze = 2: must be an integer in 0..1"),
        (("digits-snn", "--features", "digits-snn"), "has no frozen layer to take features for"),
        (("--from", "digits-snn", "--features", "mnist-snn"), "without a preset or network"),
        (
            ("digits-snn", "--freeze", "0", "--features", "mnist-snn"),
            "features need the same layer",
        ),
        (("digits-snn", "--freeze", "0", "--features", "nowhere"), "no checkpoint at 'nowhere'"),
    ],
)
def test_what_does_not_go_together_is_refused(cli, words, message):
    status, _, err = cli("train", *words, *QUICK)
    assert status == 2
    assert message in err


def test_a_run_resumes_as_it_began(cli, learned):
    status, _, err = cli("train", "--resume", learned, "--freeze", "0")
    assert status == 2
    assert "--freeze with --resume" in err
