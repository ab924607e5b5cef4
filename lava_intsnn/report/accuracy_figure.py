"""A plot of a table of accuracies, the paper's beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lava_intsnn.costs import paper_tables
from lava_intsnn.report.accuracy import Accuracies
from lava_intsnn.report.accuracy_tables import summaries
from lava_intsnn.report.plots import ENGINE, FAINT, INK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GRID = "#e6eaef"


def accuracy_figure(found: Accuracies, table: str | None, *, title: str) -> Figure:
    """Draw mean, standard deviation and every seed of each cell, beside the paper's.

    Raises
    ------
    ValueError
        If no cell was run.
    """
    from matplotlib.figure import Figure

    stats = summaries(found)
    if not stats:
        raise ValueError("nothing to draw: no cell was run")
    paper = paper_tables.ACCURACY.get(table or "", {})
    keys = [cell.key for cell in found.cells if cell.key in stats]
    figure = Figure(figsize=(max(6.0, 1.6 + 1.1 * len(keys)), 4.6), facecolor="white")
    axes = figure.add_axes((0.1, 0.17, 0.87, 0.66))
    figure.text(0.03, 0.93, title, fontsize=14, fontweight="bold", color=INK)
    figure.text(
        0.03,
        0.875,
        f"test accuracy, %: mean and standard deviation; dots are our {len(found.seeds)} seeds",
        fontsize=9.5,
        color=FAINT,
    )
    for x, key in enumerate(keys):
        own, theirs = stats[key], paper.get(key)
        if theirs:
            axes.errorbar(
                x - 0.16, theirs[0], yerr=theirs[1], fmt="s", color=FAINT, capsize=4, markersize=6,
                label=None if "the paper" in _labels(axes) else "the paper",
            )  # fmt: skip
        axes.errorbar(
            x + 0.16, own.mean, yerr=own.std or 0.0, fmt="o", color=ENGINE, capsize=4, markersize=6,
            label=None if "ours" in _labels(axes) else "ours",
        )  # fmt: skip
        values = found.values[key]
        axes.scatter([x + 0.3] * len(values), values, s=9, color=ENGINE, alpha=0.5, linewidth=0)
    same_row = len({row for row, _ in keys}) == 1
    axes.set_xticks(range(len(keys)), [c if same_row else f"{r}\n{c}" for r, c in keys])
    axes.set_xlim(-0.6, len(keys) - 0.4)
    axes.tick_params(length=0, labelsize=9, colors=INK)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=9, labelcolor=INK)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#d4dae1")
    return figure


def _labels(axes: Any) -> list[str]:
    return axes.get_legend_handles_labels()[1]
