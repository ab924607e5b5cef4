"""Progress of long work: a bar on a terminal, and elsewhere a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

_Item = TypeVar("_Item")

#: Seconds between two lines where there is no terminal. Shorter work writes none.
LINE_EVERY_S = 30.0


def progress_bar(
    total: int,
    *,
    shown: bool = True,
    name: str | None = None,
    unit: str = "samples",
    initial: int = 0,
) -> Any:
    """Return the progress of ``total`` units for a ``with`` statement.

    On a terminal it is tqdm's bar; in a file, a pipe or the log of a cluster it is a line on
    standard error every :data:`LINE_EVERY_S` seconds. Both have ``update(n)`` and
    ``set_postfix_str(text, refresh=False)``, and ``n`` is what is done.
    """
    if shown and not _terminal():
        return ProgressLines(total, name=name, unit=unit, initial=initial)
    from tqdm.auto import tqdm

    return tqdm(
        total=total,
        initial=initial,
        desc=name,
        unit=f" {unit}",
        unit_scale=True,
        leave=False,
        disable=not shown,
    )


def progress_over(
    items: Iterable[_Item], total: int, *, name: str | None = None, unit: str = "samples"
) -> Iterator[_Item]:
    """Yield ``items``, of which there are ``total``, and show the progress."""
    with progress_bar(total, name=name, unit=unit) as bar:
        for item in items:
            yield item
            bar.update(1)


class ProgressLines:
    """Progress as lines of text."""

    def __init__(self, total: int, *, name: str | None, unit: str, initial: int = 0) -> None:
        self.total, self.n = total, initial
        self._name, self._unit, self._note = name, unit, ""
        self._began, self._before = time.monotonic(), initial
        self._next = self._began + LINE_EVERY_S

    def __enter__(self) -> ProgressLines:
        return self

    def __exit__(self, *error: object) -> None:
        return

    def set_postfix_str(self, note: str, refresh: bool = True) -> None:
        """Set the end of the line."""
        self._note = note

    def update(self, n: int = 1) -> None:
        """Count ``n`` more units, and write a line if it is time for one."""
        self.n += n
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LINE_EVERY_S
        if sys.stderr is not None:
            sys.stderr.write(f"{self._line(now - self._began)}\n")
            sys.stderr.flush()

    def _line(self, seconds: float) -> str:
        head = f"{self._name}: " if self._name else ""
        share = f" ({100 * self.n // self.total} %)" if self.total else ""
        speed = (self.n - self._before) / max(seconds, 1e-9)
        left = f"{max(0, self.total - self.n) / speed:,.0f} s left" if speed > 0 else ""
        parts = [f"{head}{self.n:,} of {self.total:,} {self._unit}{share}", left, self._note]
        return ", ".join(part for part in parts if part)


def _terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
