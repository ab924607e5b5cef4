"""A session that trains and evaluates in Lava, with the engine's samples, keys and schedule."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava

# isort: split
from dataclasses import replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_configs import Loihi2SimCfg, RunConfig

from lava_intsnn.contract import BatchResult, Executor
from lava_intsnn.loihi.preflight_report import preflight
from lava_intsnn.network import Network
from lava_intsnn.one_thread import one_thread
from lava_intsnn.processes.checked_process import check_composition
from lava_intsnn.recipe import Recipe
from lava_intsnn.runtime import Session, SessionError, session as plain_session
from lava_intsnn.sample_batch import Batch, check_batch, check_labels
from lava_intsnn.state import State
from lava_intsnn.systems.network_system import System, build, lowest_part
from lava_intsnn.training.epoch_loop import learn_epoch
from lava_intsnn.training.epochs import default_recipe
from lava_intsnn.training.evaluation import Evaluation, classify

if TYPE_CHECKING:
    from lava_intsnn.data.dataset import ImageShape


class NetworkSession(Session, Executor):
    """A running :class:`System` as an executor; see :func:`session`.

    Samples are passed in memory shared with the Processes, as many batches at a time as the system
    has slots; spikes, labels and feedback are Lava messages. Final potentials in the results are 0
    where Lava's own neurons run. A state with another seed cannot be loaded.
    """

    system: System

    def __init__(
        self, system: System, run_cfg: RunConfig | None = None, *, timeout: float | None = None
    ) -> None:
        self.network = system.network
        run_cfg = run_cfg or self._default_cfg()
        self._microcode = getattr(run_cfg, "select_tag", None) == "microcode"
        if self._microcode:
            preflight(system.network, learning=system.learning, state=system.state()).require()
        super().__init__(system, run_cfg, timeout=timeout)
        slots, batch, _ = system.encoder.memory.images.shape
        self.chunk = slots * batch
        self._steps = 0

    def _default_cfg(self) -> RunConfig:
        floating = self.network.precision.floating
        return Loihi2SimCfg(select_tag="floating_pt" if floating else "fixed_pt")

    @one_thread
    def run(self, steps: int, **options: Any) -> None:
        """Run for ``steps`` time steps; see :meth:`lava_intsnn.runtime.Session.run`."""
        super().run(steps, **options)
        self._steps += steps

    def state(self) -> State:
        """Return the learned state."""
        return self.system.state()

    def check_boost(self, lr_boost: int) -> None:
        """Raise LegalityError if the larger learning shifts are not legal in microcode."""
        if self._microcode and lr_boost:
            layers = self.network.all_layers
            shifted = (replace(one, lr_shift=one.lr_shift + lr_boost) for one in layers)
            preflight(self.network.with_layers(shifted), learning=True).require()

    # ---- data sets

    @one_thread
    def fit(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        *,
        epochs: int = 1,
        first_epoch: int = 0,
        recipe: Recipe | None = None,
        network: Network | None = None,
        image_shape: ImageShape | None = None,
        progress: bool = True,
    ) -> tuple[float, ...]:
        """Learn ``images`` for some epochs, with the same bits as :func:`lava_intsnn.train`.

        Parameters
        ----------
        images : uint8 (N, n_values)
        labels : integer (N,)
        epochs : int
            Number of epochs to learn now.
        first_epoch : int
            Number of epochs before this call. It keys the order and the encoding, and sets the
            position in the schedule.
        recipe : Recipe, optional
            As in ``train``, by default the recipe of the preset with the network's name, if any,
            with ``first_epoch + epochs`` epochs.
        network : Network, optional
            The network of the recipe's first epoch, by default the system's own. If
            ``error_drops`` have changed it since, build the system from
            ``recipe.network_at(network, first_epoch)``.
        image_shape : tuple of int, optional
            That of the data set, required if the recipe augments. Frames of channels have their
            own, frames of images have (T, H, W, C).
        progress : bool
            Show a bar, on a terminal.

        Returns
        -------
        tuple of float
            Percentage of correct predictions made while learning, per epoch.

        Raises
        ------
        ValueError
            If the samples do not fit the network, or ``error_drops`` require another network in
            some epoch. In this case nothing has been learned.
        SessionError
            If a system of LearningDense cannot apply ``lr_drops``. In this case, too, nothing has
            been learned.
        """
        built = self.network
        images, labels = np.asarray(images), np.asarray(labels)
        check_batch(built, images, np.zeros(len(images), np.uint64))
        check_labels(labels, len(images), built.n_classes)
        if built.graded and (image_shape is None or len(image_shape) < 4):
            image_shape = built.steps, built.n_in
        recipe = recipe or default_recipe(built, first_epoch + epochs)
        for epoch in range(first_epoch, first_epoch + epochs):
            _check_schedule(built, recipe, network or built, epoch)
            self.check_boost(recipe.lr_boost(epoch))
        return tuple(
            learn_epoch(
                self,
                images,
                labels,
                recipe=recipe,
                seed=self.system.seed,
                epoch=epoch,
                image_shape=image_shape,
                name=f"Lava epoch {epoch + 1}/{recipe.epochs}",
                progress=progress,
            ).accuracy
            for epoch in range(first_epoch, first_epoch + epochs)
        )

    def evaluate(self, images: np.ndarray, labels: np.ndarray) -> Evaluation:
        """Classify samples, encoded as in :func:`lava_intsnn.evaluate`."""
        return classify(self, images, labels, seed=self.system.seed)

    # ---- samples and results

    def _load(self, state: State) -> None:
        self._require_loadable(state)
        if self.system.latency:
            raise SessionError(
                "Lava's own Processes hold the weights: build another system from this state"
            )
        for index, (memory, w) in enumerate(zip(self.system.memories, state.weights)):
            memory.weights[:] = w
            if memory.shadow_delays is not None:
                memory.shadow_delays[:] = state.delays_of(index)
        for process in self.system.all_layers:
            self.set(process.updates, [state.updates])  # makes the model adopt all

    def _require_loadable(self, state: State) -> None:
        self._running()  # raises if there is no model to load it
        if state.seed != self.system.seed:
            raise SessionError(
                f"seed = {state.seed}: the system was built with {self.system.seed}, which keys "
                "its random bits; build another from this state"
            )

    def _infer(self, images: np.ndarray, keys: np.ndarray) -> BatchResult:
        self._set_learning(False)
        return self._show(Batch(images, np.full(len(images), -1, np.int32), keys))

    def _train(self, batch: Batch) -> BatchResult:
        if not self.system.learning:
            raise SessionError("the system was built with learning=False: it cannot learn")
        self._set_learning(True)
        self._set_boost(batch.lr_boost)
        return self._show(batch)

    _train_many = _train  # as many batches at a time as there are slots

    def _train_online(self, batch: Batch) -> BatchResult:
        learn = self._train if self.network.batch == 1 else super()._train_online
        return learn(batch)

    def _set_boost(self, lr_boost: int) -> None:
        for process in self.system.all_layers:
            process.memory.lr_shift[:] = process.spec.layer.lr_shift + lr_boost

    def _set_learning(self, learning: bool) -> None:
        for branch in self.network.branches:
            for index in branch.members[lowest_part(branch.network) :]:
                self.system.memories[index].learning[:] = learning

    def _show(self, batch: Batch) -> BatchResult:
        starts = range(0, len(batch), self.chunk)
        return BatchResult.joined([self._show_some(batch[k : k + self.chunk]) for k in starts])

    def _show_some(self, batch: Batch) -> BatchResult:
        results = self.system.readout.results
        numbers = self._run_samples(batch, self.network.steps)
        if self.system.latency:
            self._flush(numbers[-1] + 1)
        used = numbers % len(results.counts)
        return BatchResult(
            *(
                array[used].reshape(-1, *array.shape[2:])[: len(batch)]
                for array in (results.predictions, results.counts, results.v)
            )
        )

    def _run_samples(self, batch: Batch, steps: int) -> np.ndarray:
        """Run samples of ``steps`` Lava steps each; return the numbers of their messages."""
        samples = self.system.encoder.memory
        slots, size, _ = samples.images.shape
        first, t = divmod(self._steps, steps)
        if t:
            raise SessionError(
                f"{self._steps} steps have been run, {t} of them into a sample of {steps}: run "
                f"{steps - t} more before the next sample"
            )
        numbers = first + np.arange(-(-len(batch) // size))
        for k, slot in enumerate(numbers % slots):
            part = batch[k * size : (k + 1) * size]
            samples.put(slot, part.images, part.labels, part.keys)
        self.run(len(numbers) * steps)
        return numbers

    def _flush(self, number: int) -> None:
        """Show black images until the results before batch ``number`` have arrived."""
        samples, steps = self.system.encoder.memory, self.network.steps
        count = -(-self.system.latency // steps)
        for k in range(count):
            samples.images[(number + k) % len(samples.images)] = 0
        self.run(count * steps)


@overload
def session(
    system: System, run_cfg: RunConfig | None = ..., *, timeout: float | None = ...
) -> NetworkSession: ...
@overload
def session(
    system: AbstractProcess, run_cfg: RunConfig | None = ..., *, timeout: float | None = ...
) -> Session: ...
def session(
    system: System | AbstractProcess,
    run_cfg: RunConfig | None = None,
    *,
    timeout: float | None = None,
) -> Session:
    """Return a session for a ``with`` statement.

    Parameters
    ----------
    system : System or AbstractProcess
        The result of :func:`lava_intsnn.build`, with which the session can ``fit`` and
        ``evaluate``, or any Process of a network that was composed by hand.
    run_cfg : RunConfig, optional
        By default ``Loihi2SimCfg(select_tag="fixed_pt")``, or ``"floating_pt"`` for a System in
        fp32. ``"microcode"`` runs the compiled programs of the layers on virtual Loihi 2 cores. If
        one of Lava's own Processes has no model with the tag, name a model in the config's
        ``exception_proc_model_map``.
    timeout : float, optional
        Seconds that the start and each run may take.

    Raises
    ------
    NetworkError
        If layers composed by hand do not fit each other; or a
        :class:`~lava_intsnn.loihi.LegalityError` if a System runs as microcode and is not legal on
        Loihi 2.

    Examples
    --------
    >>> system = build(network, state)                                         # doctest: +SKIP
    >>> with session(system) as run:                                           # doctest: +SKIP
    ...     run.fit(data.images, data.labels)
    ...     state = run.state()
    """
    if isinstance(system, System):
        return NetworkSession(system, run_cfg, timeout=timeout)
    if isinstance(system, AbstractProcess):
        check_composition(system)
    return plain_session(system, run_cfg or Loihi2SimCfg(select_tag="fixed_pt"), timeout=timeout)


def lava_executor(
    network: Network, state: State, *, threads: int | None = None, learning: bool = True
) -> NetworkSession:
    """Return a session of the whole network; see :func:`lava_intsnn.executor`."""
    return NetworkSession(build(network, state, learning=learning))


def lava_microcode_executor(
    network: Network, state: State, *, threads: int | None = None, learning: bool = True
) -> NetworkSession:
    """Return a session whose layers run their compiled programs on virtual Loihi 2 cores."""
    system = build(network, state, learning=learning)
    return NetworkSession(system, Loihi2SimCfg(select_tag="microcode"))


def _check_schedule(built: Network, recipe: Recipe, network: Network, epoch: int) -> None:
    """Raise ValueError unless ``built``, the network of the system, is the one of ``epoch``."""
    wanted = recipe.network_at(network, epoch)
    if replace(wanted, batch=built.batch) != built:
        raise ValueError(
            f"epoch {epoch} (counted from 0) learns with {_error_scale(wanted)}, the system was "
            f"built with {_error_scale(built)} (error_drops = {recipe.error_drops}): a system "
            f"stays as it was built; build another from recipe.network_at(network, {epoch}) and "
            f"the state so far, and fit that with first_epoch={epoch}, network=network"
        )


def _error_scale(network: Network) -> str:
    shifts = ", ".join(str(layer.fb_shift) for layer in network.layers[:-1])
    return f"alpha = {network.loss.alpha} and hidden fb_shift {shifts or 'none'}"
