"""The neuron: leaky, integrate-and-fire, with a rectangular surrogate gate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar

from lava_intsnn.arithmetic import DECAY_UNITY, limit
from lava_intsnn.field_checks import Within, check_fields
from lava_intsnn.network.errors import NetworkError, require_range
from lava_intsnn.network.neuron_kind import (
    GUARD_BITS as GUARD_BITS,
    GUARDED_STATE_BITS as GUARDED_STATE_BITS,
    WINDOW_MAX,
    NeuronKind,
    NeuronState as NeuronState,
    rescaled_value as rescaled_value,
)
from lava_intsnn.network.per_neuron import mapped, numbers, require_numbers

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True, kw_only=True)
class Neuron(NeuronKind):
    r"""Leaky integrate-and-fire neuron with a rectangular surrogate gate (3.1-3.3).

    .. math::
        v &= (v >> b) + a, \qquad g = |v - v_{th}| < window \\
        s &= v > v_{th}, \qquad v = 0 \text{ where } s

    Numbers that are not the same for all neurons are tuples: one number for each neuron, or one for
    each row of the weight matrix, which in a convolution is a channel. Fewer numbers, whose count
    divides the rows, repeat in turn: a ``decay_shift`` of ``(0, 1, 2, 3)`` gives a layer four time
    constants.

    Parameters
    ----------
    vth : int or tuple of int
        Firing threshold, in units of the inference weights.
    window : int
        Half width of the surrogate window around ``vth``. Keep it at least twice the threshold in
        the output layer: a neuron that leaves its window for good gets no gradient any more.
    decay_shift : int or tuple of int
        ``b`` of the membrane decay; 0 does not leak.
    v_bits : int
        Width of the membrane potential, which saturates.
    guarded : bool
        Compute exactly as Lava's bit-accurate model of Loihi's LIF: six guard bits below
        the threshold's unit, decay truncated toward zero, the synaptic current wrapping at 24 bits,
        the potential saturating at 24 bits. :class:`~.cuba.CUBA` has all of Loihi's LIF: its
        current decays, too, and by any factor.
    """

    vth: int | tuple[int, ...]
    window: Annotated[int, Within(0, WINDOW_MAX)]
    decay_shift: int | tuple[int, ...] = 1
    v_bits: int = 24
    guarded: bool = False

    kind: ClassVar[str] = "lif"
    per_neuron: ClassVar[tuple[str, ...]] = ("vth", "decay_shift")

    def __post_init__(self) -> None:
        check_fields(self, NetworkError)
        top = _top_threshold(self.guarded)
        require_numbers("vth", self.vth, 1, top, "a guarded threshold has 17 bits" * self.guarded)
        require_numbers("decay_shift", self.decay_shift, 0, 12 if self.guarded else 30)
        if self.guarded:
            require_range("v_bits", self.v_bits, 24, 24, "guarded neurons have 24 bits")
        else:
            require_range("v_bits", self.v_bits, 4, 31)
        highest = max(numbers(self.vth))
        if highest << self.guard_bits >= limit(self.v_bits):
            raise NetworkError(
                f"vth = {highest} with v_bits = {self.v_bits}: the potential saturates at "
                f"{limit(self.v_bits) >> self.guard_bits}, so the neuron can never fire: lower vth "
                "or raise v_bits"
            )

    @property
    def in_words(self) -> bool:
        """Whether the popcount form of the engine has the equation: its neurons are alike."""
        return self.kind == Neuron.kind and not self.own_numbers

    @property
    def vth_max(self) -> int:
        """Highest threshold that the potential can pass."""
        return min(_top_threshold(self.guarded), (limit(self.v_bits) - 1) >> self.guard_bits)

    @property
    def voltage_decay(self) -> int | tuple[int, ...]:
        """The decay in the unit of Loihi, which keeps ``(4096 - decay) / 4096`` a step."""
        return mapped(self.decay_shift, lambda shift: DECAY_UNITY - (DECAY_UNITY >> shift))

    @property
    def sum_max(self) -> int | None:
        """Largest sum that a guarded current, which wraps once, is defined for."""
        return (3 << (GUARDED_STATE_BITS - 1 - GUARD_BITS)) - 1 if self.guarded else None

    @property
    def wraps_sum(self) -> bool:
        """Whether the synaptic sum is itself the current, which wraps."""
        return self.guarded

    def rescaled(self, bits: int) -> Self:
        """Return the neuron for inference weights, hence potentials, ``2**bits`` times as large."""
        # a potential that saturates at its threshold would never fire
        most = self.vth_max
        vth = mapped(self.vth, lambda vth: rescaled_value(vth, bits, most=most))
        window = rescaled_value(self.window, bits, most=WINDOW_MAX) if self.window else 0
        return replace(self, vth=vth, window=window)

    def states(self, current: int) -> tuple[NeuronState, ...]:
        """Return what a neuron keeps between steps, the membrane potential first.

        ``current`` is the largest magnitude of the synaptic and recurrent sums of a step.
        """
        if self.guarded:
            current = min(current << GUARD_BITS, limit(GUARDED_STATE_BITS) + 1)
        v = (limit(self.v_bits) >> min(numbers(self.decay_shift))) + 1 + current
        return (NeuronState(name="v", bits=self.v_bits, policy="saturate", bound=v),)


def _top_threshold(guarded: bool) -> int:
    return (1 << 17) - 1 if guarded else (1 << 30) - 1
