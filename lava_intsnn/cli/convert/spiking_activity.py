"""Summary of a run on a data set: accuracy and activity of every step and every layer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.cli.console import percent
from lava_intsnn.cli.convert.layers import names
from lava_intsnn.field_checks import short_repr

if TYPE_CHECKING:
    from lava_intsnn.conversion.logs import Logs
    from lava_intsnn.conversion.spiking_network import SpikingNetwork


# eq=False: arrays have no single truth value, and identity is what callers mean.
@dataclass(frozen=True, kw_only=True, eq=False)
class SpikingActivity:
    """Means over images; L layers, encoder first, T steps.

    Parameters
    ----------
    layers : list of str
    neurons : list of int
        Of each layer.
    accuracy : (T,) float array
        Percent after each step.
    quiet : (T,) float array
        Percent of the images in which no neuron spikes in this step or later.
    spikes, retractions, synops : (L, T) float array
        Of either sign; of sign -1; synaptic operations these spikes cause in the layer after.
    """

    layers: list[str]
    neurons: list[int]
    accuracy: npt.NDArray[np.float64]
    quiet: npt.NDArray[np.float64]
    spikes: npt.NDArray[np.float64]
    retractions: npt.NDArray[np.float64]
    synops: npt.NDArray[np.float64]

    __repr__ = short_repr

    @property
    def settled(self) -> bool:
        """Whether every image was quiet before the run ended."""
        return bool(self.quiet[-1] == 100)

    def step_rows(self) -> list[tuple[str, ...]]:
        """Return the cells of a table with a line for each step, a heading first."""
        heading = ("after step", "accuracy", "spikes", "taken back", "synaptic ops", "quiet images")
        sums = zip(*(a.sum(axis=0) for a in (self.spikes, self.retractions, self.synops)))
        rows = [
            (percent(accuracy), *_counts(*counts), percent(quiet))
            for accuracy, counts, quiet in zip(self.accuracy, sums, self.quiet)
        ]
        return [heading, *((str(step), *row) for step, row in enumerate(rows, start=1))]

    def layer_rows(self) -> list[tuple[str, ...]]:
        """Return the cells of a table with a line for each layer and one for all."""
        heading = ("", "neurons", "spikes", "a neuron", "taken back", "synaptic ops")
        parts = (self.spikes, self.retractions, self.synops)
        sums = zip(*([*a.sum(axis=1), a.sum()] for a in parts))
        rows: list[tuple[str, ...]] = [heading]
        layers = zip([*self.layers, "all"], [*self.neurons, sum(self.neurons)], sums)
        for name, neurons, counts in layers:
            spikes, *others = _counts(*counts)
            rows.append((name, f"{neurons:,}", spikes, f"{counts[0] / neurons:.3f}", *others))
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in asdict(self).items()
        }


def _counts(spikes: float, taken_back: float, synops: float) -> tuple[str, str, str]:
    return f"{spikes:,.1f}", f"{taken_back:,.1f}", f"{synops:,.0f}"


def activity(
    network: SpikingNetwork, log: Logs, quiet_at: npt.NDArray[np.integer]
) -> SpikingActivity:
    """Return the summary of a run; ``quiet_at`` (N,) is the step at which each image was quiet."""
    steps = np.arange(len(log.correct))
    return SpikingActivity(
        layers=names(network),
        neurons=[int(np.prod(shape)) for shape in network.shapes],
        accuracy=100 * log.accuracy,
        quiet=100 * (quiet_at <= steps[:, None]).mean(axis=1),
        spikes=log.events / log.images,
        retractions=log.retractions / log.images,
        synops=log.synops / log.images,
    )


def log_rows(log: Logs) -> list[tuple[str, ...]]:
    """Return the cells of the paper's six logs, a heading first."""
    heading, *_ = rows = log.rows()
    cells = ((f"{x:,}" if isinstance(x, int) else f"{x:.4f}" for x in row.values()) for row in rows)
    return [tuple(heading), *map(tuple, cells)]
