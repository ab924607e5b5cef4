"""Training and evaluating in float32: the integer engine's twin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.contract import BatchResult, Executor
from lava_intsnn.cores import WorkerThreads, thread_count
from lava_intsnn.engine.encode import encode_steps
from lava_intsnn.floating.float_branch import FloatBranch
from lava_intsnn.floating.float_layer import ROWS, FloatLayer, parts_of
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.one_thread import one_thread
from lava_intsnn.sample_batch import Batch
from lava_intsnn.state import State, copied_delays


class FloatEngine(Executor):
    """Trains and evaluates a network in float32, ``network.batch`` samples at a time.

    BLAS may round a product differently for another number of rows or threads. So a batch is
    divided into blocks of a fixed size, incomplete ones are filled up, as Lava's are, and each is
    one thread's. One thread at a time can call the engine, as for :class:`~.engine.Engine`.

    Its speed is BLAS's. The OpenBLAS of numpy 1.26 takes recent Intel processors for very old ones
    ("Prescott" in ``threadpoolctl.threadpool_info()``): with ``OPENBLAS_CORETYPE=SkylakeX`` in the
    environment it is twice as fast there.

    Parameters
    ----------
    network : Network
        Of precision fp32.
    state : State
        Where to start; never modified.
    threads : int, optional
        Workers the blocks are divided among; all usable cores by default. Changes no result.

    Raises
    ------
    NetworkError
        If the network's precision is not fp32.
    ValueError
        If the state does not fit the network.
    """

    form = "float32"

    @checks_kinds
    def __init__(self, network: Network, state: State, *, threads: int | None = None) -> None:
        self.threads = thread_count(threads)
        if not network.precision.floating:
            raise NetworkError(
                f"precision {network.precision}: the float engine runs fp32, Engine the integers"
            )
        state.validate(network)
        self.network = network
        self._cores = [
            FloatLayer(network, layer, np.array(w, np.float32), _held(state.delays_of(index)))
            for index, (layer, w) in enumerate(zip(network.all_layers, state.weights))
        ]
        self._branches = [FloatBranch(branch, self._cores) for branch in network.branches]
        shape = (network.batch, network.steps, network.n_in)
        self._input = np.zeros(shape, np.uint8)
        self._parts = parts_of(network)
        self._blas = ThreadpoolController()
        many = self.threads > 1 and len(self._parts) > 1
        self._pool = WorkerThreads(self.threads) if many else None
        self._seed, self._updates = state.seed, state.updates
        self._delays = copied_delays(state.delays)

    @one_thread
    def close(self) -> None:
        """End the threads."""
        if self._pool:
            self._pool.shutdown()
            self._pool = None

    def _load(self, state: State) -> None:
        for index, (core, w) in enumerate(zip(self._cores, state.weights, strict=True)):
            core.weights.w_shadow[:] = w
            delays, held = state.delays_of(index), core.weights.d_shadow
            if delays is not None and held is not None:
                held[:] = delays
            core.load()
        self._seed, self._updates = state.seed, state.updates
        self._delays = copied_delays(state.delays)

    @one_thread
    def state(self) -> State:
        """Return a copy of what has been learned."""
        weights = tuple(core.weights.w_shadow.copy() for core in self._cores)
        held = copied_delays(self._delays)
        learned = copied_delays(tuple(core.weights.d_shadow for core in self._cores))
        delays = tuple(
            mine if core.layer.learns_delays else given
            for core, mine, given in zip(self._cores, learned, held)
        )
        return State(weights, self._seed, self._updates, delays)

    def _infer(self, images: np.ndarray, keys: np.ndarray) -> BatchResult:
        size = self.network.batch
        parts = [slice(k, k + size) for k in range(0, len(images), size)]
        return BatchResult.joined(
            [self._forward(images[part], keys[part], record=False) for part in parts]
        )

    def _train(self, batch: Batch) -> BatchResult:
        result = self._forward(batch.images, batch.keys, record=True)
        for branch in self._branches:
            branch.learn(batch, self._on_all)
        self._updates += 1
        return result

    def _forward(self, images: np.ndarray, keys: np.ndarray, *, record: bool) -> BatchResult:
        n, chain = len(images), self._cores[: len(self.network.layers)]
        *local, output = self._branches
        heard = self.network.sources[len(chain) :] if record else ()

        def work(k: int) -> None:
            part = self._parts[k]
            shown = images[part]
            self._input[part][len(shown) :] = 0  # rows that images leaves over stay silent
            encode_steps(self.network.encoder, shown, keys[part], self._input[part][: len(shown)])
            for t in range(self.network.steps):
                s = self._input[part, t].astype(np.float32)
                sent = []
                for index, core in enumerate(chain):
                    learns = record and index >= self.network.first_plastic
                    s = core.blocks[k].step(s, t, record=learns)
                    sent.append(s)
                output.say(s, k, t)
                for branch, source in zip(local, heard):
                    branch.step(sent[source], k, t)

        self._on_all(work, n)
        v, readout = chain[-1].v, output.readout
        readout.count_all()
        readout.predict(v)
        return BatchResult(
            predictions=readout.prediction[:n].copy(),
            counts=readout.whole_count()[:n],
            v=v[:n].copy(),
        )

    def _on_all(self, work: Callable[[int], None], n: int) -> int:
        """Do ``work(k)`` for each block of ``n`` samples; return how many blocks those are."""
        blocks = -(-n // ROWS)
        with self._blas.limit(limits=1):
            if self._pool and blocks > 1:
                list(self._pool.map(work, range(blocks)))
            else:
                for k in range(blocks):
                    work(k)
        return blocks


def _held(delays: np.ndarray | None) -> np.ndarray | None:
    """Return a copy of shadow delays, float32 or int64."""
    if delays is None:
        return None
    return delays.astype(np.float32 if delays.dtype.kind == "f" else np.int64)
