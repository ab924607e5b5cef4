"""ProcessModel of :class:`~lava_intsnn.processes.learning_synapses.process.LearningSynapses`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.connection import LearningConnectionModelBitApproximate
from lava.proc.dense.models import AbstractPyDenseModelBitAcc, PyLearningDenseModelBitApproximate

from lava_intsnn.arithmetic import Stream, random_key, shift_floor
from lava_intsnn.proc_models.three_factor.tagged_synapses import next_trace, round_weights
from lava_intsnn.processes.learning_synapses.process import LearningSynapses
from lava_intsnn.processes.model_of import model_of


@model_of(LearningSynapses, "bit_approximate_loihi", "fixed_pt")
class PyLearningSynapsesModel(LearningConnectionModelBitApproximate, AbstractPyDenseModelBitAcc):
    """Lava's LearningDense with our random bits and our trace of counts."""

    x1: np.ndarray  # as LearningDense declares it

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.num_weight_bits = proc_params["num_weight_bits"]
        self.memory, self.schedule = proc_params["memory"], proc_params["schedule"]
        self.lr_shift, self.trace_shift = proc_params["lr_shift"], proc_params["trace_shift"]
        self.seed, self.layer_index = proc_params["seed"], proc_params["layer_index"]

    def run_spk(self) -> None:
        """Advance by a tick, and learn at the end of an epoch.

        With a separate learning phase, a fifth of the messages of every Process would belong to it,
        and nothing that learning needs arrives between the two phases.
        """
        # Lava lets a ProcessModel implement one Process only, so its class cannot be a base class
        PyLearningDenseModelBitApproximate.run_spk(self)
        if super().lrn_guard():
            self.run_lrn()

    def lrn_guard(self) -> bool:
        """Request no learning phase."""
        return False

    def run_lrn(self) -> None:
        """Apply the rule, and copy the weights to the host's memory at a sample's end."""
        super().run_lrn()
        if self._sample_ends():
            self.memory.w_shadow[:] = shift_floor(self.weights, 1)
            self.memory.updates[0] += self.memory.learning[0]

    def on_var_update(self) -> None:
        """Apply the changes of ``Var.set``."""
        super().on_var_update()
        self.memory.w_shadow[:] = shift_floor(self.weights, 1)

    def _sample_ends(self) -> bool:
        return self.schedule.at(self.time_step).step == self.schedule.learning_step

    def _process_pre_spikes(self, s_in: np.ndarray) -> None:
        if self.trace_shift is None:
            super()._process_pre_spikes(s_in)
            return
        now = self.schedule.at(self.time_step)
        if now.first:  # the second tick carries no spikes
            trace = np.zeros_like(self.x1) if now.step == 0 else self.x1
            self.x1 = next_trace(trace, s_in, self.trace_shift)

    # The methods below skip work that the rule does not need and that would take one third of the
    # time, or two thirds in large layers. No trace decays or jumps in here, so none is rounded, and
    # a trace does not depend on when a spike arrived within the epoch.

    def _update_trace_randoms(self) -> None:
        pass

    def _process_post_spikes(self, s_in_bap: np.ndarray) -> None:
        self.ty[s_in_bap] = self._within_epoch_time_step()

    def _compute_trace_histories(self) -> tuple[np.ndarray, np.ndarray]:
        ticks = self._learning_rule.t_epoch + 1
        return np.repeat(self._x_traces[None], ticks, 0), np.repeat(self._y_traces[None], ticks, 0)

    def _extract_applier_evaluated_traces(
        self, x_traces_history: np.ndarray, y_traces_history: np.ndarray
    ) -> dict[str, np.ndarray]:
        traces = {
            **{f"x{k + 1}": x[None, :] for k, x in enumerate(x_traces_history[-1])},
            **{f"y{k + 1}": y[:, None] for k, y in enumerate(y_traces_history[-1])},
        }
        return {f"{trace}_{when}": traces[trace] for trace in traces for when in ("x0", "y0", "u")}

    def _stochastic_round_synaptic_variable(
        self, syn_var_name: str, syn_var_values: np.ndarray, random: float
    ) -> np.ndarray:
        """Round to whole weights, in the unit of the accumulator, with our random bits.

        Tags are always whole, and weights are whole except at a sample's end.
        """
        if syn_var_name != "weights" or not self._sample_ends():
            return syn_var_values
        key = random_key(self.seed, Stream.ROUND, self.layer_index, int(self.memory.updates[0]))
        return round_weights(syn_var_values, lr_shift=self.lr_shift, key=key)
