"""Whether Lava is installed, and the command that installs it."""

from __future__ import annotations

import importlib
import importlib.metadata
import shutil
import sys

#: Lava's last release; its archive takes no more changes.
RELEASE = "lava-nc==0.10.0"

#: The one sentence that says how to get Lava.
MISSING = (
    "this needs Lava, which is not installed in this Python: `lava-intsnn install-lava` installs "
    "it; what does not run in Lava works without"
)


def require_lava() -> None:
    """Raise an error that says how to install Lava, if it is not installed.

    Raises
    ------
    ModuleNotFoundError
        With the name ``"lava"``.
    """
    try:
        importlib.import_module("lava.magma")
    except ModuleNotFoundError as error:
        if error.name not in ("lava", "lava.magma"):
            raise
        raise ModuleNotFoundError(MISSING, name="lava") from None


def install_command() -> list[str]:
    """Return the command that installs Lava into the running Python.

    Lava's metadata asks for Python 3.10 and numpy 1, and ``lava_cures`` lets it run on newer ones.
    So the metadata is set aside: what Lava imports is a dependency of this package already.

    Raises
    ------
    ValueError
        If there is neither pip nor uv.
    """
    if _has_pip():
        pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--ignore-requires-python"]
        return [*pip, RELEASE]
    uv = shutil.which("uv")  # it ignores upper bounds of Requires-Python
    if uv is not None:
        return [uv, "pip", "install", "--python", sys.executable, "--no-deps", RELEASE]
    raise ValueError(
        f"{sys.executable} has no pip, and uv is not on PATH: install one of them "
        "(`python -m ensurepip`), then run this command again"
    )


def _has_pip() -> bool:
    # not find_spec, of which setuptools takes notice: it would then leave Python's old distutils
    try:
        importlib.metadata.version("pip")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
