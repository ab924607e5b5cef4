"""The spikes of one sample in all layers, in every step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.network import Network
from lava_intsnn.network.errors import integer_in
from lava_intsnn.plot.plot_style import ENGINE, FAINT, INK, LAVA, frame, heading, new_figure
from lava_intsnn.reference.recording import record
from lava_intsnn.state import State

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The raster shows so many neurons of a layer at most, the most active ones.
MOST_NEURONS = 400


@checks_kinds
def raster(
    network: Network,
    state: State,
    image: np.ndarray,
    *,
    label: int | None = None,
    key: np.uint64 | None = None,
    axes: Sequence[Axes] | None = None,
) -> list[Axes]:
    """Draw the spikes of one sample: the input's, then every layer's, in every step.

    The neurons of input and hidden layers are ordered by their activity; silent ones are left
    out, and at most 400 of a layer are shown.

    Parameters
    ----------
    network : Network
        With an integer precision.
    state : State
    image : uint8 (n_values,)
        A row of ``Dataset.images``.
    label : int, optional
        Its class, which is shaded.
    key : uint64, optional
        Keys the encoding; by default that of the first sample of an evaluation.
    axes : sequence of matplotlib axes, optional
        One for the input and one for every layer; by default those of a new figure.

    Returns
    -------
    list of matplotlib axes

    Raises
    ------
    NetworkError
        If the network is in fp32.
    ValueError
        If state, image, label or the number of axes do not fit the network.
    """
    if label is not None:
        label = integer_in("label", label, 0, network.n_classes - 1)
    found = record(network, state, image, key=key)
    heights = panel_heights(len(found.spikes))
    if axes is None:
        figure = new_figure(7.0, 1.1 * sum(heights) + 0.6)
        axes = list(figure.subplots(len(heights), 1, height_ratios=heights))
    if len(axes) != len(found.spikes):
        raise ValueError(f"{len(axes)} axes: must be {len(found.spikes)}, input and layers")
    draw_raster(found.spikes, axes, label=label)
    of = "" if label is None else f" of class {label}"
    heading(axes[0], f"spikes of a sample{of}, taken for class {found.prediction}")
    return list(axes)


def panel_heights(panels: int) -> list[float]:
    """Return how high the panels of input, hidden layers and output are, relatively."""
    return [2.2, *[1.6] * (panels - 2), 1.0]


def draw_raster(
    spikes: Sequence[np.ndarray],
    axes: Sequence[Any],
    *,
    label: int | None = None,
    most: int = MOST_NEURONS,
) -> None:
    """Draw spikes ``(T, n)`` of input, hidden layers and output into a panel each."""
    for row, (panel, found) in enumerate(zip(axes, spikes)):
        s = np.asarray(found, dtype=np.int64)
        last = row == len(spikes) - 1
        _panel(panel, s, row, len(spikes), most=most)
        panel.set_xlim(0, len(s))
        panel.set_yticks([])
        ticks = np.arange(0, len(s) + 1, 5 if len(s) <= 50 else 10 * -(-len(s) // 100))
        panel.set_xticks(ticks if last else [])
        panel.tick_params(length=0, labelsize=8.5, colors=FAINT)
        frame(panel, ticks=True)
    if label is not None:
        axes[-1].axhspan(label, label + 1, color=LAVA, alpha=0.13, linewidth=0)
    axes[-1].set_xlabel("time step", fontsize=9.5, color=INK)


def _panel(axes: Any, s: np.ndarray, row: int, panels: int, *, most: int) -> None:
    last = row == panels - 1
    if last:
        shown, note = s, f"{s.shape[1]} classes"
    else:
        # ordered by activity, so that the rate code is visible
        order = np.argsort(-s.sum(axis=0), kind="stable")
        active = order[: int((s.sum(axis=0) > 0).sum())]
        shown, note = s[:, active[:most]], f"{len(active)} of {s.shape[1]}\nactive"
    color = LAVA if last else INK if row == 0 else ENGINE
    t, neuron = np.nonzero(shown)
    # counts of frames: the more, the darker
    strength = shown[t, neuron] / max(1, int(shown.max(initial=1)))
    graded = {} if (strength == 1).all() else {"alpha": 0.25 + 0.75 * strength}
    axes.vlines(
        t + 0.5, neuron + 0.08, neuron + 0.92, color=color, linewidth=2.6 if last else 1.5, **graded
    )
    axes.set_ylim(max(1, shown.shape[1]), 0)
    axes.text(
        -0.018, 0.5, f"{_name(row, panels)}\n{note}", fontsize=8.5, color=INK, ha="right",
        va="center", linespacing=1.25, transform=axes.transAxes,
    )  # fmt: skip


def _name(row: int, panels: int) -> str:
    if row in (0, panels - 1):
        return "output" if row else "input"
    return "hidden" if panels == 3 else f"hidden {row}"
