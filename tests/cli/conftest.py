"""Command lines, and networks in files for the tests of `convert`."""

import json
from functools import partial

import pytest
from hand_made_ann import checkpoint, hand_made

from lava_intsnn.cli import main
from lava_intsnn.cli.console import KEYS
from lava_intsnn.conversion.converter import convert
from lava_intsnn.formats.spiking import save_spiking


@pytest.fixture
def cli(capsys):
    """Run a command line; return its exit status, standard output and standard error."""

    def call(*argv):
        status = main([str(word) for word in argv])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def result(cli):
    """Run a command line with --json and return its object."""

    def call(*argv, status=0):
        found, out, err = cli(*argv, "--json")
        assert found == status, err
        assert out.count("\n") == 1, "people's text belongs to standard error"
        fields = json.loads(out)
        assert list(fields)[: len(KEYS)] == list(KEYS)
        assert fields["command"] in (argv[0], "report")  # whose tests leave the word out
        return fields

    return call


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory):
    """A checkpoint of two epochs of digits-snn."""
    path = tmp_path_factory.mktemp("trained") / "digits.npz"
    assert main(["train", "digits-snn", "--epochs", "2", "--out", str(path), "--quiet"]) == 0
    return path


@pytest.fixture
def convert_cli(cli):
    """Run ``convert ...``; return its exit status, standard output and standard error."""
    return partial(cli, "convert")


@pytest.fixture
def convert_json(convert_cli):
    """Run ``convert ... --json`` and return its object."""

    def call(*argv, status=0):
        found, out, err = convert_cli(*argv, "--json")
        assert found == status, err
        assert out.count("\n") == 1, "people's text belongs to standard error"
        fields = json.loads(out)
        assert fields["command"] == "convert"
        assert fields.get("action", "train") == argv[0]
        return fields

    return call


@pytest.fixture(scope="session")
def ann():
    return hand_made()


@pytest.fixture(scope="session")
def ann_file(ann, tmp_path_factory):
    """A checkpoint of that network."""
    return checkpoint(tmp_path_factory.mktemp("trained") / "net.npz", ann)


@pytest.fixture(scope="session")
def snn_file(ann, tmp_path_factory):
    """The network it becomes, in a file."""
    path = tmp_path_factory.mktemp("spiking") / "snn.npz"
    origin = {"preset": "lenet-digits", "data": "digits", "ann_accuracy": 12.5}
    save_spiking(path, convert(ann), origin={**origin, "thresholds": "exact"})
    return path
