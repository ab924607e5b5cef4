"""Every public name has an entry in the API pages of the site, and a docstring."""

import inspect
import re
import types

from page_blocks import ROOT

import lava_intsnn as ls
from lava_intsnn.formats import loihi_rule, netx, nir

ENTRIES = set(
    re.findall(
        r"^::: ([\w.]+)$",
        "\n".join(page.read_text() for page in (ROOT / "docs/api").glob("*.md")),
        re.M,
    )
)
TABLE = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/api/presets.md").read_text(), re.M))
MODULES = [value for name in ls.__all__ if isinstance(value := getattr(ls, name), types.ModuleType)]
NAMES = [
    (module, name)
    for module in (ls, *MODULES, ls.conversion.ann, netx, nir)
    for name in module.__all__
    if name != "__version__"
] + [(loihi_rule, "export_loihi_rule")]


def paths_of(module, name):
    """Return the paths under which a name may have its entry: its own, or where it is defined."""
    value = getattr(module, name)
    paths = {f"{module.__name__}.{name}"}
    if name in ls.__all__ and getattr(ls, name) is value:
        paths.add(f"lava_intsnn.{name}")
    if hasattr(value, "__qualname__"):
        paths.add(f"{value.__module__}.{value.__qualname__}")
    return paths


def has_entry(module, name):
    value = getattr(module, name)
    if isinstance(value, types.ModuleType) and value in MODULES:
        return any(f"{value.__name__}.{member}" in ENTRIES for member in value.__all__)
    if module is ls.presets and name in TABLE:
        return value.__doc__.rstrip(".") in (ROOT / "docs/api/presets.md").read_text()
    return bool(paths_of(module, name) & ENTRIES)


def test_every_public_name_has_an_entry():
    names = [f"{module.__name__}.{name}" for module, name in NAMES if not has_entry(module, name)]
    assert names == [], "add `::: NAME` for these to a page in docs/api"


def test_every_public_name_has_a_docstring():
    values = {f"{module.__name__}.{name}": getattr(module, name) for module, name in NAMES}
    described = (types.ModuleType, types.FunctionType, type)
    assert not [n for n, v in values.items() if isinstance(v, described) and not inspect.getdoc(v)]


def test_an_entry_names_something():
    import pkgutil

    for entry in sorted(ENTRIES):
        assert pkgutil.resolve_name(entry) is not None


def test_every_page_is_in_the_navigation():
    config = (ROOT / "mkdocs.yml").read_text()
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert {
        page for page in pages if not re.search(rf"[ :]{re.escape(page)}$", config, re.M)
    } == set()
