"""One layer's working set: constants and weights in the layout the kernels want."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_intsnn.arithmetic import Rounding, limit
from lava_intsnn.engine import delay_updates, firing, weight_update
from lava_intsnn.engine.vector import BLOCK
from lava_intsnn.network import (
    Conv,
    Dense,
    Feedback,
    LayerBounds,
    Network,
    NetworkError,
    Neuron,
    Precision,
)
from lava_intsnn.network.per_neuron import numbers
from lava_intsnn.network.popcount_form import WORD_BITS
from lava_intsnn.network.update_bounds import MAX_LR_SHIFT


def padded(n: int) -> int:
    """Return ``n`` rounded up to whole vector registers of int16."""
    return 16 if n <= 16 else -(-n // 32) * 32


def potentials_fit_int16(layer: Dense | Conv, w_max: int) -> bool:
    """Whether no sum and no potential of binary input leaves int16 within a word of steps."""
    cell = layer.neuron
    if not isinstance(cell, Neuron):
        return False
    a = layer.fan_in * layer.seen_max * w_max
    most = held = 0
    for _ in range(WORD_BITS):
        most = (held >> min(numbers(cell.decay_shift))) + 1 + a
        held = min(most, limit(cell.v_bits))
    return not cell.guarded and most + max(numbers(cell.vth)) < np.iinfo(np.int16).max


class LayerKernel:
    """Constants, containers and weights of one layer.

    Parameters
    ----------
    layer : Dense or Conv
    precision, rounding, feedback
        As in the layer's network.
    bounds : LayerBounds, optional
        What is proven of the layer inside its network; without it, as for a Process composed by
        hand, every sum of learning is int64.

    Attributes
    ----------
    rows, columns : int
        Shape of the layer's weight matrix: neurons or filters, and what each of them sees.
    p : int
        ``P``, rows padded with zeros to whole vector registers.
    width : int
        Neurons, padded in a dense layer as rows are.
    w_shadow : int32 (columns, rows)
    w : int16 or int32 (columns, P)
        Inference weights. Those of filters are int16 only if their potentials fit int16, too.
    chunk : int
        Inputs that may be summed in w's own dtype before widening to int32.
    delays : int64 (O, fan_in)
        Of the synapses, where a layer has delays. An array of its own after each change.
    d_shadow : int32 (fan_in, rows)
        Shadow delays, where they learn.
    delta_bound : int
        Largest magnitude of an update summed over a batch.
    """

    def __init__(
        self,
        layer: Dense | Conv,
        *,
        precision: Precision,
        rounding: Rounding,
        feedback: Feedback,
        bounds: LayerBounds | None = None,
    ) -> None:
        w_max = precision.w_max
        self.layer = layer
        self.precision = precision
        self.neuron = firing.constants(layer.neuron, layer.n_out)
        self.rows, self.columns = layer.weight_shape
        conv = layer.kind == "conv"
        self.p = -(-self.rows // BLOCK) * BLOCK if conv else padded(self.rows)
        self.width = layer.n_out if conv else self.p
        # int16 pays only while many inputs fit before widening: 255 at eight bits
        narrow_w = w_max <= 128 and (not conv or potentials_fit_int16(layer, w_max))
        self.w_dtype: np.dtype[Any] = np.dtype(np.int16 if narrow_w else np.int32)
        self.chunk = int(np.iinfo(self.w_dtype).max) // w_max
        self.delta_bound = bounds.delta if bounds else np.iinfo(np.int64).max
        self.delta_dtype = bounds.delta_dtype if bounds else np.dtype(np.int64)
        narrow = bounds is not None and bounds.v_fb_sum < 2**31
        self.total_dtype = np.dtype(np.int32 if narrow else np.int64)
        self.v_fb_lim = np.int64(limit(feedback.v_fb_bits))
        self.fb_shift = np.int64(layer.fb_shift)
        self.rule = weight_update.UpdateRule(
            rounding=int(rounding),
            normalise=layer.normalise,
            clip=np.int64(layer.clip),
            decay_shift=np.int64(layer.weight_decay_shift or 0),
            w_shift=np.int64(precision.w_shift),
            w_min=np.int64(precision.w_shadow_min),
            w_max=np.int64(precision.w_shadow_max),
        )
        self.w_shadow = np.zeros((self.columns, self.rows), np.int32)
        self.w = np.zeros((self.columns, self.p), self.w_dtype)
        self.delays = np.zeros((0, 0), np.int64)
        self.delay_rule = delay_updates.DelayRule(
            rounding=int(rounding),
            clip=np.int64(layer.delay_clip),
            d_max=np.int64(layer.d_shadow_max),
        )
        self.d_shadow = np.zeros((layer.fan_in if layer.learns_delays else 0, self.rows), np.int32)

    @classmethod
    def of(cls, network: Network, index: int) -> LayerKernel:
        """Return layer ``index`` of all those of ``network``, with the containers of its proof."""
        return cls(
            network.all_layers[index],
            precision=network.precision,
            rounding=network.rounding,
            feedback=network.feedback,
            bounds=network.check().layers[index],
        )

    def load(self, w_shadow: np.ndarray, delays: np.ndarray | None = None) -> None:
        """Take shadow weights of the layer's ``weight_shape``, and the delays of the state."""
        if self.layer.max_delay:
            self.delays = self.layer.delays(delays).copy()
        if self.layer.learns_delays and delays is not None:
            self.d_shadow[:] = delays.T
        self.w_shadow[:] = w_shadow.T
        self.w[:, : self.rows] = self.precision.inference(self.w_shadow)

    def weights(self) -> np.ndarray:
        """Return a copy of the shadow weights, int32 ``(rows, columns)``."""
        # ascontiguousarray would return a view of a single row or column
        return np.array(self.w_shadow.T, order="C")

    def shadow_delays(self) -> np.ndarray:
        """Return the shadow delays, which learn, int64 ``(rows, fan_in)``."""
        return np.array(self.d_shadow.T, np.int64, order="C")

    def take_delays(self) -> None:
        """Let the synapses see what the delays have learned."""
        if self.layer.learns_delays:
            self.delays = self.layer.delays(self.shadow_delays())

    def w_rows(self) -> np.ndarray:
        """Return the inference weights feedback reads, int32 ``(rows, fan_in)``."""
        return np.ascontiguousarray(self.w[: self.layer.fan_in, : self.rows].T, dtype=np.int32)

    def lr_shift(self, lr_boost: int) -> int:
        """Return the learning shift of what is not recurrent, raised by ``lr_boost`` if it learns.

        Raises
        ------
        NetworkError
            If that is out of the range the bounds are proven for.
        """
        return _boosted(self.layer.lr_shift, lr_boost if self.layer.plastic else 0)

    def new_delta(self, copies: int = 1) -> np.ndarray:
        """Return zeroed update accumulators ``(copies, columns, P)``: none of a frozen layer.

        Where delays learn, as many rows as the layer has inputs follow: see :meth:`slope_of`.
        """
        columns = self.columns + len(self.d_shadow) if self.layer.plastic else 0
        return np.zeros((copies, columns, self.p), self.delta_dtype)

    def slope_of(self, delta: np.ndarray) -> np.ndarray:
        """Return the part ``(..., fan_in, P)`` of accumulators from which delays learn."""
        return delta[..., self.columns :, :]

    def update(
        self, delta: np.ndarray, *, lr_boost: int, key: np.uint64, columns: slice | None = None
    ) -> None:
        """Apply and clear ``delta (K, columns, P)``, for all columns or some of them.

        Fixed recurrent weights and frozen layers stay as they are, whatever their delta. Delays
        that learn do so, too; the synapses see them after :meth:`take_delays`.

        Raises
        ------
        NetworkError
            If the schedule takes the learning shift out of the range the bounds are proven for.
        """
        first, last = (columns.start, columns.stop) if columns else (0, self.columns)
        if self.layer.learns_delays:
            assert self.layer.delay_lr_shift is not None
            delay_updates.update_delays(
                first,
                min(last, self.layer.fan_in),
                self.slope_of(delta),
                self.d_shadow,
                self.w,  # as the batch saw them
                np.int64(_boosted(self.layer.delay_lr_shift, lr_boost, "delay_lr_shift")),
                self.delay_rule,
                key,
            )
        for block in self.layer.blocks:
            if block.lr_shift is None:
                continue
            weight_update.update_columns(
                max(first, block.first),
                min(last, block.last),
                delta,
                self.w_shadow,
                self.w,
                np.int64(_boosted(block.lr_shift, lr_boost)),
                self.rule,
                key,
            )


def _boosted(lr_shift: int, lr_boost: int, name: str = "lr_shift") -> int:
    boosted = lr_shift + lr_boost
    if not 0 <= boosted <= MAX_LR_SHIFT:
        raise NetworkError(
            f"{name} = {lr_shift} raised by {lr_boost} is {boosted}: must be in "
            f"0..{MAX_LR_SHIFT}; use fewer lr_drops"
        )
    return boosted
