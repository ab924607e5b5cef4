"""A threshold that adapts: what the kinds of neurons that do it have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from lava_intsnn.arithmetic import limit
from lava_intsnn.field_checks import Within
from lava_intsnn.network.errors import NetworkError, require_range
from lava_intsnn.network.neuron_kind import NeuronState, rescaled_value

#: Kernels subtract thresholds up to this, guard bits included, from potentials in 32 bits.
_HIGHEST_THRESHOLD = (1 << 30) - 1


@dataclass(frozen=True, kw_only=True)
class Adaptation:
    r"""Mixin of neurons whose threshold adapts (Bellec et al. 2020), in integers.

    .. math::
        A &= v_{th} + adaptation \\
        adaptation &= adaptation - \lceil adaptation / 2^{k} \rceil + step \cdot s

    ``A`` is the threshold of a step, ``s`` its spike. The decay is rounded up, so that an
    adaptation without spikes returns to 0.

    Parameters
    ----------
    adapt_step : int
        What a spike adds to the adaptation, in units of the inference weights.
    adapt_shift : int
        ``k`` of the adaptation's decay: its time constant is about ``2**k`` steps.
    adapt_bits : int
        Width of the adaptation, which saturates. It is never negative.
    """

    adapt_step: int
    adapt_shift: Annotated[int, Within(1, 30)] = 4
    adapt_bits: Annotated[int, Within(2, 30)] = 20

    if TYPE_CHECKING:

        @property
        def guard_bits(self) -> int:
            """Fractional bits of potentials and thresholds."""

        @property
        def vth_max(self) -> int:
            """Highest threshold at rest."""

    @property
    def vth_reach(self) -> int:
        """Highest threshold at rest from which no adaptation leaves 32 bits."""
        return (_HIGHEST_THRESHOLD >> self.guard_bits) - limit(self.adapt_bits)

    def check_adaptation(self, vth: int) -> None:
        """Raise NetworkError unless step and highest threshold ``vth`` fit the adaptation."""
        most = limit(self.adapt_bits)
        require_range("adapt_step", self.adapt_step, 1, most)
        if vth > self.vth_max:
            raise NetworkError(
                f"vth = {vth} with adapt_bits = {self.adapt_bits}: the threshold could reach "
                f"{vth + most}, more than {self.vth_reach + most}: lower either"
            )

    def rescaled_step(self, bits: int) -> int:
        """Return the step for inference weights ``2**bits`` times as large."""
        return rescaled_value(self.adapt_step, bits, most=limit(self.adapt_bits))

    def adaptation_state(self) -> NeuronState:
        """Return the adaptation, as a state; the neurons keep it last."""
        return NeuronState(
            name="adaptation",
            bits=self.adapt_bits,
            policy="saturate",
            bound=limit(self.adapt_bits) + self.adapt_step,
        )
