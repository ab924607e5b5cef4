"""profile: the tables, the picture, the JSON, and what is refused."""

import pytest

import lava_intsnn as ls
from lava_intsnn import loihi


def test_a_pretrained_network_while_it_runs(cli, result, tmp_path):
    picture = tmp_path / "profile.png"
    words = ("profile", "digits-snn-loihi", "--pretrained", "--samples", 4)
    status, out, _ = cli(*words, "--out", picture)
    assert status == 0
    network, state = ls.pretrained("digits-snn-loihi")
    expected = loihi.profile(network, state, ls.data.digits("test").head(4))
    assert expected.text() in out
    assert picture.read_bytes()[:4] == b"\x89PNG"
    told = result(*words)
    assert told["samples"] == 4
    assert told["file"] is None
    assert told["profile"] == expected.to_json()


def test_while_it_learns_on_loihi_1(result):
    words = ("profile", "digits-snn-loihi", "--samples", 2, "--learning", "--target", "loihi1")
    told = result(*words)["profile"]
    assert (told["target"], told["learning"], told["samples"]) == ("loihi1", True, 2)
    assert all(core["weight_updates"] > 0 for core in told["cores"])


def test_a_network_that_the_chip_refuses(cli):
    status, _, err = cli("profile", "digits-snn", "--learning")
    assert status == 2
    assert "batch" in err


@pytest.mark.parametrize(
    ("words", "told"), [(("--samples", "0"), "at least 1"), (("--out", "a.txt"), ".png")]
)
def test_wrong_options(cli, capsys, words, told):
    with pytest.raises(SystemExit):
        cli("profile", "digits-snn-loihi", *words)
    assert told in capsys.readouterr().err
