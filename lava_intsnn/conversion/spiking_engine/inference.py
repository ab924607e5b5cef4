"""Inference of batches of images on all cores, with the same bits for any number of threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.noise import Noise
from lava_intsnn.conversion.quantised import inputs_of
from lava_intsnn.conversion.result import Result
from lava_intsnn.conversion.spiking_engine.image_run import run
from lava_intsnn.conversion.spiking_engine.layout import encoder_arrays, hidden_of, layers_of
from lava_intsnn.conversion.spiking_engine.reach import reach_of
from lava_intsnn.conversion.spiking_engine.thermometer import encode
from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.cores import thread_count
from lava_intsnn.engine.vector import BLOCK
from lava_intsnn.progress_bar import progress_over

#: Images a thread takes at a time: few, so that threads end together and levels fit in cache.
CHUNK = 16


@checks_kinds
def infer(
    network: SpikingNetwork,
    images: npt.NDArray[np.uint8],
    *,
    steps: int | None = None,
    record: bool = False,
    noise: Noise | None = None,
    first_sample: int = 0,
    threads: int | None = None,
) -> Result:
    """Run images, each until it is quiet.

    The result takes memory: the counts of 1,000 images in LeNet take 58 MB, their spikes at 64
    steps 1.9 GB. Use :func:`infer_batches` for larger sets.

    Parameters
    ----------
    network : SpikingNetwork
    images : (B, H, W, C) uint8 array
    steps : int, optional
        T, at most ``network.max_steps``. By default one more than the last spike of the batch
        needs, or ``network.max_steps`` if some image is not quiet by then.
    record : bool
        Keep every spike.
    noise : Noise, optional
    first_sample : int
        Number of the first image in its data set: keys the noise.
    threads : int, optional
        All usable cores by default; changes no result.

    Returns
    -------
    Result

    Raises
    ------
    ConversionError
        If the images do not fit the network or there are too many steps.
    """
    runner = Runner(network, steps=steps, threads=threads)
    return runner.infer(images, record=record, noise=noise, first_sample=first_sample)


@checks_kinds
def infer_batches(
    network: SpikingNetwork,
    images: npt.NDArray[np.uint8],
    *,
    batch: int = 500,
    steps: int | None = None,
    record: bool = False,
    noise: Noise | None = None,
    first_sample: int = 0,
    threads: int | None = None,
) -> Iterator[Result]:
    """Yield the results of ``batch`` images at a time; otherwise as :func:`infer`."""
    runner = Runner(network, steps=steps, threads=threads)
    firsts = range(0, len(images), batch)
    for first in progress_over(firsts, len(firsts), unit="batches"):
        part, sample = images[first : first + batch], first_sample + first
        yield runner.infer(part, record=record, noise=noise, first_sample=sample)


class Runner:
    """A network arranged for the kernels, for many batches; see :func:`infer`."""

    def __init__(
        self, network: SpikingNetwork, *, steps: int | None = None, threads: int | None = None
    ) -> None:
        self.threads = thread_count(threads, ConversionError)
        if steps is not None:
            network.check_steps(steps)
        self.network, self.steps = network, steps
        # an encoder alone is silent after its levels
        settled = network.layers[0].levels + 1 if len(network.layers) == 1 else network.max_steps
        self._most = steps or settled
        self._layers = layers_of(network)
        self._reach = reach_of(network, self._layers)
        self._hidden = hidden_of(network, self._most)
        readout = network.readout.T.astype(np.int64) * network.layers[-1].amplitude
        self._readout = np.ascontiguousarray(readout)
        self._sizes = [int(np.prod(shape)) for shape in network.shapes]

    def infer(
        self,
        images: npt.NDArray[np.uint8],
        *,
        record: bool = False,
        noise: Noise | None = None,
        first_sample: int = 0,
    ) -> Result:
        """Run images (B, H, W, C) as :func:`infer` does."""
        pixels = inputs_of(self.network, images, noise=noise, first_sample=first_sample)
        if record and self.steps is None:  # the number of steps is not known before
            steps = self._run(pixels, self._most, record=False).logits.shape[0]
            return self._run(pixels, steps, record=True)
        return self._run(pixels, self._most, record=record)

    def _run(self, pixels: npt.NDArray[np.int32], steps: int, *, record: bool) -> Result:
        n, n_layers, n_neurons = len(pixels), len(self._layers), sum(self._sizes)
        out = (
            np.zeros((n, n_neurons), np.int16),
            np.zeros((n, steps, self.network.n_classes), np.int64),
            np.zeros((n, n_layers, steps), np.int32),
            np.zeros((n, n_layers, steps), np.int32),
            np.zeros((n, n_layers, steps), np.int64),
            np.zeros(n, np.int32),
        )
        recorded = np.zeros((n, steps, n_neurons) if record else (n, steps, 0), np.int8)
        largest = max(abs(int(pixels.max(initial=0))), abs(int(pixels.min(initial=0))))
        encoder = encoder_arrays(self.network, largest)
        parts = iter([slice(k, min(k + CHUNK, n)) for k in range(0, n, CHUNK)])
        lock = threading.Lock()

        def work() -> None:
            worker = _Worker(self)
            while True:
                with lock:
                    part = next(parts, None)
                if part is None:
                    return
                worker.run(pixels[part], encoder, steps, [a[part] for a in out], recorded[part])

        workers = min(self.threads, -(-n // CHUNK))
        if workers > 1:
            with ThreadPoolExecutor(workers - 1) as pool:
                others = [pool.submit(work) for _ in range(workers - 1)]
                work()
            for other in others:
                other.result()
        else:
            work()
        return self._result(out, recorded if record else None)

    def _result(self, out: tuple[npt.NDArray, ...], recorded: npt.NDArray | None) -> Result:
        counts, logits, events, retractions, synops, quiet_at = out
        steps = logits.shape[1]
        if self.steps is None:
            steps = min(int(quiet_at.max(initial=0)) + 1, steps)
        return Result(
            counts=tuple(self._of_layers(counts)),
            logits=np.ascontiguousarray(logits[:, :steps].swapaxes(0, 1)),
            events=events[:, :, :steps].copy(),
            retractions=retractions[:, :, :steps].copy(),
            synops=synops[:, :, :steps].copy(),
            quiet_at=quiet_at,
            spikes=None if recorded is None else tuple(self._of_layers(recorded.swapaxes(0, 1))),
        )

    def _of_layers(self, neurons: npt.NDArray) -> Iterator[npt.NDArray]:
        """Yield the arrays (..., H, W, O) of the layers that ``neurons (..., N)`` holds."""
        at = 0
        for size, shape in zip(self._sizes, self.network.shapes):
            yield neurons[..., at : at + size].reshape(*neurons.shape[:-1], *shape)
            at += size


class _Worker:
    """A thread's network and memory."""

    def __init__(self, runner: Runner) -> None:
        layers = runner._layers
        most = int((layers["positions"] * layers["channels"]).max())
        spikes = np.zeros((2, most, 2), np.int32)
        self._lanes = [
            (
                lanes.steps,
                (layers, runner._reach, lanes.weights, lanes.thresholds, runner._readout),
                (lanes.upper, lanes.lower),
                (*(np.empty_like(lanes.upper) for _ in range(3)), spikes),
            )
            for lanes in runner._hidden
        ]
        self._encoder = layers[0]
        blocks = int(self._encoder["positions"] * self._encoder["blocks"])
        self._levels = np.zeros((CHUNK, blocks, BLOCK), np.int16)

    def run(
        self,
        pixels: npt.NDArray[np.int32],
        encoder: tuple[npt.NDArray, npt.NDArray],
        steps: int,
        out: list[npt.NDArray],
        recorded: npt.NDArray[np.int8],
    ) -> None:
        """Run images in the narrowest lanes that hold their potentials until they are quiet."""
        levels = self._levels[: len(pixels)]
        encode(pixels, self._encoder, *encoder, levels)
        parts = [slice(None)]
        for most, network, first, state in self._lanes:
            for part in parts:
                own = tuple(a[part] for a in out)
                run(levels[part], min(steps, most), network, first, state, own, recorded[part])
            # cut off: once more in wider lanes
            parts = [slice(b, b + 1) for b in np.flatnonzero(out[-1] == most)]
