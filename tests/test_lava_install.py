"""Without Lava: what works, what the message says, and the command that installs it."""

import json
import shutil
import subprocess
import sys

import pytest

from lava_intsnn import lava_install
from lava_intsnn.cli import main

#: Makes Lava impossible to import, as in an environment without it.
BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "lava":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
from lava_intsnn.cli import main
"""


def without_lava(code, *, folder="."):
    return subprocess.run(
        [sys.executable, "-c", BLOCKED + code],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=folder,
    )


def test_training_evaluating_and_compiling_for_the_chip_work_without_lava(tmp_path):
    done = without_lava(
        "assert not main('train digits-snn --limit 200 --epochs 1 --out a.npz --quiet'.split())\n"
        "assert not main('eval a.npz --limit 50 --backend reference'.split())\n"
        "assert not main('compile digits-snn-loihi --check'.split())\n",
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["session", "build", "IntDense"])
def test_a_name_that_needs_lava_says_how_to_get_it(name):
    done = without_lava(f"import lava_intsnn as ls\nls.{name}")
    assert done.stderr.strip().splitlines()[-1] == f"ModuleNotFoundError: {lava_install.MISSING}"


@pytest.mark.parametrize("command", ["demo --quick", "verify digits-snn --samples 10"])
def test_a_command_that_needs_lava_says_how_to_get_it(command, tmp_path):
    done = without_lava(f"sys.exit(main({command.split()!r}))", folder=tmp_path)
    assert (done.returncode, done.stderr.strip()) == (
        2,
        f"lava-intsnn: error: {lava_install.MISSING}",
    )
    assert not list(tmp_path.iterdir())


def test_a_broken_lava_is_not_called_missing(monkeypatch):
    def broken(name):
        raise ModuleNotFoundError("No module named 'networkx'", name="networkx")

    monkeypatch.setattr(lava_install.importlib, "import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="'networkx'"):
        lava_install.require_lava()


def test_pip_is_told_to_set_the_metadata_aside(monkeypatch):
    monkeypatch.setattr(lava_install, "_has_pip", lambda: True)
    command = lava_install.install_command()
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    assert {"--no-deps", "--ignore-requires-python", lava_install.RELEASE} <= set(command)


def test_looking_for_pip_does_not_search_for_its_module(monkeypatch):
    """On such a search setuptools makes way for Python's old distutils, and torch fails later."""
    searched = []

    class Watch:
        @staticmethod
        def find_spec(name, path=None, target=None):
            searched.append(name)

    monkeypatch.setattr(sys, "meta_path", [Watch, *sys.meta_path])
    lava_install._has_pip()
    assert "pip" not in searched


def test_uv_installs_where_there_is_no_pip(monkeypatch):
    monkeypatch.setattr(lava_install, "_has_pip", lambda: False)
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/uv")
    assert lava_install.install_command()[:5] == [
        "/bin/uv",
        "pip",
        "install",
        "--python",
        sys.executable,
    ]


def test_without_an_installer_the_message_names_both(monkeypatch, capsys):
    monkeypatch.setattr(lava_install, "_has_pip", lambda: False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert main(["install-lava"]) == 2
    assert "has no pip, and uv is not on PATH" in capsys.readouterr().err


def test_a_dry_run_only_prints_the_command(monkeypatch, capsys):
    monkeypatch.setattr(subprocess, "run", None)  # a call would fail
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/uv")
    assert main(["install-lava", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["installer"][-1] == lava_install.RELEASE


def test_the_dependency_and_the_command_name_the_same_release():
    from pathlib import Path

    project = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'"{lava_install.RELEASE}; ' in project
