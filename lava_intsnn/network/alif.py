"""The adaptive neuron: its threshold rises with every spike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lava_intsnn.network.adaptation import Adaptation
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.neuron import Neuron
from lava_intsnn.network.neuron_kind import NeuronState
from lava_intsnn.network.per_neuron import numbers


@dataclass(frozen=True, kw_only=True)
class ALIF(Adaptation, Neuron):
    r"""Leaky integrate-and-fire neuron whose threshold adapts (Bellec et al. 2020), in integers.

    .. math::
        v &= (v >> b) + a, \qquad A = v_{th} + adaptation \\
        g &= |v - A| < window, \qquad s = v > A, \qquad v = 0 \text{ where } s \\
        adaptation &= adaptation - \lceil adaptation / 2^{k} \rceil + step \cdot s

    Threshold and surrogate gate of a step use the adaptation that the steps before it left, so the
    gradient passes through the adapted threshold. The decay is rounded up, so that an adaptation
    without spikes returns to 0. The gradient through the adaptation itself, over time, is left out.

    Parameters
    ----------
    adapt_step : int or tuple of int
        What a spike adds to the adaptation, in units of the inference weights.
    adapt_shift : int or tuple of int
        ``k`` of the adaptation's decay: its time constant is about ``2**k`` steps.
    adapt_bits : int
        Width of the adaptation, which saturates. It is never negative.
    others
        See :class:`~.neuron.Neuron`. It cannot be ``guarded``; Loihi's neuron with an adaptation is
        :class:`~.adaptive_cuba.AdaptiveCUBA`.

    Raises
    ------
    NetworkError
        On values out of range, or if the highest threshold needs more than 31 bits.
    """

    kind: ClassVar[str] = "alif"
    per_neuron: ClassVar[tuple[str, ...]] = (*Neuron.per_neuron, *Adaptation.per_neuron)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.guarded:
            raise NetworkError(
                "guarded = True: Loihi's own LIF does not adapt; use guarded = False, or a Neuron"
            )
        self.check_adaptation(max(numbers(self.vth)))

    @property
    def vth_max(self) -> int:
        """Highest threshold at rest that the potential can pass."""
        return min(super().vth_max, self.vth_reach)

    def rescaled(self, bits: int) -> ALIF:
        """Return the neuron for inference weights ``2**bits`` times as large."""
        return replace(super().rescaled(bits), adapt_step=self.rescaled_step(bits))

    def states(self, current: int) -> tuple[NeuronState, ...]:
        """Return what a neuron keeps between steps: potential and adaptation."""
        return (*super().states(current), self.adaptation_state())
