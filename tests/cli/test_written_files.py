"""The ending of a file to write says what is written there, in every command."""

import pytest

from lava_intsnn.cli import main
from lava_intsnn.cli.written_files import check_folder_name, file_name
from lava_intsnn.storage.file_endings import check_ending


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train digits-snn --out x.h5", "a checkpoint is written, so the name must end in .npz"),
        ("train digits-snn --out x.json", "such as x.npz"),
        ("import net.net --out x.nir", "a checkpoint is written"),
        ("assemble l.txt --data p.npz --out x.txt", "a program is written"),
        ("convert train lenet-digits --out x.pt", "a checkpoint is written"),
        ("convert to-snn a.npz --out x.json", "a checkpoint is written"),
        ("convert eval a.npz --plot x.npz", "must end in .png (or .svg, .pdf), such as x.png"),
        ("export digits-snn --format netx --out x.npz", "a netx file is written"),
        ("export digits-snn --format nir --out x.net", "a NIR file is written"),
        ("export digits-snn --format loihi-rule --out x.net", "a rule file is written"),
        ("compile digits-snn-loihi --out x.npz", "a folder is written, and .npz is a file's"),
        ("compile digits-snn --nearest x.txt", "must end in .json (or .npz), such as x.json"),
        ("sweep digits-snn --list --save x.npz", "a network is written"),
        ("sweep digits-snn --list --plot x", "a picture is written"),
        ("convert eval a.npz --plot p.txt", "must end in .png"),
        ("sweep digits-snn --list --plot x.gif", "must end in .png"),
        ("report accuracy digits-snn --markdown x.png", "a Markdown file is written"),
        ("report accuracy digits-snn --figure x.bmp", "a picture is written"),
    ],
)
def test_an_ending_of_something_else_is_refused(line, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    try:
        status = main(line.split())
    except SystemExit as done:  # argparse
        status = done.code
    assert status == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_usual_endings_and_none_are_accepted():
    for path, what in [
        ("a.npz", "checkpoint"),
        ("a.NPZ", "program"),
        ("folder.x/a", "checkpoint"),
        ("a.h5", "netx file"),
        ("a.svg", "picture"),
        ("a.html", "page"),
    ]:
        check_ending(path, what)
    check_folder_name("mnist-snn-loihi2")
    check_folder_name("v1.2")


def test_a_hostile_name_stays_in_the_folder():
    assert file_name("mnist-snn_2.1") == "mnist-snn_2.1"
    assert file_name("../../etc/x") == "_.._etc_x"
    assert file_name("..") == "network"
