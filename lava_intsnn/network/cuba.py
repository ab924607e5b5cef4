"""Loihi's leaky integrate-and-fire neuron: a current and a voltage that decay by any factor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from lava_intsnn.arithmetic import DECAY_BITS, DECAY_UNITY, limit
from lava_intsnn.field_checks import Within, check_fields
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.neuron_kind import (
    GUARD_BITS,
    GUARDED_STATE_BITS,
    WINDOW_MAX,
    WRAP_TOP,
    NeuronKind,
    NeuronState,
    rescaled_value,
)
from lava_intsnn.network.per_neuron import mapped, numbers as numbers, spread as spread

if TYPE_CHECKING:
    from typing_extensions import Self

#: A threshold that no potential exceeds: the neuron never fires.
NEVER_FIRES = 1 << (GUARDED_STATE_BITS - 1 - GUARD_BITS)
#: Largest mantissa of a bias; Loihi has 13 bits, signed.
BIAS_MAX = limit(GUARDED_STATE_BITS)
#: Largest exponent of a bias, and the longest refractory delay: 3 and 6 bits of Loihi.
BIAS_EXP_MAX, REFRACTORY_MAX = 7, 63

_Threshold = Annotated[int, Within(1, NEVER_FIRES)]
_Decay = Annotated[int, Within(0, DECAY_UNITY)]
_Bias = Annotated[int, Within(-BIAS_MAX, BIAS_MAX)]


@dataclass(frozen=True, kw_only=True)
class CUBA(NeuronKind):
    r"""Loihi's leaky integrate-and-fire neuron, to the bit as Lava's fixed-point LIF.

    .. math::
        u &= wrap_{24}\bigl(trunc(u \, (4096 - d_u) / 4096) + 2^6 a\bigr) \\
        v &= sat_{24}\bigl(trunc(v \, (4096 - d_v) / 4096) + u + bias\bigr), \qquad
        bias = mant \cdot 2^{exp} \\
        g &= |v - 2^6 v_{th}| < 2^6 window, \qquad s = v > 2^6 v_{th} \\
        v &= 0 \text{ (hard)} \quad \text{or} \quad v - 2^6 v_{th} \text{ (soft) where } s

    ``a`` is the synaptic sum, ``trunc`` rounds toward zero, ``sat`` saturates, and ``wrap`` wraps
    once, a current of ``2**23`` itself staying positive as in Lava. Numbers that are not the same
    for all neurons are tuples: one number for each neuron, or one for each row of the weight
    matrix, which in a convolution is a channel. Fewer numbers, whose count divides the rows, repeat
    in turn.

    Parameters
    ----------
    vth : int or tuple of int
        Firing threshold, in units of the inference weights; 131072 is never exceeded.
    window : int
        Half width of the surrogate window around ``vth``.
    current_decay, voltage_decay : int or tuple of int
        What a step takes off current and voltage, in units of 1/4096. 4096 keeps nothing: a
        ``current_decay`` of 4096 makes the current the synaptic sum of the step.
    bias_mant : int or tuple of int
        Mantissa of the bias, which every step adds to the voltage.
    bias_exp : int
        Exponent of the bias; at 6 the mantissa is in the threshold's unit.
    refractory : int
        Steps from a spike to the first step in which the neuron can fire again: Loihi's refractory
        delay, 1 being none. Until then the voltage stays what the reset left and the gate is shut,
        while the current goes on.
    reset : {"hard", "soft"}
        To 0, or by subtraction of the threshold.

    Raises
    ------
    NetworkError
        On values out of range. A layer refuses tuples of another length than it has neurons or
        rows.

    Notes
    -----
    ``Neuron(guarded=True, decay_shift=b)`` is the case ``current_decay = 4096``,
    ``voltage_decay = 4096 - (4096 >> b)``, without bias.
    """

    vth: _Threshold | tuple[_Threshold, ...]
    window: Annotated[int, Within(0, WINDOW_MAX)]
    current_decay: _Decay | tuple[_Decay, ...]
    voltage_decay: _Decay | tuple[_Decay, ...]
    bias_mant: _Bias | tuple[_Bias, ...] = 0
    bias_exp: Annotated[int, Within(0, BIAS_EXP_MAX)] = 6
    refractory: Annotated[int, Within(1, REFRACTORY_MAX)] = 1
    reset: Literal["hard", "soft"] = "hard"

    kind: ClassVar[str] = "cuba"
    per_neuron: ClassVar[tuple[str, ...]] = ("vth", "current_decay", "voltage_decay", "bias_mant")
    guarded: ClassVar[bool] = True
    v_bits: ClassVar[int] = GUARDED_STATE_BITS

    def __post_init__(self) -> None:
        check_fields(self, NetworkError)

    @property
    def vth_max(self) -> int:
        """Highest threshold that the kind allows."""
        return NEVER_FIRES

    @property
    def sum_max(self) -> int | None:
        """Largest synaptic sum with which the current wraps no more than once."""
        kept = _kept(WRAP_TOP, min(numbers(self.current_decay)))
        return (3 * WRAP_TOP - 1 - kept) >> GUARD_BITS

    @property
    def bias_max(self) -> int:
        """Largest magnitude of a bias."""
        return max(map(abs, numbers(self.bias_mant))) << self.bias_exp

    def rescaled(self, bits: int) -> Self:
        """Return the neuron for inference weights, hence potentials, ``2**bits`` times as large."""
        exponent = min(max(self.bias_exp + bits, 0), BIAS_EXP_MAX)
        left = bits - (exponent - self.bias_exp)  # what the exponent cannot take
        return replace(
            self,
            vth=mapped(self.vth, lambda vth: rescaled_value(vth, bits, most=NEVER_FIRES)),
            window=rescaled_value(self.window, bits, most=WINDOW_MAX) if self.window else 0,
            bias_mant=mapped(
                self.bias_mant, lambda mant: max(-BIAS_MAX, min(int(mant * 2.0**left), BIAS_MAX))
            ),
            bias_exp=exponent,
        )

    def states(self, current: int) -> tuple[NeuronState, ...]:
        """Return what a neuron keeps: voltage, current, and where it has one its refractory count.

        ``current`` is the largest magnitude of the synaptic and recurrent sums of a step.
        """
        u = self._current(current << GUARD_BITS)
        v = _kept(limit(self.v_bits), min(numbers(self.voltage_decay)))
        v += min(u.bound, WRAP_TOP) + self.bias_max
        states = (NeuronState(name="v", bits=self.v_bits, policy="saturate", bound=v), u)
        if self.refractory == 1:
            return states
        # counts down from refractory - 1
        bits = (REFRACTORY_MAX - 1).bit_length() + 1
        most = self.refractory - 1
        return (*states, NeuronState(name="refractory", bits=bits, policy="proven", bound=most))

    def _current(self, added: int) -> NeuronState:
        """Return the current as a state, where a step adds up to ``added``."""
        decay = min(numbers(self.current_decay))
        # the most that decays as much in a step as the step adds
        steady = added * DECAY_UNITY // decay if decay else (WRAP_TOP if added else 0)
        if steady < WRAP_TOP:
            return NeuronState(name="u", bits=GUARDED_STATE_BITS, policy="proven", bound=steady)
        # Lava leaves 2**23 positive, which takes a bit more than the 24 it wraps at
        bound = _kept(WRAP_TOP, decay) + added
        return NeuronState(name="u", bits=GUARDED_STATE_BITS + 1, policy="wrap", bound=bound)


def _kept(value: int, decay: int) -> int:
    """Return what a decay leaves of a magnitude."""
    return (value * (DECAY_UNITY - decay)) >> DECAY_BITS
