"""Memory shared by a Process and its ProcessModel.

Lava forks its actors, so parent and child share an anonymous mapping that was made in the parent.
Weights, samples and predictions are thus transferred at no cost, while ``Var.get`` moves an array
element by element, 1.3 s for 784 x 100. The memory has no name, so nothing can be left behind.
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lava_intsnn.field_checks import short_repr
from lava_intsnn.loihi.microcode.machine import Machine
from lava_intsnn.loihi.profiling.core_meter import KINDS, CoreMeter


def shared_array(shape: int | tuple[int, ...], dtype: npt.DTypeLike) -> np.ndarray:
    """Return a zeroed array that is shared with processes forked from this one.

    Copies of it are ordinary arrays: write with ``array[:] = ...``.
    """
    dtype = np.dtype(dtype)
    n = int(np.prod(shape))
    return np.frombuffer(mmap.mmap(-1, max(1, n * dtype.itemsize)), dtype, n).reshape(shape)


def _cell(value: int) -> np.ndarray:
    """Return a shared int64 (1,) that holds ``value``."""
    cell = shared_array(1, np.int64)
    cell[:] = value
    return cell


@dataclass(frozen=True)
class LayerMemory:
    """The arrays of a running layer that the host may read and write.

    Parameters
    ----------
    w_shadow : int32, of the layer's weight shape
    w_float : float32, of the same shape
        Shadow weights of the ``floating_pt`` model, once ``floating`` is 1.
    lr_shift, learning, updates, floating : int64 (1,)
    feedback_weights : int32 (O, n_classes) or None
        Fixed weights of a hidden layer with random feedback.
    delays : int64 (O, fan_in) or None
        Shadow delays of the state.
    d_float : float32 (O, fan_in) or None
        Those of the ``floating_pt`` model, where delays learn.
    """

    w_shadow: np.ndarray
    w_float: np.ndarray
    lr_shift: np.ndarray
    learning: np.ndarray
    updates: np.ndarray
    floating: np.ndarray
    feedback_weights: np.ndarray | None = None
    delays: np.ndarray | None = None
    d_float: np.ndarray | None = None

    __repr__ = short_repr

    @classmethod
    def of(
        cls,
        w_shadow: np.ndarray,
        *,
        lr_shift: int,
        learning: bool,
        updates: int,
        feedback_weights: np.ndarray | None = None,
        delays: np.ndarray | None = None,
        learns_delays: bool = False,
    ) -> LayerMemory:
        """Return memory that holds these values. With float32 weights it is ``floating``."""
        shape = None if delays is None else delays.shape
        if feedback_weights is not None:
            feedback_weights = feedback_weights.astype(np.int32)
        memory = cls(
            shared_array(w_shadow.shape, np.int32),
            shared_array(w_shadow.shape, np.float32),
            lr_shift=_cell(lr_shift),
            learning=_cell(learning),
            updates=_cell(updates),
            floating=_cell(w_shadow.dtype == np.float32),
            feedback_weights=feedback_weights,
            delays=None if shape is None else shared_array(shape, np.int64),
            d_float=shared_array(shape, np.float32) if shape and learns_delays else None,
        )
        memory.weights[:] = w_shadow
        if memory.shadow_delays is not None:
            memory.shadow_delays[:] = delays
        return memory

    @property
    def weights(self) -> np.ndarray:
        """Return the shadow weights that the current model uses."""
        return self.w_float if self.floating[0] else self.w_shadow

    @property
    def shadow_delays(self) -> np.ndarray | None:
        """Return the shadow delays that the current model uses, if any."""
        return self.d_float if self.floating[0] and self.d_float is not None else self.delays


@dataclass(frozen=True)
class SampleMemory:
    """Samples for a :class:`SpikeEncoder`, in slots of one batch: batch ``q`` in slot ``q % S``.

    ``images`` uint8 ``(S, B, n_values)``, ``labels`` int32 ``(S, B)``, ``keys`` uint64 ``(S, B)``.
    """

    images: np.ndarray
    labels: np.ndarray
    keys: np.ndarray

    __repr__ = short_repr

    @classmethod
    def empty(cls, slots: int, batch: int, n_values: int) -> SampleMemory:
        """Return ``slots`` batches of black images that are not to be learned."""
        memory = cls(
            shared_array((slots, batch, n_values), np.uint8),
            shared_array((slots, batch), np.int32),
            shared_array((slots, batch), np.uint64),
        )
        memory.labels[:] = -1
        return memory

    def put(self, slot: int, images: np.ndarray, labels: np.ndarray, keys: np.ndarray) -> None:
        """Fill a slot. Rows beyond ``images`` become black and are not learned."""
        n = len(images)
        self.images[slot, :n], self.images[slot, n:] = images, 0
        self.labels[slot, :n], self.labels[slot, n:] = labels, -1
        self.keys[slot, :n], self.keys[slot, n:] = keys, 0


@dataclass(frozen=True)
class ResultMemory:
    """Results of an output layer, in slots as in :class:`SampleMemory`.

    ``predictions`` int32 ``(S, B)``, ``counts`` int32 ``(S, B, O)``, ``v`` ``(S, B, O)``: int32,
    or float32 in fp32. The ``floating_pt`` model of an integer network truncates ``v``.
    """

    predictions: np.ndarray
    counts: np.ndarray
    v: np.ndarray

    __repr__ = short_repr

    @classmethod
    def empty(
        cls, slots: int, batch: int, n_out: int, *, v_dtype: npt.DTypeLike = np.int32
    ) -> ResultMemory:
        """Return memory for the results of ``slots`` batches."""
        return cls(
            shared_array((slots, batch), np.int32),
            shared_array((slots, batch, n_out), np.int32),
            shared_array((slots, batch, n_out), v_dtype),
        )

    def put(self, slot: int, prediction: np.ndarray, count: np.ndarray, v: np.ndarray) -> None:
        """Store one batch."""
        slot %= len(self.predictions)
        self.predictions[slot], self.counts[slot], self.v[slot] = prediction, count, v


@dataclass(frozen=True)
class StepCounts:
    """What the virtual cores of one layer do in each Lava time step, for a profiler of the host.

    ``counts`` int64 ``(steps, cores, kinds)``, ``done`` int64 ``(1,)`` the steps so far; those
    beyond ``steps`` are only counted, not kept.
    """

    counts: np.ndarray
    done: np.ndarray
    meter: CoreMeter

    __repr__ = short_repr

    @classmethod
    def empty(cls, steps: int, meter: CoreMeter) -> StepCounts:
        """Return memory for ``steps`` steps."""
        return cls(shared_array((steps, len(meter.cores), len(KINDS)), np.int64), _cell(0), meter)

    def begin(self) -> None:
        """Begin a Lava time step; everything until the next one belongs to it."""
        self.done[:] += 1

    def watch(
        self,
        machine: Machine,
        step: int,
        arriving: Mapping[str, np.ndarray],
        sent: Mapping[str, np.ndarray],
    ) -> None:
        """Add a step of the layer's machine."""
        found = self.meter.measure(machine, step, arriving, sent)
        if (row := self._row()) is not None:
            row += found

    def labelled(self) -> None:
        """Add the labels that came from the host."""
        if (row := self._row()) is not None:
            self.meter.labelled(row)

    def _row(self) -> np.ndarray | None:
        at = int(self.done[0]) - 1
        return self.counts[at] if 0 <= at < len(self.counts) else None
