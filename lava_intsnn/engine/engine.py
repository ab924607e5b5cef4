"""The engine: batches on all cores, the same bits for any number of threads."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import cast

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.arithmetic import Stream, stream_key
from lava_intsnn.contract import BatchResult, Executor
from lava_intsnn.cores import WorkerThreads, thread_count
from lava_intsnn.engine.jit import fold_key
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.online import Online, fits
from lava_intsnn.engine.output import predict
from lava_intsnn.engine.step_form import StepForm
from lava_intsnn.engine.word_form import WordForm
from lava_intsnn.network import Network
from lava_intsnn.one_thread import one_thread
from lava_intsnn.sample_batch import Batch
from lava_intsnn.state import State, copied_delays, initial_state

#: Most samples a worker takes through all layers before the next ones, and the neurons they may
#: have together, so that their spike trains stay in cache.
ROWS, NEURONS = 128, 1 << 17
#: Synapses from which the threads share an update: handing work over costs about 0.1 ms.
SHARED_UPDATE = 1 << 18


class Engine(Executor):
    """Trains and evaluates a network in batches, faster than any other executor.

    Use it as a context manager, or call :meth:`close`, to end its threads. One thread at a time can
    call it; a second one gets a :class:`~lava_intsnn.one_thread.ConcurrentUseError`.

    Parameters
    ----------
    network : Network
    state : State
        Where to start; never modified.
    threads : int, optional
        Workers the samples of a batch are divided among; all usable cores by default. Sums are
        integer sums, so the number changes no result.
    form : {"auto", "popcount", "general"}
        ``"auto"`` takes the popcount form where the network allows it.

    Raises
    ------
    NetworkError
        If the network's bounds do not hold or the form does not fit it.
    ValueError
        If the state does not fit the network.
    """

    @checks_kinds
    def __init__(
        self, network: Network, state: State, *, threads: int | None = None, form: str = "auto"
    ) -> None:
        self.threads = thread_count(threads)
        if form not in ("auto", "popcount", "general"):
            raise ValueError(f"form {form!r}: must be auto, popcount or general")
        state.validate(network)
        self.network = network
        popcount = form == "popcount" or (form == "auto" and network.check().popcount)
        self.form = "popcount" if popcount else "general"
        self._layers = [LayerKernel.of(network, index) for index in range(len(network.all_layers))]
        make = WordForm if popcount else StepForm
        self._rows = max(1, min(ROWS, NEURONS // max(network.shape)))
        self._workers = [make(network, self._layers, self._rows) for _ in range(self.threads)]
        self._deltas = [layer.new_delta(self.threads) for layer in self._layers]
        online = popcount and fits(network, self._layers)
        self._online = Online(network, self._layers) if online else None
        synapses = sum(layer.w_shadow.size for layer in self._layers)
        self._shares_update = synapses >= SHARED_UPDATE
        self._pool = WorkerThreads(self.threads - 1) if self.threads > 1 else None
        self._load(state)

    @one_thread
    def close(self) -> None:
        """End the threads."""
        if self._pool:
            self._pool.shutdown()
            self._pool = None
            self.threads = 1

    def _load(self, state: State) -> None:
        for index, layer in enumerate(self._layers):
            layer.load(state.weights[index], state.delays_of(index))
        self._seed, self._updates = state.seed, state.updates
        self._delays = copied_delays(state.delays)
        self._round_keys = stream_key(state.seed, Stream.ROUND, np.arange(len(self._layers)))

    @one_thread
    def state(self) -> State:
        """Return a copy of what has been learned."""
        return State(
            weights=tuple(layer.weights() for layer in self._layers),
            seed=self._seed,
            updates=self._updates,
            delays=tuple(
                layer.shadow_delays() if layer.layer.learns_delays else held
                for layer, held in zip(self._layers, copied_delays(self._delays))
            ),
        )

    def _infer(self, images: np.ndarray, keys: np.ndarray) -> BatchResult:
        return self._run(images, keys, None)

    def _train(self, batch: Batch) -> BatchResult:
        result = self._run(batch.images, batch.keys, batch)
        step = np.uint64(self._updates)
        keys_of_layers = [np.uint64(fold_key(key, step)) for key in self._round_keys]

        workers = self.threads if self._shares_update else 1

        def update(worker: int) -> None:
            for layer, delta, key in zip(self._layers, self._deltas, keys_of_layers):
                columns = _share(layer.columns, worker, workers)
                layer.update(delta, lr_boost=batch.lr_boost, key=key, columns=columns)

        if self._shares_update:
            self._on_all(update)
        else:
            update(0)
        for layer in self._layers:
            layer.take_delays()
        self._updates += 1
        return result

    def _train_online(self, batch: Batch) -> BatchResult:
        if self._online is None:
            return super()._train_online(batch)
        # what frozen layers make of the samples is kept for as many as all workers hold
        size = self._rows * self.threads if self._online.below else max(1, len(batch))
        results = []
        for start in range(0, len(batch), size):
            part = batch[start : start + size]
            counts, v = self._online.learn(
                part,
                round_keys=self._round_keys,
                updates=self._updates,
                features=self._features(part, self._online.below),
            )
            self._updates += len(part)
            results.append(BatchResult(predict(self.network, counts, v), counts, v))
        return BatchResult.joined(results)

    def _features(self, batch: Batch, layers: int) -> np.ndarray | None:
        """Return the spike words of the first ``layers``, if any."""
        if not layers:
            return None
        n = len(batch)
        words = np.empty((n, self.network.layers[layers - 1].n_out), np.uint32)

        def work(worker: int) -> None:
            form = cast(WordForm, self._workers[worker])  # Online fits no other
            share = _share(n, worker, self.threads)
            for start in range(share.start, share.stop, self._rows):
                rows = slice(start, min(start + self._rows, share.stop))
                words[rows] = form.features(batch.images[rows], batch.keys[rows], layers=layers)

        self._on_all(work)
        return words

    def _run(self, images: np.ndarray, keys: np.ndarray, learned: Batch | None) -> BatchResult:
        n, n_classes = len(images), self.network.n_classes
        counts = np.empty((n, n_classes), np.int32)
        v = np.empty((n, n_classes), np.int32)
        w_rows: dict[int, np.ndarray] = {}
        if learned is not None and self.network.feedback.weights == "transposed":
            for branch in self.network.branches:
                w_rows |= {index: self._layers[index].w_rows() for _, index in branch.senders}

        def work(worker: int) -> None:
            form = self._workers[worker]
            deltas = [delta[worker] for delta in self._deltas]
            share = _share(n, worker, self.threads)
            for start in range(share.start, share.stop, self._rows):
                rows = slice(start, min(start + self._rows, share.stop))
                counts[rows], v[rows] = form.infer(images[rows], keys[rows])
                if learned is not None:
                    form.learn(counts[rows], learned[rows], w_rows, deltas)

        self._on_all(work)
        return BatchResult(predict(self.network, counts, v), counts, v)

    def _on_all(self, work: Callable[[int], None]) -> None:
        others = [self._pool.submit(work, k) for k in range(1, self.threads)] if self._pool else []
        work(0)
        for other in others:
            other.result()


@lru_cache(maxsize=32)
def warm_up(network: Network) -> None:
    """Compile, or load from numba's cache, the kernels ``network`` needs: about ten seconds, once.

    The engine does so by itself when it first meets a batch; call this before a clock starts.
    """
    few = min(network.batch, network.n_classes, 2)
    images = np.full((few, network.n_values), 255, np.uint8)
    with Engine(network, initial_state(network), threads=1) as engine:
        labels, keys = np.arange(few, dtype=np.int32), np.arange(few, dtype=np.uint64)
        engine.train_batch(images, labels, keys)
        if network.batch == 1:
            engine.train_online(images, labels, keys)


def _share(n: int, worker: int, workers: int) -> slice:
    return slice(n * worker // workers, n * (worker + 1) // workers)
