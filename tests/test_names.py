"""Module names and class names are unique, so that a name alone says what it means."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePath

import pytest

import lava_intsnn

ROOT = Path(lava_intsnn.__file__).parent
MODULES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py"))

#: Module and package names that may occur more than once, each with the reason.
ALLOWED_MODULES = {
    "process": "Lava looks for the Process in this module of its package",
    "models": "Lava looks for the ProcessModels in this module of their package",
    "errors": "each package keeps its exceptions in this module",
    "report": "the command `report` prints what the package `report` computes",
    "microcode": "`proc_models` names a package after the tag of its ProcessModels",
}


def names_of(modules: Iterable[PurePath]) -> dict[str, list[PurePath]]:
    """Return modules and packages by name. A module named as its own package counts once."""
    found = defaultdict(list)
    for module in modules:
        if module.name == "__init__.py":
            found[module.parent.name].append(module.parent)
        elif module.stem not in ("__main__", module.parent.name):
            found[module.stem].append(module)
    return found


def repeated(found: dict[str, list]) -> dict[str, list]:
    """Return the names that occur more than once."""
    return {name: places for name, places in found.items() if len(places) > 1}


def public_classes() -> dict[str, list[PurePath]]:
    """Return the modules that define each public class at their top level."""
    found = defaultdict(list)
    for module in MODULES:
        for node in ast.parse((ROOT / module).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(module)
    return found


def test_module_names_are_unique():
    found = repeated(names_of(MODULES))
    assert {name: found[name] for name in found.keys() - ALLOWED_MODULES.keys()} == {}


def test_class_names_are_unique():
    assert repeated(public_classes()) == {}


def test_every_exception_to_the_rule_is_still_needed():
    assert ALLOWED_MODULES.keys() <= repeated(names_of(MODULES)).keys()


@pytest.mark.parametrize("added", ["proc_models/synapses.py", "loihi/synapses/__init__.py"])
def test_a_second_module_of_a_name_is_found(added):
    assert "synapses" in repeated(names_of([*MODULES, PurePath(added)]))
