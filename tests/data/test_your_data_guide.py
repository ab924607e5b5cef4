"""The guide "your data": its Python runs as printed and prints what it says; its commands parse."""

import re
import shlex
from pathlib import Path

from lava_intsnn.cli import parser

GUIDE = Path(__file__).parents[2] / "docs/your-data.md"


def test_the_guides_python_prints_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.S))
    exec(compile(code, str(GUIDE), "exec"), {})
    said = re.findall(r"^print\(.*\) *# (.*)$", code, re.M)
    assert len(said) == 4
    assert capsys.readouterr().out.splitlines() == said


def test_the_guides_commands_are_commands():
    lines = re.findall(r"^    (lava-intsnn .*)$", GUIDE.read_text(), re.M)
    assert len(lines) == 5
    for line in lines:
        parser().parse_args(shlex.split(line)[1:])
