"""The demo's figure: one sample, its spikes, and what the network has learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lava_intsnn.field_checks import short_repr
from lava_intsnn.plot.confusion_matrix import draw_confusion
from lava_intsnn.plot.plot_style import ENGINE, FAINT, INK, LAVA, frame, heading, open_frame
from lava_intsnn.plot.raster_plot import draw_raster, panel_heights
from lava_intsnn.plot.weight_plots import draw_fields

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lava_intsnn.data.dataset import ImageShape


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Accuracy while learning: percent ``y`` after ``x`` epochs."""

    label: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class Story:
    """The contents of the demo's figure.

    Parameters
    ----------
    title, subtitle : str
    image : uint8 (I,)
        One sample, with its ``label`` and ``prediction``.
    image_shape : (int, int)
        Its height and width.
    spikes : arrays (T, n)
        Of the input, the hidden layers and the output, while the sample was shown.
    engine, lava : Curve
        ``lava`` begins where ``engine`` ends.
    weights : int (H, I)
        Inference weights of the first layer.
    confusion : int (O, O)
        Rows are labels, columns predictions.
    accuracy : float
        Of the confusion matrix, percent.

    Raises
    ------
    ValueError
        If the image is in colour: the figure shows grey levels.
    """

    title: str
    subtitle: str
    image: np.ndarray
    image_shape: ImageShape
    label: int
    prediction: int
    spikes: Sequence[np.ndarray]
    engine: Curve
    lava: Curve
    weights: np.ndarray
    confusion: np.ndarray
    accuracy: float

    __repr__ = short_repr

    def __post_init__(self) -> None:
        if len(self.image_shape) != 2:
            raise ValueError(
                f"image_shape {self.image_shape}: only grey images (height, width) can be drawn"
            )


def demo_figure(story: Story) -> Figure:
    """Draw one sample's spikes above the weights the network has learned, 13 x 8 inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 8), facecolor="white")
    figure.text(0.045, 0.95, story.title, fontsize=17, fontweight="bold", color=INK)
    figure.text(0.045, 0.935, story.subtitle, fontsize=10.5, color=FAINT, va="top", linespacing=1.4)
    top = figure.add_gridspec(
        1, 3, left=0.045, right=0.975, top=0.83, bottom=0.47, width_ratios=(1, 2.05, 0.95),
        wspace=0.27,
    )  # fmt: skip
    bottom = figure.add_gridspec(
        1, 3, left=0.06, right=0.975, top=0.355, bottom=0.075, width_ratios=(1.25, 1.35, 0.95),
        wspace=0.2,
    )  # fmt: skip
    _digit(figure.add_subplot(top[0]), story)
    _raster(figure, top[1], story)
    _counts(figure.add_subplot(top[2]), story)
    _curves(figure.add_subplot(bottom[0]), story)
    fields = story.weights.reshape(len(story.weights), *story.image_shape)
    draw_fields(fields, figure.add_subplot(bottom[1]), what="hidden neurons")
    title = f"test set: {story.accuracy:.2f} %"
    draw_confusion(np.asarray(story.confusion), figure.add_subplot(bottom[2]), title=title)
    return figure


def _digit(axes: Any, story: Story) -> None:
    axes.imshow(story.image.reshape(story.image_shape), cmap="gray_r", vmin=0, vmax=255)
    axes.set_anchor("N")
    heading(axes, "one image")
    right = story.prediction == story.label
    said = f"a {story.label}, and the network says so" if right else (
        f"a {story.label}; the network says {story.prediction}"
    )  # fmt: skip
    axes.set_xlabel(said, color=INK, fontsize=9.5)
    frame(axes)


def _raster(figure: Any, cell: Any, story: Story) -> None:
    """Draw a panel for the input and each layer over the same time steps."""
    panels = len(story.spikes)
    grid = cell.subgridspec(panels, 1, hspace=0.14, height_ratios=panel_heights(panels))
    axes = [figure.add_subplot(grid[row]) for row in range(panels)]
    draw_raster(story.spikes, axes, label=story.label, most=story.weights.shape[1])
    heading(axes[0], "its spikes")


def _counts(axes: Any, story: Story) -> None:
    counts = np.asarray(story.spikes[-1]).sum(axis=0)
    classes = np.arange(len(counts))
    colors = [LAVA if k == story.prediction else "#c9d1da" for k in classes]
    axes.barh(classes, counts, color=colors, height=0.72)
    axes.set_yticks(classes)
    axes.set_ylim(len(counts) - 0.4, -0.6)
    axes.set_xlim(0, max(4, int(counts.max()) + 1))
    axes.set_xlabel("output spikes: the most win", fontsize=9.5, color=INK)
    heading(axes, "its answer")
    open_frame(axes, labelsize=9)


def _curves(axes: Any, story: Story) -> None:
    engine, lava = story.engine, story.lava
    for curve, color, marker in ((engine, ENGINE, "o"), (lava, LAVA, "s")):
        axes.plot(
            curve.x, curve.y, color=color, marker=marker, markersize=5, linewidth=2,
            label=curve.label,
        )  # fmt: skip
    first, last = engine.x[0], lava.x[-1]
    axes.set_xlim(first - 0.03 * last, 1.02 * last)
    axes.axvspan(lava.x[0], 1.02 * last, color=LAVA, alpha=0.09, linewidth=0)
    low, high = min(*engine.y, *lava.y), max(*engine.y, *lava.y)
    margin = max(0.3, 0.15 * (high - low))
    axes.set_ylim(low - margin, min(100.2, high + margin))
    axes.set_xticks(np.arange(int(first), int(last) + 1))
    axes.legend(frameon=False, fontsize=9.5, loc="lower right", labelcolor=INK)
    axes.set_xlabel("epochs", fontsize=9.5, color=INK)
    heading(axes, "validation accuracy, %")
    open_frame(axes, grid=True)
