"""What every kind of neuron declares, so that executors, tables and JSON know no kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from typing_extensions import Self

#: Widest surrogate window.
WINDOW_MAX = (1 << 30) - 1
#: Loihi's neurons keep this many fractional bits below the threshold's unit.
GUARD_BITS = 6
#: Loihi's neurons: width of current and voltage, guard bits included.
GUARDED_STATE_BITS = 24
#: Magnitude at which their current wraps.
WRAP_TOP = 1 << (GUARDED_STATE_BITS - 1)


@dataclass(frozen=True, kw_only=True)
class NeuronState:
    """A number that each neuron keeps from step to step.

    Parameters
    ----------
    name : str
        Of the Var in Lava, the state in microcode, the row in the width table.
    bits : int
        Declared signed width.
    policy : {"saturate", "wrap", "proven"}
        What happens beyond it; ``"proven"``: it cannot be reached.
    bound : int
        Largest magnitude before the policy acts.
    """

    name: str
    bits: int
    policy: str
    bound: int


class NeuronKind:
    """Base of the kinds of neurons; :class:`~.neuron.Neuron` and :class:`~.cuba.CUBA` are two.

    Attributes
    ----------
    vth : int or tuple of int
        Firing threshold, in units of the inference weights; a tuple has one for each neuron, or one
        for each row of the weight matrix, and fewer repeat in turn.
    window : int
        Half width of the surrogate window around ``vth``.
    v_bits : int
        Width of the membrane potential, which saturates.
    guarded : bool
        Whether it computes as Loihi's LIF does, with guard bits.
    """

    #: Name of the equation, by which executors choose theirs and JSON names the neuron.
    kind: ClassVar[str]
    #: Whether it sends spikes, which are counted; else it answers by its potential.
    fires: ClassVar[bool] = True
    #: Fields that may hold a number for each neuron.
    per_neuron: ClassVar[tuple[str, ...]] = ()

    if TYPE_CHECKING:  # fields of some kinds, constants of others, which a property would hide

        @property
        def vth(self) -> int | tuple[int, ...]:
            """Firing threshold."""

        @property
        def window(self) -> int:
            """Half width of the surrogate window."""

        @property
        def v_bits(self) -> int:
            """Width of the membrane potential."""

        @property
        def guarded(self) -> bool:
            """Whether it has guard bits."""

    @property
    def in_words(self) -> bool:
        """Whether the popcount form of the engine has the equation; the general form has all."""
        return False

    @property
    def own_numbers(self) -> tuple[str, ...]:
        """Fields that hold more than one number for all neurons."""
        return tuple(name for name in self.per_neuron if isinstance(getattr(self, name), tuple))

    @property
    def guard_bits(self) -> int:
        """Fractional bits of ``v``: thresholds and currents are shifted left by this much."""
        return GUARD_BITS if self.guarded else 0

    @property
    def vth_max(self) -> int:
        """Highest threshold that the kind allows."""
        raise NotImplementedError

    @property
    def sum_max(self) -> int | None:
        """Largest synaptic sum, recurrence included, that the equation is defined for, or None."""
        return None

    @property
    def wraps_sum(self) -> bool:
        """Whether the synaptic sum itself wraps at the width of the current."""
        return False

    def rescaled(self, bits: int) -> Self:
        """Return the neuron for inference weights, hence potentials, ``2**bits`` times as large."""
        raise NotImplementedError

    def states(self, current: int) -> tuple[NeuronState, ...]:
        """Return what a neuron keeps between steps, the membrane potential first.

        ``current`` is the largest magnitude of the synaptic and recurrent sums of a step.
        """
        raise NotImplementedError


def rescaled_value(value: int, bits: int, *, most: int) -> int:
    """Return ``value`` times ``2**bits``, rounded down, within ``1..most``."""
    return max(1, min(int(value * 2.0**bits), most))
