"""Colours, frames and new axes of all plots. matplotlib is imported when the first is drawn."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.storage.atomic import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, FAINT = "#1d2733", "#8894a3"
ENGINE, LAVA = "#2463a8", "#d95f1e"
EDGE = "#d4dae1"


def new_figure(width: float, height: float) -> Figure:
    """Return an empty white figure, in inches.

    It is one of pyplot's if the program has imported pyplot, so that a notebook shows it. Else no
    backend is chosen and no window opened.
    """
    size: dict[str, Any] = {
        "figsize": (width, height),
        "facecolor": "white",
        "layout": "constrained",
    }
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        return pyplot.figure(**size)
    from matplotlib.figure import Figure

    return Figure(**size)


def axes_or_new(axes: Any | None, *, width: float = 6.0, height: float = 3.6) -> Any:
    """Return ``axes``, or those of a new figure."""
    return new_figure(width, height).add_subplot() if axes is None else axes


def forget(figure: Figure) -> None:
    """Let pyplot drop a figure that is drawn; without pyplot nothing holds it."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)


@checks_kinds
def save(figure: Figure, path: str | os.PathLike[str], *, dpi: int = 150) -> None:
    """Write ``figure`` as an image, atomically; the suffix of ``path`` chooses the format."""
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=dpi, format=Path(path).suffix[1:] or None)
    write_bytes(path, buffer.getvalue())


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
    axes.spines["bottom"].set_color(EDGE)


def frame(axes: Any, *, ticks: bool = False) -> None:
    """Draw the frame of a panel in a faint colour."""
    if not ticks:
        axes.set_xticks([])
        axes.set_yticks([])
    axes.spines[:].set_color(EDGE)
