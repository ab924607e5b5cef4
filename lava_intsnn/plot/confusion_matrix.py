"""The confusion matrix of a classification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.network.errors import integer_in
from lava_intsnn.plot.plot_style import FAINT, INK, axes_or_new, frame, heading

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: More classes than these are drawn without numbers.
NUMBERED = 30


def confusion_counts(
    labels: npt.ArrayLike, predictions: npt.ArrayLike, *, n_classes: int | None = None
) -> np.ndarray:
    """Return how often each class was taken for each, int64 ``(O, O)``.

    Parameters
    ----------
    labels, predictions : integer (N,)
    n_classes : int, optional
        By default one more than the highest class.

    Returns
    -------
    int64 (O, O)
        Rows are labels, columns predictions.

    Raises
    ------
    ValueError
        If they are not as many integers, or a class is outside ``0 .. n_classes - 1``.
    """
    truth, said = np.asarray(labels), np.asarray(predictions)
    for name, found in (("labels", truth), ("predictions", said)):
        if found.ndim != 1 or not found.size or found.dtype.kind not in "iu":
            raise ValueError(f"{name} are {found.dtype} {found.shape}: give integers (N,), N >= 1")
    if len(truth) != len(said):
        raise ValueError(f"{len(truth)} labels and {len(said)} predictions: must be as many")
    top = 1 + int(max(truth.max(), said.max()))
    n = top if n_classes is None else integer_in("n_classes", n_classes, 1, 1 << 16)
    if top > n or min(truth.min(), said.min()) < 0:
        raise ValueError(f"n_classes = {n}: classes must be in 0..{n - 1}, and reach {top - 1}")
    matrix = np.zeros((n, n), np.int64)
    np.add.at(matrix, (truth.astype(np.int64), said.astype(np.int64)), 1)
    return matrix


def confusion(
    labels: npt.ArrayLike,
    predictions: npt.ArrayLike,
    *,
    n_classes: int | None = None,
    axes: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw a confusion matrix.

    Parameters
    ----------
    labels, predictions, n_classes
        See :func:`confusion_counts`; predictions are those of :func:`lava_intsnn.evaluate`.
    axes : matplotlib axes, optional
        By default those of a new figure.
    title : str, optional
        By default the accuracy.

    Returns
    -------
    matplotlib axes
    """
    matrix = confusion_counts(labels, predictions, n_classes=n_classes)
    if title is None:
        title = f"accuracy {100 * matrix.trace() / matrix.sum():.2f} %"
    return draw_confusion(matrix, axes_or_new(axes, width=5.2, height=5.0), title=title)


def draw_confusion(matrix: np.ndarray, axes: Any, *, title: str) -> Any:
    """Draw counts ``(O, O)``, rows are labels."""
    n = len(matrix)
    share = matrix / np.maximum(1, matrix.sum(axis=1, keepdims=True))
    axes.imshow(np.sqrt(share), cmap="Blues", vmin=0, vmax=1.1)
    centre: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 6.6}
    for label, prediction in np.argwhere(matrix > 0) if n <= NUMBERED else ():
        color = "white" if share[label, prediction] > 0.35 else FAINT
        axes.text(prediction, label, str(matrix[label, prediction]), color=color, **centre)
    every = range(0, n, 1 if n <= NUMBERED else 10)
    axes.set_xticks(every)
    axes.set_yticks(every)
    axes.tick_params(length=0, labelsize=8.5, colors=INK)
    axes.set_xlabel("prediction", fontsize=9.5, color=INK)
    axes.set_ylabel("label", fontsize=9.5, color=INK)
    heading(axes, title)
    frame(axes, ticks=True)
    return axes
