"""Help and info of all commands, and how tables are laid out."""

import subprocess
import sys

import pytest

from lava_intsnn import presets
from lava_intsnn.cli import COMMANDS, main
from lava_intsnn.cli.console import table


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


def test_numbers_stand_to_the_right_in_tables():
    assert table([("a", "n"), ("bb", "7"), ("c", "1,000")], indent=0).splitlines() == [
        "a       n",
        "bb      7",
        "c   1,000",
    ]
