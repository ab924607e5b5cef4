"""What the cores of a chip do in each step, and what that may cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.loihi.cost.cost import si
from lava_intsnn.loihi.profiling.chip_profile import Profile
from lava_intsnn.plot.plot_style import ENGINE, FAINT, INK, LAVA, heading, new_figure, open_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Panels of a profile.
PANELS = 4
_SMALL: dict[str, Any] = {"fontsize": 10.5}
_BELOW: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.15)}
#: The kinds of operations that the second panel may show, and their labels.
_LINES = {
    "synaptic_ops": "synaptic operations",
    "tag_updates": "tag updates",
    "weight_updates": "weight updates",
    "active_updates": "neuron updates",
    "spikes": "spikes",
}


@checks_kinds
def profile(found: Profile, *, axes: Sequence[Axes] | None = None) -> list[Axes]:
    """Draw a profile: work of each core, operations, time and energy, step by step.

    Counts are means over the samples. Time and energy are drawn as the estimated value with the
    range it is expected in.

    Parameters
    ----------
    found : Profile
        What :func:`lava_intsnn.loihi.profile` returns.
    axes : sequence of matplotlib axes, optional
        Four; by default those of a new figure.

    Returns
    -------
    list of matplotlib axes

    Raises
    ------
    ValueError
        If ``axes`` are not four.
    """
    if axes is None:
        figure = new_figure(11.0, 6.4)
        mode = "learning" if found.learning else "inference"
        title = f"{found.network} on {found.target}, {mode}: mean of {found.samples:,} samples"
        figure.suptitle(title, fontsize=12.5, fontweight="bold", color=INK, x=0.01, ha="left")
        axes = list(figure.subplots(2, 2).ravel())
    if len(axes) != PANELS:
        raise ValueError(f"{len(axes)} axes: must be {PANELS}")
    cores, lines, times, energies = axes
    _cores(cores, found)
    _operations(lines, found)
    _band(times, found.step_times, unit="s")
    heading(times, f"time: {_told(found.time, 's')} a sample", **_SMALL)
    _band(energies, found.step_energies, unit="J")
    heading(
        energies, f"energy: {_told(found.dynamic_energy, 'J')} a sample, static not in it", **_SMALL
    )
    panel: Any
    for panel in axes:
        panel.set_xlabel("step of the chip", fontsize=9.5, color=INK)
        panel.set_xlim(-0.5, found.steps - 0.5)
        panel.xaxis.get_major_locator().set_params(integer=True)
    return list(axes)


def _cores(axes: Any, found: Profile) -> None:
    """Draw the synaptic operations of each core in each step as a map."""
    work = found.of("synaptic_ops").mean(axis=0).T
    top = max(1.0, float(work.max()))
    axes.imshow(work, aspect="auto", cmap="Blues", vmin=0, vmax=top, interpolation="nearest")
    open_frame(axes)
    names = [f"{core.chip}:{core.index}, layer {core.layer}" for core in found.cores]
    shown = np.unique(np.linspace(0, len(names) - 1, min(len(names), 8)).astype(int))
    axes.set_yticks(shown, [names[k] for k in shown])
    heading(axes, f"synaptic operations of each core, up to {top:,.0f} a step", **_SMALL)


def _operations(axes: Any, found: Profile) -> None:
    """Draw the operations of all cores together, on a logarithmic scale."""
    for kind, label in _LINES.items():
        mean = found.per_step(kind)
        if mean.any():
            axes.plot(np.where(mean > 0, mean, np.nan), label=label, linewidth=1.8, marker=".")
    axes.set_yscale("log")
    open_frame(axes, grid=True)
    axes.legend(frameon=False, fontsize=8.5, labelcolor=INK, ncols=3, **_BELOW)
    heading(axes, "operations of all cores", **_SMALL)


def _band(axes: Any, values: np.ndarray, *, unit: str) -> None:
    """Draw the mean over samples of ``values (3, samples, steps)``: the value in its range."""
    low, value, high = values.mean(axis=1)
    steps = np.arange(len(value))
    axes.fill_between(steps, low, high, color=LAVA, alpha=0.15, linewidth=0, label="range")
    axes.plot(steps, value, color=ENGINE, linewidth=2, marker=".", label="value")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda level, _: si(level, unit))
    open_frame(axes, grid=True)
    axes.tick_params(which="minor", length=0, labelleft=False)
    axes.legend(frameon=False, fontsize=8.5, labelcolor=FAINT)


def _told(found: Any, unit: str) -> str:
    return f"{si(found.value, unit)} ({si(found.low, unit)} to {si(found.high, unit)})"
