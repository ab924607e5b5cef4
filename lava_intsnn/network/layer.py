"""What every kind of layer has: neurons, and how the synapses into them learn."""

from __future__ import annotations

from dataclasses import dataclass

from lava_intsnn.network.errors import require_range
from lava_intsnn.network.neuron import Neuron


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Base of :class:`~.dense.Dense` and :class:`~.conv.Conv`.

    Parameters
    ----------
    neuron : Neuron
        What the postsynaptic neurons compute.
    lr_shift : int
        Learning rate as a right shift of the summed update (3.17).
    clip : int
        Largest step a weight takes in one update, applied after the shift.
    weight_decay_shift : int or None
        ``rho`` of ``W - d - (W >> rho)`` (3.18); None for no decay.
    trace_shift : int
        Decay of the presynaptic trace ``t_pre = (t_pre >> trace_shift) + s_in``. For binary spikes
        any shift above 0 makes the trace the spike itself; 0 counts spikes.
    fb_shift : int
        Right shift of the feedback this layer receives; chained feedback through several layers
        needs it (8 or 9) to stay in range.
    """

    neuron: Neuron
    lr_shift: int
    clip: int = 2048
    weight_decay_shift: int | None = None
    trace_shift: int = 1
    fb_shift: int = 0

    kind = ""

    def __post_init__(self) -> None:
        require_range("lr_shift", self.lr_shift, 0, 36)
        require_range("clip", self.clip, 1, (1 << 30) - 1)
        require_range("trace_shift", self.trace_shift, 0, 30)
        require_range("fb_shift", self.fb_shift, 0, 30)
        if self.weight_decay_shift is not None:
            require_range("weight_decay_shift", self.weight_decay_shift, 1, 30, "None is no decay")
