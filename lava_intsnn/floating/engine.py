"""Training and evaluating in float32: the interface of :class:`lava_intsnn.engine.Engine`."""

from __future__ import annotations

from types import TracebackType

import numpy as np
from threadpoolctl import ThreadpoolController

from lava_intsnn.engine.encode import ENCODER_CODES, encode_spikes
from lava_intsnn.engine.engine import BatchResult
from lava_intsnn.engine.validate import check_batch
from lava_intsnn.floating.layer import LayerCore
from lava_intsnn.floating.readout import ReadoutCore
from lava_intsnn.network import FrameEncoder, Network, NetworkError
from lava_intsnn.state import State


class FloatEngine:
    """Trains and evaluates a network in float32, ``network.batch`` samples at a time.

    Incomplete batches are filled up, as Lava's are: BLAS may round a product's rows differently
    for another number of rows. It runs on one thread for the same reason.

    Parameters
    ----------
    network : Network
        Of precision fp32.
    state : State
        Where to start; never modified.
    threads : int, optional
        As for :class:`~lava_intsnn.engine.Engine`, but without effect.

    Raises
    ------
    NetworkError
        If the network's precision is not fp32.
    ValueError
        If the state does not fit the network.
    """

    form = "float32"

    def __init__(self, network: Network, state: State, *, threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise ValueError(f"threads = {threads}: must be at least 1")
        if not network.precision.floating:
            raise NetworkError(
                f"precision {network.precision}: the float engine runs fp32, Engine the integers"
            )
        state.validate(network)
        self.network, self.threads = network, 1
        weights = (np.array(w, np.float32) for w in state.weights)
        self._cores = [LayerCore(network, *pair) for pair in zip(network.layers, weights)]
        self._readout = ReadoutCore(network)
        shape = (network.batch, network.steps, network.n_in)
        self._input = np.zeros(shape, np.uint8)
        self._blas = ThreadpoolController()
        self._seed, self._updates = state.seed, state.updates

    def __enter__(self) -> FloatEngine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: there are no threads to end."""

    def load(self, state: State) -> None:
        """Replace what has been learned."""
        state.validate(self.network)
        for core, w in zip(self._cores, state.weights, strict=True):
            core.w_shadow[:] = w
            core.load()
        self._seed, self._updates = state.seed, state.updates

    def state(self) -> State:
        """Return a copy of what has been learned."""
        weights = tuple(core.w_shadow.copy() for core in self._cores)
        return State(weights=weights, seed=self._seed, updates=self._updates)

    def infer_batch(self, images: np.ndarray, keys: np.ndarray) -> BatchResult:
        """Run ``images``, uint8 ``(B, n_values)``, encoded with ``keys``, uint64 ``(B,)``.

        Returns
        -------
        BatchResult
            ``v`` is float32.
        """
        check_batch(self.network, images, keys)
        size = self.network.batch
        with self._blas.limit(limits=1):
            parts = [
                self._forward(images[k : k + size], keys[k : k + size], record=False)
                for k in range(0, len(images), size)
            ]
        if not parts:
            n_classes = self.network.n_classes
            empty = np.zeros((0, n_classes), np.int32)
            return BatchResult(np.zeros(0, np.int32), empty, empty.astype(np.float32))
        return BatchResult(
            predictions=np.concatenate([part.predictions for part in parts]),
            counts=np.concatenate([part.counts for part in parts]),
            v=np.concatenate([part.v for part in parts]),
        )

    def train_batch(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int = 0
    ) -> BatchResult:
        """Make one update; see :meth:`lava_intsnn.engine.Engine.train_batch`."""
        check_batch(self.network, images, keys, labels)
        with self._blas.limit(limits=1):
            result = self._forward(images, keys, record=True)
            self._learn(labels, keys, lr_boost)
        self._updates += 1
        return result

    def _forward(self, images: np.ndarray, keys: np.ndarray, *, record: bool) -> BatchResult:
        n = len(images)
        self._encode(images, keys)
        for t in range(self.network.steps):
            s = self._input[:, t].astype(np.float32)
            for core in self._cores:
                s = core.step(s, t, record=record)
            self._readout.add(s, t)
        v = self._cores[-1].v
        self._readout.predict(v)
        return BatchResult(
            predictions=self._readout.prediction[:n].copy(),
            counts=self._readout.count[:n].astype(np.int32),
            v=v[:n].copy(),
        )

    def _encode(self, images: np.ndarray, keys: np.ndarray) -> None:
        n, encoder, steps = len(images), self.network.encoder, self.network.steps
        self._input[n:] = 0
        if isinstance(encoder, FrameEncoder):
            frames = images.reshape(n, steps, -1)
            np.minimum(frames, np.uint8(encoder.max_count), out=self._input[:n])
        else:
            encode_spikes(images, keys, steps, ENCODER_CODES[encoder.kind], self._input[:n])

    def _learn(self, labels: np.ndarray, keys: np.ndarray, lr_boost: int) -> None:
        spare = self.network.batch - len(labels)
        labels = np.concatenate([labels.astype(np.int64), np.full(spare, -1)])
        self._readout.compare(labels, np.concatenate([keys, np.zeros(spare, np.uint64)]))
        cores = self._cores
        v_fb = cores[-1].from_error(self._readout.err)
        for index in range(len(cores) - 1, -1, -1):
            core, below = cores[index], index - 1
            # the layer below hears of the error before this one changes its weights
            v_fb_below = cores[below].from_messages(core.feedback(v_fb)) if index else v_fb
            core.learn(v_fb, lr_boost=lr_boost)
            v_fb = v_fb_below
