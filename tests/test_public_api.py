"""The public names: all there, and loaded only when used."""

import pkgutil
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

import lava_intsnn as ls

ROOT = Path(__file__).parents[1]

HEAVY = ("numba", "lava", "tonic", "matplotlib", "sklearn", "scipy", "h5py", "pooch", "tqdm")
WITHOUT_LAVA = ("lava", "tonic", "matplotlib")


def loaded_by(code, watched):
    """Return which of ``watched`` a fresh interpreter has loaded after ``code``."""
    script = f"{code}\nimport sys\nprint([m for m in {watched!r} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=600
    )
    return result.stdout.strip().splitlines()[-1]


def test_importing_the_package_loads_nothing_heavy():
    assert loaded_by("import lava_intsnn; dir(lava_intsnn)", HEAVY) == "[]"


def test_describing_networks_and_files_loads_nothing_heavy():
    code = (
        "import lava_intsnn as ls\n"
        "ls.initial_state(ls.presets.digits_snn()); ls.presets.mnist_snn().check()\n"
        "ls.data, ls.save, ls.load"
    )
    assert loaded_by(code, HEAVY) == "[]"


def test_the_core_does_without_lava():
    code = "import lava_intsnn.engine, lava_intsnn.reference, lava_intsnn.data, lava_intsnn.cli"
    assert loaded_by(code, WITHOUT_LAVA) == "[]"


@pytest.mark.parametrize("name", ls.__all__)
def test_every_public_name_is_what_its_module_defines(name):
    value = getattr(ls, name)
    if name in ("conversion", "data", "loihi", "networks", "plot", "presets"):
        assert isinstance(value, types.ModuleType)
    elif name == "__version__":
        assert isinstance(value, str)
    else:
        assert callable(value), f"{name} is {value!r}"
    assert name in dir(ls)


def test_every_name_toward_loihi_is_there_without_an_import_of_its_own():
    code = "from lava_intsnn import loihi\nfor name in loihi.__all__: getattr(loihi, name)"
    assert loaded_by(code, WITHOUT_LAVA) == "[]"


def test_no_module_takes_the_place_of_a_public_function():
    """Importing ``package.name`` binds it as an attribute of the package."""
    for package in (ls, ls.loihi, ls.conversion, ls.conversion.ann):
        modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
        assert not [n for n in package._HOME if n in modules and callable(getattr(package, n))]


#: A bar settles multiprocessing's start method, on which Lava insists to do so itself.
BAR = "from tqdm import tqdm; tqdm(total=1, disable=False).close()\n"


def test_lava_can_be_loaded_after_a_progress_bar():
    part = "from lava.magma.core.run_configs import Loihi2SimCfg\n"  # does not set it
    assert (
        loaded_by(part + BAR + "import lava_intsnn.systems.network_system", ("lava.proc",))
        == "['lava.proc']"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "use",
    [
        "import lava_intsnn as ls; ls.build, ls.session",
        "import lava_intsnn.systems.network_system",
        "import lava_intsnn.systems.network_session",
        "import lava_intsnn.runtime",
        "from lava_intsnn.processes.int_dense.process import IntDense",
    ],
)
def test_every_way_into_lava_is_open_after_a_progress_bar(use):
    assert loaded_by(BAR + use, ("lava.magma",)) == "['lava.magma']"


def test_star_import_and_unknown_names():
    assert len(set(ls.__all__)) == len(ls.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        ls.nonsense  # noqa: B018


@pytest.mark.parametrize(
    ("file", "line"), [("CHANGELOG.md", r"^## \[(\d.+)\]"), ("CITATION.cff", r"^version: (.+)$")]
)
def test_the_version_is_that_of_the_changelog_and_the_citation(file, line):
    text = (ROOT / file).read_text(encoding="utf-8")
    assert re.search(line, text, re.M)[1] == ls.__version__
