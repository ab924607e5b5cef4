"""Interleaved timing of several steps in one process, and the table of their ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def samples_per_second(
    steps: dict[str, Callable[[], int]], *, seconds: float, rounds: int
) -> dict[str, list[float]]:
    """Time each step for about ``seconds`` in each of ``rounds`` rounds, in turn.

    A step returns how many samples it processed. Taking turns spreads a noisy machine's moods over
    all of them.
    """
    rates: dict[str, list[float]] = {name: [] for name in steps}
    for step in steps.values():
        step()  # compile, allocate
    for _ in range(rounds):
        for name, step in steps.items():
            samples, began = 0, time.perf_counter()
            while (spent := time.perf_counter() - began) < seconds:
                samples += step()
            rates[name].append(samples / spent)
    return rates


def table(rates: dict[str, list[float]], *, base: str, unit: str = "samples/s") -> str:
    """Return a Markdown table: median, range and ratio of medians to ``base``."""
    reference = statistics.median(rates[base])
    lines = [f"| | {unit} (median) | range | ratio to {base} |", "|---|---|---|---|"]
    for name, values in sorted(rates.items(), key=lambda item: statistics.median(item[1])):
        median = statistics.median(values)
        lines.append(
            f"| {name} | {median:,.0f} | {min(values):,.0f}-{max(values):,.0f} "
            f"| {median / reference:.2f} |"
        )
    return "\n".join(lines)
