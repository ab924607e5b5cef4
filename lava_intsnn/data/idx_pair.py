"""Pairs of IDX files, images and labels, by the names people give them.

MNIST and its kin (``train-images-idx3-ubyte``), Kaggle's copies (``train-images.idx3-ubyte``, or a
folder of that name with the file in it), and EMNIST (``emnist-letters-train-images-idx3-ubyte``),
each compressed or not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lava_intsnn.data.errors import DataError

_NAME = re.compile(
    r"(?P<before>.*?)(?P<kind>images?|labels?)(?P<after>[-_.]?idx\d[-_.]?ubyte)?(?:\.idx)?(?:\.gz)?",
    re.I,
)
#: What the name of a part's files holds.
_PARTS = {"train": "train", "t10k": "test", "test": "test"}


@dataclass(frozen=True)
class IdxPair:
    """The two files of one part of a data set."""

    images: Path
    labels: Path


def is_idx_name(name: str) -> bool:
    """Whether a file of this name may be an IDX file of images or labels."""
    return bool(_parsed(name)) and ("idx" in name.lower())


def pairs_beside(path: Path) -> dict[str, IdxPair]:
    """Return the pairs that belong to ``path``: in a folder, or beside a file and named like it.

    Returns
    -------
    dict
        Part (``"train"``, ``"test"`` or ``""``) -> pair.

    Raises
    ------
    DataError
        If a file of a pair is missing, or a folder holds several data sets.
    """
    folder = path if path.is_dir() else path.parent
    series: dict[str, dict[str, dict[str, Path]]] = {}
    for file in sorted(folder.glob("*")):
        # Kaggle's archives unpack every file into a folder of its own name
        inner = file / file.name if file.is_dir() else file
        parsed = _parsed(file.name) if inner.is_file() else None
        if parsed is not None and is_idx_name(file.name):
            name, part, kind = parsed
            series.setdefault(name, {}).setdefault(part, {}).setdefault(kind, inner)
    if path.is_dir():
        if len(series) > 1:
            known = ", ".join(sorted(name or "(no name)" for name in series))
            raise DataError(
                f"{path}: holds several data sets ({known}); name a file of one of them"
            )
        chosen = next(iter(series.values()), {})
    else:
        parsed = _parsed(path.name)
        if parsed is None:
            raise DataError(
                f"{path}: an IDX file, but its name does not say what it holds: name the files "
                "...images-idx3-ubyte and ...labels-idx1-ubyte"
            )
        chosen = series.get(parsed[0], {})
    pairs = {}
    for part, files in chosen.items():
        for kind in ("images", "labels"):
            if kind not in files:
                have = next(iter(files.values()))
                raise DataError(f"{have}: the file of its {kind} is missing in {have.parent}")
        pairs[part] = IdxPair(files["images"], files["labels"])
    return pairs


def _parsed(name: str) -> tuple[str, str, str] | None:
    """Return the data set, the part and the kind that a file's name says, if it does."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    before, part = found["before"].lower(), ""
    for word, of in _PARTS.items():
        if re.search(rf"(?:^|[-_.]){word}[-_.]?$", before):
            before, part = re.sub(rf"{word}[-_.]?$", "", before), of
    return before.strip("-_."), part, "images" if found["kind"][0] in "iI" else "labels"
