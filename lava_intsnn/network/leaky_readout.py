"""The readout: an output that integrates and never fires, and answers by its potential."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from lava_intsnn.arithmetic import limit
from lava_intsnn.field_checks import Within, check_fields
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.neuron_kind import NeuronKind, NeuronState

if TYPE_CHECKING:
    from typing_extensions import Self

    from lava_intsnn.network.trace import TraceRule

#: Largest shift of an answer.
ANSWER_SHIFT_MAX = 30


@dataclass(frozen=True, kw_only=True)
class LeakyReadout(NeuronKind):
    r"""Output neuron that integrates, leaks and never fires. Only the last layer may have it.

    .. math::
        v(t) &= \mathrm{sat}((v(t-1) >> b) + a(t)) \\
        answer &= (\textstyle\sum_t v(t)) >> answer\_shift
            \quad \text{or} \quad (\max_t v(t)) >> answer\_shift

    The answer takes the place of the spike count: prediction, error, confidence and the results of
    every executor read it. It may be negative. It is that of the whole sample, while an error at
    several points of a sample (see :class:`~.loss.Loss`) reads the answer of its own steps: the
    sum begins at 0, the maximum at the first of them; the potential goes on.

    The surrogate gate is open at every step, since the gradient of ``v`` is 1. The eligibility of
    ``"sum"`` is the sum of the traces, which is the gradient of the answer if the trace decays as
    the potential does: so a layer that learns must have it so. (For binary spikes and a decay by
    a shift of at least 1 the trace of ``trace_shift`` is rounded to the spike itself;
    ``trace_decay`` with ``trace_bits`` keeps more of it.) The eligibility of ``"max"`` is the trace
    at the step of the maximum, the first of several: an executor that learns online keeps a copy of
    the trace at each new maximum. The layers below hear of the error as if it came at every step.

    Parameters
    ----------
    answer : {"sum", "max"}
        Sum of the potentials over the steps, or the largest of them.
    answer_shift : int
        Right shift of the answer, rounding down, which brings it to the scale of a spike count:
        the errors of :class:`~.loss.Loss` compare it with the steps.
    decay_shift : int
        ``b`` of the decay; 0 does not leak: the potential is the sum of all that came.
    v_bits : int
        Width of the potential, which saturates.
    sum_bits : int
        Width of the sum of potentials, which saturates at every step.

    Raises
    ------
    NetworkError
        On values out of range.
    """

    answer: Literal["sum", "max"] = "sum"
    answer_shift: Annotated[int, Within(0, ANSWER_SHIFT_MAX)] = 0
    decay_shift: Annotated[int, Within(0, 30)] = 0
    v_bits: Annotated[int, Within(4, 31)] = 24
    sum_bits: Annotated[int, Within(4, 32)] = 32

    kind: ClassVar[str] = "readout"
    fires: ClassVar[bool] = False
    #: It never fires: no potential passes this.
    vth: ClassVar[int] = limit(31)
    #: It has no window: its gate is always open.
    window: ClassVar[int] = 0
    guarded: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_fields(self, NetworkError)

    @property
    def vth_max(self) -> int:
        """The threshold that it never passes."""
        return self.vth

    @property
    def answer_max(self) -> int:
        """Largest magnitude of an answer; that of the floor of a negative one."""
        widest = self.sum_bits if self.answer == "sum" else self.v_bits
        return -(-limit(widest) >> self.answer_shift)

    def decays_as(self, trace: TraceRule) -> bool:
        """Whether a trace loses the same part of itself in a step as the potential does."""
        return trace.keep << self.decay_shift == 1 << trace.shift

    def rescaled(self, bits: int) -> Self:
        """Return the readout whose answers stay, for potentials ``2**bits`` times as large."""
        shift = min(max(self.answer_shift + bits, 0), ANSWER_SHIFT_MAX)
        return replace(self, answer_shift=shift)

    def states(self, current: int) -> tuple[NeuronState, ...]:
        """Return what a neuron keeps between steps: its potential."""
        v = (limit(self.v_bits) >> self.decay_shift) + 1 + current
        return (NeuronState(name="v", bits=self.v_bits, policy="saturate", bound=v),)
