"""Training and evaluating in a network of LearningDense: the samples and keys of the engine."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava

# isort: split
import numpy as np
from lava.magma.core.run_configs import Loihi2SimCfg, RunConfig
from lava.proc.dense.models import PyDenseModelBitAcc
from lava.proc.dense.process import Dense

from lava_intsnn.engine.engine import BatchResult
from lava_intsnn.engine.output import predict
from lava_intsnn.lava_session import NetworkSession, _recipe
from lava_intsnn.loihi.learning_engine.system import LearningSystem
from lava_intsnn.network import Network
from lava_intsnn.recipe import Recipe
from lava_intsnn.runtime import SessionError

#: The tag of LearningDense's model; Lava's Dense, which is exact, does not carry it.
RUN_CFG = {
    "select_tag": "bit_approximate_loihi",
    "exception_proc_model_map": {Dense: PyDenseModelBitAcc},
}


class LearningSession(NetworkSession):
    """A running :class:`LearningSystem`, one sample after the other; see :func:`session`."""

    system: LearningSystem  # type: ignore[assignment]

    def __init__(
        self,
        system: LearningSystem,
        run_cfg: RunConfig | None = None,
        *,
        timeout: float | None = None,
    ) -> None:
        super().__init__(system, run_cfg or Loihi2SimCfg(**RUN_CFG), timeout=timeout)  # type: ignore

    def fit(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        *,
        epochs: int = 1,
        first_epoch: int = 0,
        recipe: Recipe | None = None,
        image_shape: tuple[int, int] | None = None,
        progress: bool = True,
    ) -> tuple[float, ...]:
        """Learn ``images`` for some epochs; see :meth:`.NetworkSession.fit`.

        Raises
        ------
        SessionError
            If the recipe has ``lr_drops`` within these epochs.
        """
        network = self.system.network
        recipe = recipe or _recipe(network, first_epoch + epochs)
        accuracies: tuple[float, ...] = ()
        for epoch in range(first_epoch, first_epoch + epochs):
            self._scale_errors(recipe.network_at(network, epoch))
            accuracies += super().fit(
                images,
                labels,
                first_epoch=epoch,
                recipe=recipe,
                image_shape=image_shape,
                progress=progress,
            )
        self._scale_errors(network)
        return accuracies

    def _scale_errors(self, network: Network) -> None:
        *hidden, readout = self.system.neurons
        self.set(readout.alpha, [network.loss.alpha])
        for population, layer in zip(hidden, network.layers):
            self.set(population.fb_shift, [layer.fb_shift])

    def _learn(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, lr_boost: int
    ) -> BatchResult:
        if lr_boost:
            raise SessionError(
                f"lr_boost = {lr_boost}: learning shifts are part of the rule, which cannot change "
                "while the network runs; use a recipe without lr_drops, or with error_drops"
            )
        self._set_learning(True)
        return self._show(images, labels, keys)

    def _show_some(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        system, ticks = self.system, self.system.ticks
        samples, results = system.encoder.memory, system.readout.results
        first, tick = divmod(self._steps, ticks)
        if tick:
            raise SessionError(
                f"{self._steps} steps have been run, {tick} of them into a sample of {ticks}: run "
                f"{ticks - tick} more before the next sample"
            )
        used = (first + np.arange(len(images))) % len(samples.images)
        for k, slot in enumerate(used):
            part = slice(k, k + 1)
            samples.put(slot, images[part], labels[part], keys[part])
        self.run(len(images) * ticks)
        counts, v = results.counts[used, 0], results.v[used, 0]
        return predict(system.network, counts, v), counts, v


def session(
    system: LearningSystem, run_cfg: RunConfig | None = None, *, timeout: float | None = None
) -> LearningSession:
    """Return a session for a ``with`` statement.

    Parameters
    ----------
    system : LearningSystem
    run_cfg : RunConfig, optional
        With the tag ``bit_approximate_loihi`` by default.
    timeout : float, optional
        Seconds that the start and each run may take.
    """
    return LearningSession(system, run_cfg, timeout=timeout)
