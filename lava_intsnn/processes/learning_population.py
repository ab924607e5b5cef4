"""Base class of the Processes of learning neurons, hidden and output."""

from __future__ import annotations

from typing import Any

from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
from lava.magma.core.process.neuron import LearningNeuronProcess
from lava.magma.core.process.ports.ports import InPort, OutPort

from lava_intsnn.loihi.learning_engine.tick_schedule import TickSchedule
from lava_intsnn.processes.checked_process import CheckedProcess
from lava_intsnn.processes.declared_var import ResultVar


class LearningPopulation(LearningNeuronProcess, CheckedProcess):
    """Neurons behind a LearningDense, with the same learning rule.

    Parameters
    ----------
    schedule : TickSchedule
    learning_rule : Loihi3FLearningRule
        The rule of the LearningDense.
    gate, clear : int
        Values of ``y1`` and ``y3``; see :func:`lava_intsnn.loihi.learning_engine.rule_of`.
    split : bool
        Whether the rule is the split one, with two traces of the error and ``s_out_bap``.
    **parameters
        ``shape``, parameters of the ProcessModel, and those of
        :class:`~lava_intsnn.processes.checked_process.CheckedProcess`.
    """

    def __init__(
        self,
        *,
        schedule: TickSchedule,
        learning_rule: Loihi3FLearningRule,
        gate: int,
        clear: int,
        split: bool = False,
        **parameters: Any,
    ) -> None:
        super().__init__(
            schedule=schedule,
            learning_rule=learning_rule,
            gate=gate,
            clear=clear,
            split=split,
            **parameters,
        )
        shape = parameters["shape"]
        self.a_in, self.s_out = InPort(shape=shape), OutPort(shape=shape)
        self.v = ResultVar(shape=shape)
