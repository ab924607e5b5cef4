"""`LearningSynapses`, Lava's LearningDense with the rounding and the traces of our networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
from lava.proc.dense.process import LearningDense
from lava.utils.weightutils import SignMode

from lava_intsnn.loihi.learning_engine.tick_schedule import TickSchedule
from lava_intsnn.proc_models.shared_memory import LayerMemory
from lava_intsnn.proc_models.three_factor.tagged_synapses import W_MAX, W_MIN
from lava_intsnn.processes.checked_process import CheckedProcess


class LearningSynapses(CheckedProcess, LearningDense):
    """A LearningDense that rounds with separate random bits for each synapse.

    Lava draws one number for all synapses of an update; here synapse ``(o, i)`` uses the bits of
    the reference. With ``trace_shift`` the trace ``x1`` becomes ``(x1 >> trace_shift) + s_in`` in
    each step and is 0 when a sample begins. Everything else is Lava's.

    Ports and Vars are those of LearningDense. ``weights`` holds ``2 w``, because Dense drops the
    lowest bit of weights of mixed sign, and sums are halved; ``tag_1`` holds 8 times the
    eligibility trace.

    Parameters
    ----------
    weights : int (O, I)
        ``w``, -128..127.
    learning_rule : Loihi3FLearningRule
    schedule : TickSchedule
    lr_shift : int
        The shift of ``learning_rule``, 0..8.
    seed, layer_index, updates : int
        Keys of the rounding.
    trace_shift : int, optional
        Decay of a presynaptic trace. If None, the rule uses spikes only.
    max_count : int
        Largest value that ``s_in`` carries; 1 for binary spikes.
    **options
        See :class:`~lava_intsnn.processes.checked_process.CheckedProcess`.

    Raises
    ------
    ValueError
        If a weight is out of range.
    """

    def __init__(
        self,
        *,
        weights: np.ndarray,
        learning_rule: Loihi3FLearningRule,
        schedule: TickSchedule,
        lr_shift: int,
        seed: int = 0,
        layer_index: int = 0,
        updates: int = 0,
        trace_shift: int | None = None,
        max_count: int = 1,
        **options: Any,
    ) -> None:
        low, high = int(weights.min()), int(weights.max())
        if low < W_MIN or high > W_MAX:
            raise ValueError(
                f"weights are within {low}..{high}: they must be within {W_MIN}..{W_MAX}"
            )
        self.memory = LayerMemory.of(weights, lr_shift=lr_shift, learning=True, updates=updates)
        super().__init__(
            weights=weights * 2,
            weight_exp=-1,
            num_weight_bits=8,
            sign_mode=SignMode.MIXED,
            num_message_bits=0 if max_count == 1 else 8,
            learning_rule=learning_rule,
            schedule=schedule,
            lr_shift=lr_shift,
            seed=seed,
            layer_index=layer_index,
            trace_shift=trace_shift,
            memory=self.memory,
            **options,
        )
