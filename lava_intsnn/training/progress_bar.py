"""The progress bar of an epoch or an evaluation."""

from __future__ import annotations

from typing import Any

from tqdm.auto import tqdm


def progress_bar(total: int, *, shown: bool, name: str | None = None) -> Any:
    """Return a bar of ``total`` samples for a ``with`` statement. It appears on terminals only."""
    return tqdm(
        total=total,
        desc=name,
        unit="samples",
        unit_scale=True,
        leave=False,
        disable=None if shown else True,  # None: only on a terminal
    )
