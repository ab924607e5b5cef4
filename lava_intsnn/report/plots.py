"""Plots. matplotlib is imported when the first one is drawn; no window system is needed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lava_intsnn.field_checks import short_repr

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lava_intsnn.data.dataset import ImageShape

INK, FAINT = "#1d2733", "#8894a3"
ENGINE, LAVA = "#2463a8", "#d95f1e"
_EDGE = "#d4dae1"
#: Hidden neurons whose weights are shown.
SHOWN = 40


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
    _weights(figure.add_subplot(bottom[1]), story)
    _confusion(figure.add_subplot(bottom[2]), story)
    return figure


def save(figure: Figure, path: str | os.PathLike[str], *, dpi: int = 150) -> None:
    """Write ``figure`` as an image; the suffix of ``path`` chooses the format."""
    figure.savefig(path, dpi=dpi)


def _digit(axes: Any, story: Story) -> None:
    axes.imshow(story.image.reshape(story.image_shape), cmap="gray_r", vmin=0, vmax=255)
    axes.set_anchor("N")
    heading(axes, "one image")
    right = story.prediction == story.label
    said = f"a {story.label}, and the network says so" if right else (
        f"a {story.label}; the network says {story.prediction}"
    )  # fmt: skip
    axes.set_xlabel(said, color=INK, fontsize=9.5)
    _frame(axes)


def _raster(figure: Any, cell: Any, story: Story) -> None:
    """Three panels over the same time steps."""
    names = _layer_names(len(story.spikes))
    heights = [2.2, *[1.6] * (len(story.spikes) - 2), 1.0]
    grid = cell.subgridspec(len(story.spikes), 1, hspace=0.14, height_ratios=heights)
    steps = len(story.spikes[0])
    for row, (name, s) in enumerate(zip(names, story.spikes)):
        axes = figure.add_subplot(grid[row])
        s = np.asarray(s, dtype=np.int64)
        last = row == len(story.spikes) - 1
        if last:
            shown, note = s, "10 classes" if s.shape[1] == 10 else f"{s.shape[1]} classes"
        else:
            # Ordered by activity, so that the rate code is visible; silent neurons are left out.
            order = np.argsort(-s.sum(axis=0), kind="stable")
            active = order[: int((s.sum(axis=0) > 0).sum())]
            shown, note = s[:, active], f"{len(active)} of {s.shape[1]}\nactive"
        color = LAVA if last else INK if row == 0 else ENGINE
        t, neuron = np.nonzero(shown)
        axes.vlines(
            t + 0.5, neuron + 0.08, neuron + 0.92, color=color, linewidth=2.6 if last else 1.5
        )
        axes.set_xlim(0, steps)
        axes.set_ylim(max(1, shown.shape[1]), 0)
        axes.set_yticks([])
        axes.text(
            -0.018, 0.5, f"{name}\n{note}", fontsize=8.5, color=INK, ha="right", va="center",
            linespacing=1.25, transform=axes.transAxes,
        )  # fmt: skip
        axes.set_xticks(np.arange(0, steps + 1, 5) if last else [])
        axes.tick_params(length=0, labelsize=8.5, colors=FAINT)
        _frame(axes, ticks=True)
        if row == 0:
            heading(axes, "its spikes")
        if last:
            axes.axhspan(story.label, story.label + 1, color=LAVA, alpha=0.13, linewidth=0)
            axes.set_xlabel("time step", fontsize=9.5, color=INK)


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


def _weights(axes: Any, story: Story) -> None:
    """Draw the hidden neurons with the largest weights as images side by side."""
    height, width = story.image_shape[:2]
    strength = np.abs(story.weights.astype(np.int64)).sum(axis=1)
    chosen = np.sort(np.argsort(-strength, kind="stable")[:SHOWN])
    columns = 8
    rows = -(-len(chosen) // columns)
    gap = max(1, height // 12)
    canvas = np.full(
        (rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan, dtype=np.float32
    )
    for k, neuron in enumerate(chosen):
        y, x = (k // columns) * (height + gap), (k % columns) * (width + gap)
        canvas[y : y + height, x : x + width] = story.weights[neuron].reshape(height, width)
    reach = float(np.quantile(np.abs(story.weights), 0.998)) or 1.0
    axes.imshow(canvas, cmap="RdBu_r", vmin=-reach, vmax=reach, interpolation="nearest")
    heading(axes, f"weights of {len(chosen)} hidden neurons")
    bits = f"{story.weights.min()} to {story.weights.max()}"
    axes.set_xlabel(f"integers, {bits}: red excites, blue inhibits", fontsize=9.5, color=INK)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def _confusion(axes: Any, story: Story) -> None:
    matrix = np.asarray(story.confusion)
    n = len(matrix)
    share = matrix / np.maximum(1, matrix.sum(axis=1, keepdims=True))
    axes.imshow(np.sqrt(share), cmap="Blues", vmin=0, vmax=1.1)
    centre: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 6.6}
    for label, prediction in np.argwhere(matrix > 0):
        color = "white" if share[label, prediction] > 0.35 else FAINT
        axes.text(prediction, label, str(matrix[label, prediction]), color=color, **centre)
    axes.set_xticks(range(n))
    axes.set_yticks(range(n))
    axes.tick_params(length=0, labelsize=8.5, colors=INK)
    axes.set_xlabel("prediction", fontsize=9.5, color=INK)
    axes.set_ylabel("label", fontsize=9.5, color=INK)
    heading(axes, f"test set: {story.accuracy:.2f} %")
    _frame(axes, ticks=True)


def _layer_names(layers: int) -> list[str]:
    hidden = layers - 2
    middle = ["hidden"] if hidden == 1 else [f"hidden {k + 1}" for k in range(hidden)]
    return ["input", *middle, "output"]


def heading(axes: Any, text: str, *, fontsize: float = 11.5, pad: float = 7) -> None:
    """Write the title of a panel."""
    axes.set_title(text, loc="left", fontsize=fontsize, fontweight="bold", color=INK, pad=pad)


def open_frame(
    axes: Any, *, grid: bool = False, labelsize: float = 8.5, labelleft: bool = True
) -> None:
    """Leave only the bottom line of a panel's frame, and labels without ticks."""
    axes.tick_params(length=0, labelsize=labelsize, colors=INK, labelleft=labelleft)
    if grid:
        axes.grid(axis="y", color="#e6eaef", linewidth=0.8)
        axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_EDGE)


def _frame(axes: Any, *, ticks: bool = False) -> None:
    if not ticks:
        axes.set_xticks([])
        axes.set_yticks([])
    axes.spines[:].set_color(_EDGE)
