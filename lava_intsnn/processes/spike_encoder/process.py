"""`SpikeEncoder`, a Lava Process that encodes samples as spikes or counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.ports.ports import OutPort

from lava_intsnn.field_checks import shown
from lava_intsnn.network import Encoder, FrameEncoder, NetworkError, RateEncoder
from lava_intsnn.network.errors import BATCH, require_range
from lava_intsnn.proc_models.layer_spec import SampleSchedule
from lava_intsnn.proc_models.shared_memory import SampleMemory
from lava_intsnn.processes.checked_process import CheckedProcess
from lava_intsnn.random_keys import train_keys


class SpikeEncoder(CheckedProcess):
    """Encodes samples in batches of B, each for ``steps`` time steps.

    With ``images`` it repeats them in passes; pass ``p`` draws the random bits that
    ``lava_intsnn.train`` draws in epoch ``p`` with the same seed. With ``n_in`` instead, it encodes
    the samples that the host writes to :attr:`memory`: batch q in slot ``q % slots``.

    Ports
    -----
    s_out : (B, I)
        Binary spikes, or counts per frame with a :class:`~lava_intsnn.network.FrameEncoder`.
    label_out : (B,)
        Labels, one message per sample at step ``label_step``. An incomplete last batch is filled
        with black images labelled -1, which are not learned.
    key_out : (B,)
        Encoding keys, sent with the labels, as int64 with the bits of the uint64.

    Parameters
    ----------
    images : uint8 (N, I), optional
        (N, T * I) with frames.
    labels : integer (N,), optional
        By default -1, which marks samples that are not learned.
    keys : uint64 (N,), optional
        Encoding keys, which are the same in each pass.
    steps, batch : int
        T and B. With ``batch=None`` samples come one at a time, and ``s_out`` is (I,).
    encoder : RateEncoder, FrameEncoder or NeuronEncoder, optional
    label_step : int, optional
        The last step by default. Must equal the ``label_step`` of the IntReadout, which is earlier
        with error neurons.
    seed : int
        Keys the encoding if ``keys`` are not given.
    n_in, slots : int
        In place of ``images``: the number of inputs, and of batches that the host may write ahead.
    **options
        See :class:`~lava_intsnn.processes.checked_process.CheckedProcess`.

    Raises
    ------
    ValueError
        If arrays do not fit each other.
    """

    def __init__(
        self,
        *,
        images: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        keys: np.ndarray | None = None,
        steps: int = 20,
        batch: int | None = 1,
        encoder: Encoder | None = None,
        label_step: int | None = None,
        seed: int = 0,
        n_in: int | None = None,
        slots: int = 1,
        **options: Any,
    ) -> None:
        one_sample = batch is None
        batch = 1 if batch is None else batch
        schedule = SampleSchedule(steps)
        require_range("batch", batch, *BATCH)
        label_step = steps - 1 if label_step is None else label_step
        require_range("label_step", label_step, 0, steps - 1, "steps - 1 is a sample's last")
        if not isinstance(encoder, Encoder | None):
            raise NetworkError(
                f"encoder = {shown(encoder)}: must be a RateEncoder, a FrameEncoder, a "
                "NeuronEncoder or None"
            )
        frames = steps if isinstance(encoder, FrameEncoder) else 1
        if images is not None and n_in is None:
            memory = _filled(images, labels, keys, batch=batch, seed=seed, frames=frames)
        elif images is None and n_in is not None:
            memory = SampleMemory.empty(slots, batch, n_in * frames)
        else:
            raise ValueError("give either images or n_in, the number of inputs")
        self.memory = memory
        super().__init__(
            memory=memory,
            schedule=schedule,
            encoder=encoder or RateEncoder(),
            label_step=label_step,
            seed=seed,
            new_keys=images is not None and keys is None,
            one_sample=one_sample,
            **options,
        )
        self.label_step = label_step
        rows = () if one_sample else (batch,)
        self.s_out = OutPort(shape=(*rows, memory.images.shape[2] // frames))
        self.label_out = OutPort(shape=(batch,))
        self.key_out = OutPort(shape=(batch,))


def _filled(
    images: np.ndarray,
    labels: np.ndarray | None,
    keys: np.ndarray | None,
    *,
    batch: int,
    seed: int,
    frames: int,
) -> SampleMemory:
    images = np.asarray(images)
    if images.ndim != 2 or images.dtype != np.uint8 or not images.size:
        raise ValueError(f"images are {images.dtype} {images.shape}: give uint8 (N, I), N >= 1")
    if images.shape[1] % frames:
        raise ValueError(
            f"images have {images.shape[1]} values: {frames} frames must divide them; a sample is "
            "its frames one after the other"
        )
    n = len(images)
    labels = np.full(n, -1) if labels is None else np.asarray(labels)
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ValueError(f"labels are {labels.dtype} {labels.shape}: give integers ({n},)")
    keys = train_keys(seed, 0, np.arange(n)) if keys is None else np.asarray(keys)
    if keys.shape != (n,) or keys.dtype != np.uint64:
        raise ValueError(f"keys are {keys.dtype} {keys.shape}: give uint64 ({n},)")
    memory = SampleMemory.empty(-(-n // batch), batch, images.shape[1])
    for slot in range(len(memory.images)):
        part = slice(slot * batch, (slot + 1) * batch)
        memory.put(slot, images[part], labels[part], keys[part])
    return memory
