"""Loihi's neuron with a threshold that adapts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lava_intsnn.network.adaptation import Adaptation
from lava_intsnn.network.cuba import CUBA, numbers
from lava_intsnn.network.neuron_kind import NeuronState


@dataclass(frozen=True, kw_only=True)
class AdaptiveCUBA(Adaptation, CUBA):
    r"""Loihi's neuron with the threshold of :class:`~.alif.ALIF`, which every spike raises.

    .. math::
        A = v_{th} + adaptation, \qquad
        adaptation = adaptation - \lceil adaptation / 2^{k} \rceil + step \cdot s

    ``A`` takes the place of the threshold in the equations of :class:`~.cuba.CUBA`: a soft reset
    subtracts it.

    Parameters
    ----------
    adapt_step : int or tuple of int
        What a spike adds to the adaptation, in units of the inference weights.
    adapt_shift : int or tuple of int
        ``k`` of the adaptation's decay: its time constant is about ``2**k`` steps.
    adapt_bits : int
        Width of the adaptation, which saturates. It is never negative.
    others
        See :class:`~.cuba.CUBA`.

    Raises
    ------
    NetworkError
        On values out of range, or if the highest threshold needs more than 31 bits.
    """

    kind: ClassVar[str] = "adaptive_cuba"
    per_neuron: ClassVar[tuple[str, ...]] = (*CUBA.per_neuron, *Adaptation.per_neuron)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_adaptation(max(numbers(self.vth)))

    @property
    def vth_max(self) -> int:
        """Highest threshold at rest that the kind allows."""
        return min(super().vth_max, self.vth_reach)

    def rescaled(self, bits: int) -> AdaptiveCUBA:
        """Return the neuron for inference weights ``2**bits`` times as large."""
        return replace(super().rescaled(bits), adapt_step=self.rescaled_step(bits))

    def states(self, current: int) -> tuple[NeuronState, ...]:
        """Return what a neuron keeps between steps: that of its base, and the adaptation."""
        return (*super().states(current), self.adaptation_state())
