"""A plot of a search: validation accuracy against each parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lava_intsnn.plot.plot_style import ENGINE, FAINT, INK, LAVA, heading, open_frame
from lava_intsnn.search.search_run import Found
from lava_intsnn.search.space import Parameter

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Panels in a row.
COLUMNS = 4


def figure_of(found: Found, *, importance: dict[str, float] | None = None) -> Figure:
    """Draw a panel for each parameter, 13 inches wide.

    Trials are dots, the best one is ringed, the network as it was is a square, refused networks are
    marks at the bottom, and trials that were stopped are crosses at the mean of their folds.

    Parameters
    ----------
    found : Found
        With at least one trained trial.
    importance : dict, optional
        Shares that are written above the panels.
    """
    from matplotlib.figure import Figure

    rows = -(-len(found.space) // COLUMNS)
    height = 1.5 + 2.5 * rows
    figure = Figure(figsize=(13, height), facecolor="white")
    task, best = found.task, found.best
    title = f"{task.network.name} {task.network.precision}: {len(found.outcomes)} trials"
    figure.text(0.055, 1 - 0.36 / height, title, fontsize=17, fontweight="bold", color=INK)
    about = (
        f"accuracy on {task.n_validation:,} held-out samples, %: the best (ring, trial "
        f"{best.index}) {best.accuracy:.2f}, the network as it was (square) "
        f"{_accuracy(found.outcomes[0].accuracy)}"
    )
    figure.text(0.055, 1 - 0.62 / height, about, fontsize=10.5, color=FAINT)
    grid = figure.add_gridspec(
        rows, COLUMNS, left=0.055, right=0.985, top=1 - 1.15 / height, bottom=0.45 / height,
        hspace=0.55, wspace=0.16,
    )  # fmt: skip
    for k, parameter in enumerate(found.space):
        axes = figure.add_subplot(grid[k // COLUMNS, k % COLUMNS])
        share = (importance or {}).get(parameter.name)
        _panel(axes, found, parameter, share, first=k % COLUMNS == 0)
    return figure


def _accuracy(value: float | None) -> str:
    return "refused" if value is None else f"{value:.2f}"


def _panel(
    axes: Any, found: Found, parameter: Parameter, share: float | None, *, first: bool
) -> None:
    position = _positions(axes, parameter)
    done = found.ranked
    y = [o.accuracy or 0.0 for o in done]
    low, high = min(y), max(y)
    margin = max(0.25, 0.08 * (high - low))
    axes.set_ylim(low - margin, high + margin)

    x = [position(o.values[parameter.name]) for o in done]
    axes.scatter(x, y, s=20, color=ENGINE, alpha=0.6, linewidth=0)
    refused = [o for o in found.outcomes if o.reason and not o.stopped]
    at = [position(o.values[parameter.name]) for o in refused]
    axes.scatter(at, [low - margin] * len(at), s=30, marker="|", color=FAINT)
    stopped = [o for o in found.outcomes if o.stopped]
    at = [position(o.values[parameter.name]) for o in stopped]
    means = [max(low - margin, o.history[-1]) for o in stopped]  # no lower than the panel
    axes.scatter(at, means, s=16, marker="x", color=FAINT, linewidth=1)
    ring: dict[str, Any] = {"s": 75, "facecolor": "none", "linewidth": 1.8}
    for outcome, marker, color in ((found.best, "o", LAVA), (found.outcomes[0], "s", INK)):
        if outcome.accuracy is not None:
            place = position(outcome.values[parameter.name])
            axes.scatter([place], [outcome.accuracy], marker=marker, edgecolor=color, **ring)

    name = parameter.name if share is None else f"{parameter.name}   {100 * share:.0f} %"
    heading(axes, name, fontsize=10.5, pad=5)
    open_frame(axes, grid=True, labelleft=first)


def _positions(axes: Any, parameter: Parameter) -> Any:
    """Lay out the axis of a parameter; return the function from a value to its position."""
    if parameter.scale == "log":
        axes.set_xscale("log", base=2)
        axes.set_xlim(parameter.low / 1.08, parameter.high * 1.08)
        ticks = sorted({parameter.at(k / 4) or 0 for k in range(4)} | {parameter.high})
        axes.set_xticks(ticks, [str(t) for t in ticks])
        axes.minorticks_off()
        return lambda value: value
    places: dict[int | None, int] = {value: k for k, value in enumerate(parameter.choices)}
    stride = -(-len(places) // 8)
    axes.set_xlim(-0.5, len(places) - 0.5)
    shown = list(places.items())[::stride]
    axes.set_xticks([k for _, k in shown], ["off" if v is None else str(v) for v, _ in shown])
    return places.__getitem__
