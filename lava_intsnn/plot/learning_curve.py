"""Accuracy over the epochs of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lava_intsnn.field_checks import shown
from lava_intsnn.plot.plot_style import ENGINE, INK, LAVA, axes_or_new, heading, open_frame
from lava_intsnn.training.training_run import EpochRecord, Training

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINE: dict[str, Any] = {"marker": "o", "markersize": 4, "linewidth": 2}


def learning_curve(
    run: Training | Sequence[EpochRecord], *, axes: Axes | None = None, saturation: bool = False
) -> Axes:
    """Draw the accuracy of training and validation after each epoch.

    Parameters
    ----------
    run : Training or sequence of EpochRecord
        What :func:`lava_intsnn.load` returns, or its ``history``.
    axes : matplotlib axes, optional
        By default those of a new figure.
    saturation : bool
        Draw the share of shadow weights at a limit of their range, a line for each layer, instead.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ValueError
        If no epoch was trained yet.
    TypeError
        If ``run`` is neither.
    """
    history = run.history if isinstance(run, Training) else run
    if not isinstance(history, (tuple, list)) or not all(
        isinstance(record, EpochRecord) for record in history
    ):
        raise TypeError(
            f"learning_curve(run): run = {shown(run)}: must be a Training, which "
            "lava_intsnn.load(FILE) returns, or its history"
        )
    if not history:
        raise ValueError("no epoch was trained yet, so there is no curve: train first")
    found = axes_or_new(axes)
    (_saturation if saturation else _accuracy)(found, history)
    found.xaxis.get_major_locator().set_params(integer=True)
    found.legend(frameon=False, fontsize=9, labelcolor=INK)
    found.set_xlabel("epochs", fontsize=9.5, color=INK)
    heading(found, "weights at a limit of their range, %" if saturation else "accuracy, %")
    open_frame(found, grid=True)
    return found


def _accuracy(axes: Any, history: Sequence[EpochRecord]) -> None:
    trained = [record.train_accuracy for record in history]
    axes.plot([r.epoch for r in history], trained, color=ENGINE, label="while learning", **_LINE)
    held = [(r.epoch, r.validation_accuracy) for r in history if r.validation_accuracy is not None]
    if held:
        axes.plot(*zip(*held), color=LAVA, label="validation", **_LINE)
    values = [*trained, *(value for _, value in held)]
    margin = max(0.3, 0.12 * (max(values) - min(values)))
    axes.set_ylim(max(0.0, min(values) - margin), min(100.2, max(values) + margin))


def _saturation(axes: Any, history: Sequence[EpochRecord]) -> None:
    epochs = [record.epoch for record in history]
    for layer, shares in enumerate(zip(*(record.saturated for record in history))):
        axes.plot(epochs, [100 * share for share in shares], label=f"layer {layer}", **_LINE)
    axes.set_ylim(bottom=0)
