"""The ending of a file's name agrees with what is written there."""

from __future__ import annotations

import os

#: The endings of every :mod:`~lava_intsnn.storage.container`.
CONTAINER = (".npz",)
#: What is written -> the endings that say so, the usual one first.
ENDINGS = {
    "checkpoint": CONTAINER,
    "program": CONTAINER,
    "network": (".json",),
    "network or checkpoint": (".json", ".npz"),
    "rule file": (".json",),
    "Markdown file": (".md", ".markdown", ".txt"),
    "picture": (".png", ".svg", ".pdf"),
    "page": (".html", ".htm"),
    "netx file": (".net", ".h5", ".hdf5"),
    "NIR file": (".nir", ".h5", ".hdf5"),
}
#: The kinds for which a name must have an ending, because it chooses the format.
_CHOSEN = ("picture",)


def check_ending(
    path: str | os.PathLike[str], what: str, *, known: tuple[str, ...] | None = None
) -> None:
    """Raise ValueError if the ending of ``path`` says it holds something other than ``what``.

    ``known`` are the endings for it, by default those in :data:`ENDINGS`.
    """
    known = ENDINGS[what] if known is None else known
    path = os.fspath(path)
    ending = os.path.splitext(path)[1].lower()
    if ending in known or (not ending and what not in _CHOSEN):
        return
    others = f" (or {', '.join(known[1:])})" if known[1:] else ""
    raise ValueError(
        f"{path}: a {what} is written, so the name must end in {known[0]}{others}, such as "
        f"{os.path.splitext(path)[0]}{known[0]}"
    )
