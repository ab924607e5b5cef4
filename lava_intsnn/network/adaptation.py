"""A threshold that adapts: what the kinds of neurons that do it have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from lava_intsnn.arithmetic import limit
from lava_intsnn.field_checks import Within
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.neuron_kind import NeuronState, rescaled_value
from lava_intsnn.network.per_neuron import mapped, numbers, require_numbers

#: Kernels subtract thresholds up to this, guard bits included, from potentials in 32 bits.
_HIGHEST_THRESHOLD = (1 << 30) - 1

_Shift = Annotated[int, Within(1, 30)]


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
    adapt_step : int or tuple of int
        What a spike adds to the adaptation, in units of the inference weights.
    adapt_shift : int or tuple of int
        ``k`` of the adaptation's decay: its time constant is about ``2**k`` steps.
    adapt_bits : int
        Width of the adaptation, which saturates. It is never negative.
    """

    adapt_step: int | tuple[int, ...]
    adapt_shift: _Shift | tuple[_Shift, ...] = 4
    adapt_bits: Annotated[int, Within(2, 30)] = 20

    per_neuron: ClassVar[tuple[str, ...]] = ("adapt_step", "adapt_shift")

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
        require_numbers("adapt_step", self.adapt_step, 1, most)
        require_numbers("adapt_shift", self.adapt_shift, 1, 30)
        if vth > self.vth_max:
            raise NetworkError(
                f"vth = {vth} with adapt_bits = {self.adapt_bits}: the threshold could reach "
                f"{vth + most}, more than {self.vth_reach + most}: lower either"
            )

    def rescaled_step(self, bits: int) -> int | tuple[int, ...]:
        """Return the step for inference weights ``2**bits`` times as large."""
        most = limit(self.adapt_bits)
        return mapped(self.adapt_step, lambda step: rescaled_value(step, bits, most=most))

    def adaptation_state(self) -> NeuronState:
        """Return the adaptation, as a state; the neurons keep it last."""
        return NeuronState(
            name="adaptation",
            bits=self.adapt_bits,
            policy="saturate",
            bound=limit(self.adapt_bits) + max(numbers(self.adapt_step)),
        )
