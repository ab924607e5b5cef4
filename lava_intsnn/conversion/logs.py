"""The paper's six logs of a run as one table, and the activity of each layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.result import Result
from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.field_checks import short_repr
from lava_intsnn.markdown import table

#: The paper's names, in the order of the table.
NAMES = ("accuracy", "spike_num", "spike_collect", "abs_spike", "sum_spike", "sop_num")


# eq=False: arrays have no single truth value, and identity is what callers mean.
@dataclass(frozen=True, eq=False)
class Logs:
    """Sums over N images after each of T steps; L layers, encoder first.

    Parameters
    ----------
    images : int
        N.
    correct : (T,) int64 array
        Images that are classified correctly after the step.
    amplitudes : (L,) int64 array
        Of each layer's spikes.
    events, retractions, synops : (L, T) int64 array
        In the step: spikes of either sign, those of sign -1, synaptic operations they cause.
    """

    images: int
    correct: npt.NDArray[np.int64]
    amplitudes: npt.NDArray[np.int64]
    events: npt.NDArray[np.int64]
    retractions: npt.NDArray[np.int64]
    synops: npt.NDArray[np.int64]

    __repr__ = short_repr

    @property
    def accuracy(self) -> npt.NDArray[np.float64]:
        """Share of images that are classified correctly after each step, 0..1."""
        return self.correct / self.images

    @property
    def abs_spike(self) -> npt.NDArray[np.int64]:
        """Spikes of either sign in the step, without the encoder's."""
        return self.events[1:].sum(axis=0)

    @property
    def sum_spike(self) -> npt.NDArray[np.int64]:
        """Spikes less retractions in the step, without the encoder's."""
        return (self.events - 2 * self.retractions)[1:].sum(axis=0)

    @property
    def spike_num(self) -> npt.NDArray[np.int64]:
        """Spikes of either sign so far, without the encoder's."""
        return self.abs_spike.cumsum()

    @property
    def spike_collect(self) -> npt.NDArray[np.int64]:
        """Spikes less retractions so far, without the encoder's: the sum of all counts."""
        return self.sum_spike.cumsum()

    @property
    def sop_num(self) -> npt.NDArray[np.int64]:
        """Synaptic operations so far, weighted by the amplitude of the spikes as in the paper.

        They include those of the encoder's spikes in the first hidden layer and those of the last
        layer's spikes in the readout, but not those of the image in the encoder.
        """
        return (self.amplitudes[:, None] * self.synops).sum(axis=0).cumsum()

    def rows(self) -> list[dict[str, int | float]]:
        """Return one row for each step: its number, from 1, and the six logs."""
        columns = [getattr(self, name).tolist() for name in NAMES]
        return [
            {"step": step, **dict(zip(NAMES, values))}
            for step, values in enumerate(zip(*columns), start=1)
        ]

    def layer_rows(self) -> list[dict[str, int]]:
        """Return one row for each step and layer: spikes, retractions, synaptic operations."""
        found = {"spikes": self.events, "retractions": self.retractions, "synops": self.synops}
        return [
            {"step": step + 1, "layer": k, **{what: int(a[k, step]) for what, a in found.items()}}
            for step in range(len(self.correct))
            for k in range(len(self.amplitudes))
        ]

    def text(self) -> str:
        """Return both tables as Markdown."""
        return "\n\n".join(_text(rows) for rows in (self.rows(), self.layer_rows()))

    def to_dict(self) -> dict[str, Any]:
        """Return both tables as JSON values."""
        return {"images": self.images, "steps": self.rows(), "layers": self.layer_rows()}


@checks_kinds
def logs_of(
    network: SpikingNetwork, results: Iterable[Result], labels: npt.NDArray[np.integer]
) -> Logs:
    """Return the logs of a run, given as the results of its batches.

    A batch that became quiet earlier than another keeps its last values.

    Parameters
    ----------
    network : SpikingNetwork
    results : iterable of Result
        For example those that :func:`~.spiking_engine.infer_batches` yields; none is kept.
    labels : (N,) integer array
        Of all images.

    Raises
    ------
    ConversionError
        If there is no image, or there are not as many labels.
    """
    correct: list[npt.NDArray] = []  # a batch (T,)
    spikes: list[npt.NDArray] = []  # a batch (3, L, T)
    images = 0
    for result in results:
        known = labels[images : images + len(result.quiet_at)]
        images += len(result.quiet_at)
        if len(known) < len(result.quiet_at):
            break
        correct.append((result.predictions == known).sum(axis=1))
        parts = (result.events, result.retractions, result.synops)
        spikes.append(np.stack([part.sum(axis=0, dtype=np.int64) for part in parts]))
    if images == 0 or images != len(labels):
        raise ConversionError(
            f"{len(labels)} labels for results of {images} images or more: give a label an image"
        )
    steps = max(map(len, correct))
    silent = [np.pad(part, ((0, 0), (0, 0), (0, steps - part.shape[2]))) for part in spikes]
    settled = [np.pad(part, (0, steps - len(part)), mode="edge") for part in correct]
    amplitudes = np.array([layer.amplitude for layer in network.layers], np.int64)
    # the sums of spikes are in the order of the fields: events, retractions, synops
    return Logs(images, np.sum(settled, axis=0), amplitudes, *np.sum(silent, axis=0))


def _text(rows: list[dict[str, Any]]) -> str:
    def cell(value: Any) -> str:
        return f"{100 * value:.2f} %" if isinstance(value, float) else f"{value:,}"

    return table(list(rows[0]), [[cell(value) for value in row.values()] for row in rows])
