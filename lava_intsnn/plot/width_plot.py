"""The width that states use beside the width they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.network import Network
from lava_intsnn.network.data_fit import check_data
from lava_intsnn.plot.plot_style import ENGINE, FAINT, INK, axes_or_new, heading, open_frame
from lava_intsnn.reference.recording import UsedWidth, used_widths
from lava_intsnn.state import State

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lava_intsnn.data import Dataset

#: Samples that are run.
SAMPLES = 32


@checks_kinds
def widths(
    network: Network,
    state: State,
    data: Dataset,
    *,
    samples: int = SAMPLES,
    axes: Axes | None = None,
) -> Axes:
    """Draw, for every state of the width table, the bits that samples used and those declared.

    Parameters
    ----------
    network : Network
        With an integer precision.
    state : State
    data : Dataset
        The first ``samples`` of them are run in the reference.
    axes : matplotlib axes, optional
        By default those of a new figure.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    NetworkError
        If the network is in fp32.
    ValueError
        If the data do not fit the network.
    """
    check_data(network, data)
    part = data.head(samples)
    return draw_widths(used_widths(network, state, part.images, part.labels), axes=axes)


def draw_widths(found: tuple[UsedWidth, ...], *, axes: Axes | None = None) -> Axes:
    """Draw what :func:`~lava_intsnn.reference.recording.used_widths` returned."""
    panel = axes_or_new(axes, width=6.5, height=0.6 + 0.24 * len(found))
    rows = np.arange(len(found))
    panel.barh(rows, [w.declared for w in found], color="#e1e7ee", height=0.72, label="declared")
    panel.barh(rows, [w.used for w in found], color=ENGINE, height=0.42, label="used")
    for row, width in enumerate(found):
        text = f"{width.low:,} to {width.high:,}"
        panel.text(width.declared + 0.4, row, text, va="center", fontsize=7.5, color=FAINT)
    panel.set_yticks(rows, [f"layer {w.layer}  {w.state}" for w in found])
    panel.set_ylim(len(found) - 0.4, -0.6)
    panel.set_xlim(0, 1.45 * max(w.declared for w in found))
    panel.set_xlabel("bits, sign included", fontsize=9.5, color=INK)
    panel.legend(frameon=False, fontsize=8.5, labelcolor=INK, loc="lower right")
    heading(panel, "widths used and declared")
    open_frame(panel, labelsize=8.5)
    return panel
