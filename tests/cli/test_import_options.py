"""Options of import that need others, and messages that say how to go on."""

import pytest


@pytest.mark.parametrize("option", [("--samples", "5"), ("--read", "size=8x8")])
def test_options_about_data_need_data(cli, option, tmp_path):
    (tmp_path / "a.nir").write_bytes(b"")  # refused before it is read
    given = ("import", tmp_path / "a.nir", "--format", "nir", *option, "--out", tmp_path / "a.npz")
    status, _, err = cli(*given)
    assert status == 2
    assert f"{option[0]} without data" in err


@pytest.mark.parametrize("pixels", ["1:0", "0:2000", "a", "nan:1"])
def test_a_range_of_pixels_is_told(cli, pixels, capsys):
    with pytest.raises(SystemExit):
        cli("import", "a.net", f"--pixels={pixels}", "--out", "a.npz")
    assert "two numbers from -1000 to 1000, the lower one first" in capsys.readouterr().err
