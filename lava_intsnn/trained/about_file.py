"""The JSON file beside a network of the package: how it was trained, and what it reached."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from lava_intsnn.storage.errors import FileFormatError

Made = TypeVar("Made")


def made_from(about: Path, make: Callable[[dict[str, Any]], Made]) -> Made:
    """Return what ``make`` makes of the fields of ``about``.

    Raises
    ------
    FileFormatError
        If a file cannot be read, or fields are missing or unknown: the installation is damaged.
    """
    try:
        return make(json.loads(about.read_text(encoding="utf-8")))
    except (OSError, TypeError, json.JSONDecodeError) as error:
        raise FileFormatError(
            f"{about} cannot be used ({error}): install lava_intsnn again"
        ) from error
