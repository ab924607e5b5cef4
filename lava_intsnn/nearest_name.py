"""The known name that is nearest to an unknown one, for error messages."""

from __future__ import annotations

from collections.abc import Collection, Iterable


def nearest_name(name: object, known: Iterable[str]) -> str | None:
    """Return the name in ``known`` that ``name`` was probably meant to be, if there is one."""
    import difflib

    if not isinstance(name, str) or len(name) > 100:
        return None
    spelled = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), spelled, n=1)
    return spelled[near[0]] if near else None


def suggestion(name: object, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the end of a message, or nothing without a near name."""
    near = nearest_name(name, known)
    return f"; did you mean {near!r}?" if near else ""


def choices(name: object, known: Collection[str]) -> str:
    """Return the known names with commas, and which of them ``name`` was probably meant to be."""
    return f"{', '.join(known)}{suggestion(name, known)}"
