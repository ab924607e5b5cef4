"""What a network description can be refused for."""

from __future__ import annotations

from lava_intsnn.field_checks import shown

#: Most time steps of a sample, and most samples of a batch.
MAX_STEPS, MAX_BATCH = 4096, 1 << 16


class NetworkError(ValueError):
    """A description that cannot be built: names the value, the allowed range and the fix."""


def require_range(name: str, value: int, low: int, high: int, fix: str = "") -> None:
    """Raise :class:`NetworkError` unless ``value`` is an integer in ``low..high``."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        hint = f": {fix}" if fix else ""
        raise NetworkError(f"{name} = {shown(value)}: must be an integer in {low}..{high}{hint}")


def require_steps(steps: int) -> None:
    """Raise :class:`NetworkError` unless a sample may have so many time steps."""
    require_range("steps", steps, 1, MAX_STEPS)


def require_batch(batch: int) -> None:
    """Raise :class:`NetworkError` unless a batch may have so many samples."""
    require_range("batch", batch, 1, MAX_BATCH)
