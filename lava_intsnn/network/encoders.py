"""How samples become spikes or counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from lava_intsnn.arithmetic import shift_toward_zero
from lava_intsnn.field_checks import Checked, Within
from lava_intsnn.network.cuba import CUBA
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.neuron import Neuron

#: Step of the low-discrepancy rate code: odd multiples of it visit every byte most evenly.
LOW_DISCREPANCY_STEP = 158


@dataclass(frozen=True, kw_only=True)
class RateEncoder(Checked, refusal=NetworkError):
    """Turns a byte per input into ``T`` binary spikes.

    Parameters
    ----------
    kind : {"low_discrepancy", "random"}
        ``"random"``: spike where ``pixel > r_t`` with a fresh random byte each step.
        ``"low_discrepancy"``: spike where ``pixel > (r + 158 t) & 255`` with one random byte per
        pixel and sample: the same rate with less variance, and cheaper.
    """

    kind: Literal["low_discrepancy", "random"] = "low_discrepancy"


@dataclass(frozen=True, kw_only=True)
class FrameEncoder(Checked, refusal=NetworkError):
    """Graded input: a sample is ``T`` frames of one byte per input, taken as it is.

    ``x[t, i] = min(sample[t * n_in + i], max_count)``: spike counts of recordings binned to frames,
    such as spoken digits.

    Parameters
    ----------
    max_count : int
        Largest value that occurs; larger ones are cut.
    """

    kind: Literal["frames"] = "frames"
    max_count: Annotated[int, Within(1, 255)] = 255


@dataclass(frozen=True, kw_only=True)
class NeuronEncoder(Checked, refusal=NetworkError):
    """Input neurons: a byte becomes a steady current of a neuron of its own, which spikes.

    In every step the synaptic sum of the neuron of byte ``x`` is ``weight * x + bias``, shifted
    right by ``shift`` bits toward zero; all neurons are at rest before a sample. lava-dl's
    ``Input`` block is this with a CUBA neuron: there the sum is the mantissa of the neuron's bias.

    Parameters
    ----------
    neuron : Neuron or CUBA
        A tuple in it has a number for each input.
    weight, bias, shift : int
    """

    neuron: Neuron | CUBA
    weight: Annotated[int, Within(-(1 << 20), 1 << 20)] = 1
    bias: Annotated[int, Within(-(1 << 28), 1 << 28)] = 0
    shift: Annotated[int, Within(0, 24)] = 0
    kind: Literal["neuron"] = "neuron"

    def check_inputs(self, n_in: int) -> None:
        """Raise NetworkError unless tuples of the neuron have a number for each input."""
        for name in self.neuron.per_neuron:
            values = getattr(self.neuron, name)
            if isinstance(values, tuple) and len(values) != n_in:
                raise NetworkError(
                    f"encoder: {name} of its neuron has {len(values)} numbers for {n_in} inputs: "
                    "give one for each input, or one for all"
                )

    def current(self, x: np.ndarray) -> np.ndarray:
        """Return the synaptic sums of bytes, int64."""
        return shift_toward_zero(self.weight * x.astype(np.int64) + self.bias, self.shift)

    @property
    def current_max(self) -> int:
        """Largest magnitude of a synaptic sum."""
        return int(np.abs(self.current(np.array([0, 255]))).max())


#: How samples become spikes or counts.
Encoder = RateEncoder | FrameEncoder | NeuronEncoder
