"""The plot of a run: accuracy, spikes and operations, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lava_intsnn.plot.plot_style import ENGINE, INK, LAVA, heading, open_frame

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lava_intsnn.cli.convert.spiking_activity import SpikingActivity


def activity_figure(
    found: SpikingActivity, *, title: str, macs: int, ann_accuracy: float | None = None
) -> Figure:
    """Draw accuracy, spikes of each layer and synaptic operations over the steps.

    Parameters
    ----------
    found : SpikingActivity
    title : str
    macs : int
        Multiply-accumulates of the ANN behind its first layer.
    ann_accuracy : float, optional
        Percent.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.2), facecolor="white", layout="constrained")
    figure.suptitle(title, fontsize=13, fontweight="bold", color=INK, x=0.01, ha="left")
    accuracy, spikes, synops = figure.subplots(1, 3, width_ratios=(1, 1.35, 1))
    steps = np.arange(1, len(found.accuracy) + 1)
    _accuracy(accuracy, steps, found, ann_accuracy)
    _spikes(spikes, steps, found)
    _synops(synops, steps, found, macs)
    for axes in (spikes, synops):
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    for axes in (accuracy, spikes, synops):
        axes.set_xlabel("time step", fontsize=9.5, color=INK)
        axes.set_xlim(0.4, len(steps) + 0.6)
        axes.xaxis.get_major_locator().set_params(integer=True)
        open_frame(axes, grid=True)
    return figure


def _accuracy(axes: Any, steps: np.ndarray, found: SpikingActivity, ann: float | None) -> None:
    axes.plot(steps, found.accuracy, color=ENGINE, marker="o", markersize=4, linewidth=2)
    if ann is not None:
        axes.axhline(ann, color=LAVA, linewidth=1.2, linestyle="--", label=f"ANN {ann:.2f} %")
        axes.legend(frameon=False, fontsize=8.5, loc="lower right", labelcolor=INK)
    low, high = float(found.accuracy.min()), max(float(found.accuracy.max()), ann or 0.0)
    margin = max(0.3, 0.12 * (high - low))
    axes.set_ylim(max(0.0, low - margin), min(100.2, high + margin))
    heading(axes, f"accuracy: {found.accuracy[-1]:.2f} % at the end", fontsize=11)


def _spikes(axes: Any, steps: np.ndarray, found: SpikingActivity) -> None:
    """Stack the layers' spikes above the axis and their retractions below it."""
    from matplotlib import colormaps

    colors = colormaps["viridis"](np.linspace(0.05, 0.92, len(found.layers)))
    above, below = np.zeros(len(steps)), np.zeros(len(steps))
    for name, color, all_spikes, back in zip(found.layers, colors, found.spikes, found.retractions):
        axes.bar(steps, all_spikes - back, bottom=above, color=color, width=0.8, label=name)
        axes.bar(steps, -back, bottom=below, color=color, width=0.8)
        above, below = above + all_spikes - back, below - back
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.legend(frameon=False, fontsize=8.5, labelcolor=INK)
    heading(axes, "spikes an image; below 0: taken back", fontsize=11)


def _synops(axes: Any, steps: np.ndarray, found: SpikingActivity, macs: int) -> None:
    total = found.synops.sum(axis=0).cumsum()
    axes.plot(steps, total, color=ENGINE, marker="o", markersize=4, linewidth=2, label="the SNN's")
    axes.axhline(macs, color=LAVA, linewidth=1.2, linestyle="--", label="the ANN's MACs")
    axes.set_ylim(0, 1.12 * max(macs, total[-1]))
    axes.legend(frameon=False, fontsize=8.5, loc="lower right", labelcolor=INK)
    heading(axes, "operations an image, layer 1 on", fontsize=11)
