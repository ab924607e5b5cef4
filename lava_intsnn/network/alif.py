"""The adaptive neuron: its threshold rises with every spike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from lava_intsnn.arithmetic import limit
from lava_intsnn.field_checks import Within
from lava_intsnn.network.errors import NetworkError, require_range
from lava_intsnn.network.neuron import Neuron
from lava_intsnn.network.neuron_kind import NeuronState, rescaled_value

#: Kernels subtract thresholds up to this from potentials in 32 bits.
_HIGHEST_THRESHOLD = (1 << 30) - 1


@dataclass(frozen=True, kw_only=True)
class ALIF(Neuron):
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
    adapt_step : int
        What a spike adds to the adaptation, in units of the inference weights.
    adapt_shift : int
        ``k`` of the adaptation's decay: its time constant is about ``2**k`` steps.
    adapt_bits : int
        Width of the adaptation, which saturates. It is never negative.
    others
        See :class:`~.neuron.Neuron`. A neuron that adapts cannot be ``guarded``.

    Raises
    ------
    NetworkError
        On values out of range, or if the highest threshold needs more than 31 bits.
    """

    adapt_step: int
    adapt_shift: Annotated[int, Within(1, 30)] = 4
    adapt_bits: Annotated[int, Within(2, 30)] = 20

    kind: ClassVar[str] = "alif"
    in_words: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.guarded:
            raise NetworkError(
                "guarded = True: Loihi's own LIF does not adapt; use guarded = False, or a Neuron"
            )
        require_range("adapt_step", self.adapt_step, 1, limit(self.adapt_bits))
        if self.vth > self.vth_max:
            raise NetworkError(
                f"vth = {self.vth} with adapt_bits = {self.adapt_bits}: the threshold could reach "
                f"{self.vth + limit(self.adapt_bits)}, more than {_HIGHEST_THRESHOLD}: lower either"
            )

    @property
    def vth_max(self) -> int:
        """Highest threshold at rest that the potential can pass."""
        return min(super().vth_max, _HIGHEST_THRESHOLD - limit(self.adapt_bits))

    def rescaled(self, bits: int) -> ALIF:
        """Return the neuron for inference weights ``2**bits`` times as large."""
        step = rescaled_value(self.adapt_step, bits, most=limit(self.adapt_bits))
        return replace(super().rescaled(bits), adapt_step=step)

    def states(self, current: int) -> tuple[NeuronState, ...]:
        """Return what a neuron keeps between steps: potential and adaptation."""
        adaptation = NeuronState(
            name="adaptation",
            bits=self.adapt_bits,
            policy="saturate",
            bound=limit(self.adapt_bits) + self.adapt_step,
        )
        return (*super().states(current), adaptation)
