"""A plot of a table of accuracies, the paper's beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lava_intsnn.costs import paper_tables
from lava_intsnn.plot.plot_style import ENGINE, FAINT, INK, open_frame
from lava_intsnn.report.accuracy import Accuracies
from lava_intsnn.report.accuracy_tables import summaries

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
    about = f"test accuracy, %: mean and standard deviation; dots are our {len(found.seeds)} seeds"
    figure.text(0.03, 0.875, about, fontsize=9.5, color=FAINT)
    bars: dict[str, Any] = {"capsize": 4, "markersize": 6}
    named = False
    for x, key in enumerate(keys):
        if key in paper:
            mean, std = paper[key]
            label = None if named else "the paper"
            axes.errorbar(x - 0.16, mean, yerr=std, fmt="s", color=FAINT, label=label, **bars)
            named = True
        own, values, label = stats[key], found.values[key], None if x else "ours"
        error = own.std or 0.0
        axes.errorbar(x + 0.16, own.mean, yerr=error, fmt="o", color=ENGINE, label=label, **bars)
        axes.scatter([x + 0.3] * len(values), values, s=9, color=ENGINE, alpha=0.5, linewidth=0)
    same_row = len({row for row, _ in keys}) == 1
    axes.set_xticks(range(len(keys)), [c if same_row else f"{r}\n{c}" for r, c in keys])
    axes.set_xlim(-0.6, len(keys) - 0.4)
    axes.legend(frameon=False, fontsize=9, labelcolor=INK)
    open_frame(axes, grid=True, labelsize=9)
    return figure
