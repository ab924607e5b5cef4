"""One JSON file for each training run of a benchmark, so that a killed benchmark goes on."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

#: What is said of a run and does not make it another one.
_SAID = ("about", "versions")


def digest_of(run: dict[str, Any]) -> str:
    """Return eight digits of all that makes a run what it is."""
    told = {key: value for key, value in run.items() if key not in _SAID}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:8]


def path_of(folder: Path, run: dict[str, Any]) -> Path:
    """Return the file of a run: its peer, the part it is tested on, its seed and its digest."""
    return folder / f"{run['peer']}-{run['part']}-{run['seed']}-{digest_of(run)}.json"


def known(folder: Path, run: dict[str, Any]) -> dict[str, Any] | None:
    """Return what is on file of ``run``, or None."""
    path = path_of(folder, run)
    return json.loads(path.read_text())["found"] if path.exists() else None


def keep(folder: Path, run: dict[str, Any], found: dict[str, Any]) -> Path:
    """Write a run and what was found; a run that is killed leaves no half of a file."""
    path = path_of(folder, run)
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"run": run, "found": found}, indent=1) + "\n")
    os.replace(part, path)
    return path


def everything(folder: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return all runs on file, in the order of their names."""
    files = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return [(each["run"], each["found"]) for each in files]
