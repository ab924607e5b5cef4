"""Blocks of trials that are compared with earlier blocks only, whatever runs at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lava_intsnn.search.trial import Bar, Outcome

#: Trials of a block; the first block is trial 0 alone, the network as it is.
BLOCK = 8


def block_start(index: int) -> int:
    """Return the first trial of the block that holds trial ``index``."""
    return 0 if index == 0 else 1 + (index - 1) // BLOCK * BLOCK


def blocks_of(trials: Iterable[int], *, compared: bool) -> list[list[int]]:
    """Return the trials, ascending, by block; in a single one if none are ``compared``."""
    found: dict[int, list[int]] = {}
    for k in sorted(trials):
        found.setdefault(block_start(k) if compared else 0, []).append(k)
    return list(found.values())


def bar_of(done: Mapping[int, Outcome], *, before: int, margin: float) -> Bar | None:
    """Return the best trial of those ``before``'s block, or None if none was trained to the end.

    Parameters
    ----------
    done : {index: Outcome}
        Holds at least all trials of earlier blocks.
    before : int
        A trial of the block.
    margin : float
        See :class:`~lava_intsnn.search.trial.Bar`.
    """
    earlier = [done[k] for k in range(block_start(before))]
    trained = [o for o in earlier if o.accuracy is not None]
    if not trained:
        return None
    best = max(trained, key=lambda o: (o.accuracy or 0.0, -o.index))
    return Bar(best.index, best.last_of_folds, margin)
