"""A session that trains and evaluates in LearningDense, with the engine's samples and keys."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava

# isort: split
from typing import Any

import numpy as np
from lava.magma.core.process.variable import Var
from lava.magma.core.run_configs import Loihi2SimCfg, RunConfig
from lava.proc.conv.models import PyConvModelFixed
from lava.proc.conv.process import Conv
from lava.proc.dense.models import PyDenseModelBitAcc
from lava.proc.dense.process import Dense

from lava_intsnn.arithmetic import shift_floor
from lava_intsnn.contract import BatchResult, fixed_shifts
from lava_intsnn.engine.output import predict
from lava_intsnn.network import Network
from lava_intsnn.one_thread import one_thread
from lava_intsnn.proc_models.three_factor.tagged_synapses import W_MAX, W_MIN
from lava_intsnn.runtime import SessionError
from lava_intsnn.sample_batch import Batch
from lava_intsnn.state import State
from lava_intsnn.systems.learning_dense import LearningSystem, build
from lava_intsnn.systems.network_session import NetworkSession

#: The tag of LearningDense's model. Those of Lava's Dense and Conv, which are exact, lack it.
RUN_CFG = {
    "select_tag": "bit_approximate_loihi",
    "exception_proc_model_map": {Dense: PyDenseModelBitAcc, Conv: PyConvModelFixed},
}


class LearningSession(NetworkSession):
    """A running :class:`LearningSystem`, which takes one sample at a time; see :func:`session`."""

    system: LearningSystem  # type: ignore[assignment]

    def __init__(
        self,
        system: LearningSystem,
        run_cfg: RunConfig | None = None,
        *,
        timeout: float | None = None,
    ) -> None:
        super().__init__(system, run_cfg, timeout=timeout)  # type: ignore[arg-type]
        self._updates = system.updates  # of stock synapses, which do not count them

    def _default_cfg(self) -> RunConfig:
        return Loihi2SimCfg(**RUN_CFG)

    @one_thread
    def state(self) -> State:
        """Return the learned state.

        Lava's own LearningDense rounds to halves of our weights and sums them as they are. What a
        state holds of those is what LearningDense begins with when it is built from it: whole
        weights, rounded down. The halves are in ``session.get(system.layers[k].weights)``.
        """
        if not self.system.stock:
            return super().state()
        weights = dict(self.system.fixed)
        for index, layer in self.system.plastic.items():
            weights[index] = shift_floor(self.get(layer.weights).astype(np.int32), 1)
        return State(
            weights=tuple(weights[index].copy() for index in range(len(weights))),
            seed=self.system.seed,
            updates=self._updates,
        )

    def set(self, var: Var, value: Any, **options: Any) -> None:
        """Write a Var of the network; see :meth:`lava_intsnn.runtime.Session.set`.

        Raises
        ------
        ValueError
            If the ``weights`` of synapses are not twice the weights of a valid state.
        """
        learning = list(self.system.plastic.values())
        if any(var is layer.weights for layer in learning):
            _check_weights(np.asarray(value))
        super().set(var, value, **options)
        if any(var.process is layer for layer in learning):
            # Lava confirms a Var before the model has adopted it, but answers this call afterwards
            self.get(var.process.num_message_bits)

    def check_boost(self, lr_boost: int) -> None:
        """Raise SessionError unless ``lr_boost`` is 0."""
        if lr_boost:
            raise SessionError(fixed_shifts(lr_boost))

    def _load(self, state: State) -> None:
        self._require_loadable(state)
        for index, w in self.system.fixed.items():
            if (w != state.weights[index]).any():
                raise SessionError(
                    f"layer {index} is frozen and has other weights: build another system from "
                    "this state"
                )
        for index, layer in self.system.plastic.items():
            self.set(layer.weights, 2 * state.weights[index])
            if not self.system.stock:
                layer.memory.updates[:] = state.updates
        self._updates = state.updates

    def _train(self, batch: Batch) -> BatchResult:
        result = super()._train(batch)
        self._updates += len(batch)
        return result

    def _set_learning(self, learning: bool) -> None:
        if self.system.stock:  # without a label there is no error, and nothing is learned
            return
        for layer in self.system.plastic.values():
            layer.memory.learning[:] = learning

    def _set_boost(self, lr_boost: int) -> None:
        """Do nothing, because the learning shifts are part of the learning rules."""

    def _show_some(self, batch: Batch) -> BatchResult:
        results = self.system.readout.results
        used = self._run_samples(batch, self.system.ticks) % len(results.counts)
        counts, v = results.counts[used, 0], results.v[used, 0]
        return BatchResult(predict(self.system.network, counts, v), counts, v)


def _check_weights(doubled: np.ndarray) -> None:
    low, high = 2 * W_MIN, 2 * W_MAX
    wrong = doubled[(doubled < low) | (doubled > high) | (doubled % 2 != 0)]
    if wrong.size:
        raise ValueError(
            f"weights: {wrong.flat[0]} must be even and within {low}..{high}: synapses hold 2 w"
        )


def session(
    system: LearningSystem, run_cfg: RunConfig | None = None, *, timeout: float | None = None
) -> LearningSession:
    """Return a session for a ``with`` statement.

    Parameters
    ----------
    system : LearningSystem
    run_cfg : RunConfig, optional
        One with the tag ``bit_approximate_loihi`` by default.
    timeout : float, optional
        Seconds that the start and each run may take.
    """
    return LearningSession(system, run_cfg, timeout=timeout)


def learning_dense_executor(
    network: Network, state: State, *, threads: int | None = None, learning: bool = True
) -> LearningSession:
    """Return a session of ``network`` as LearningDense; see :func:`lava_intsnn.executor`."""
    return LearningSession(build(network, state))
