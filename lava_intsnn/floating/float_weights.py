"""What a layer has learned, in float32, and how it changes."""

from __future__ import annotations

import numpy as np

from lava_intsnn.arithmetic import NORMALISED_BITS
from lava_intsnn.network import Conv, Dense, Network

#: A layer's ``clip`` from here on limits nothing.
NO_CLIP = (1 << 30) - 1


class Weights:
    """Shadow weights of a layer and what follows from them.

    They keep the unit of the integer layer's shadow weights, ``w = w_shadow * 2**-w_shift``, so the
    same constants fit.

    Parameters
    ----------
    network : Network
        Gives T and the precision.
    layer : Dense or Conv
    w_shadow : float32 (rows, columns)
        Learned in place.
    delays : float32 or int64 (rows, fan_in), optional
        Shadow delays of the state; float32 where they learn, in place.

    Attributes
    ----------
    w : float32 (rows, columns)
        Inference weights.
    forward, recurrent : float32 (rows, fan_in), (rows, O or 0)
        Views of them: feed-forward and recurrent columns.
    by_delay : float32 (D, rows, fan_in)
        Feed-forward weights of the synapses with delay 0, 1, ..., elsewhere 0, where a layer has
        delays.
    """

    def __init__(
        self,
        network: Network,
        layer: Dense | Conv,
        w_shadow: np.ndarray,
        delays: np.ndarray | None = None,
    ) -> None:
        self.network, self.layer, self.w_shadow = network, layer, w_shadow
        self.d_shadow = delays
        self.delays = np.zeros((0, 0), np.int64)
        self.w = np.zeros(layer.weight_shape, np.float32)
        self.forward, self.recurrent = self.w[:, : layer.fan_in], self.w[:, layer.fan_in :]
        # a synapse whose delay is longer than a sample never sees anything
        longest = min(layer.max_delay, network.steps - 1)
        masks = longest + 1 if layer.max_delay else 0
        self.by_delay = np.zeros((masks, *self.forward.shape), np.float32)
        self.take_delays()
        self.load()

    def take_delays(self) -> None:
        """Take the delays as they are now."""
        if self.layer.max_delay:
            self.delays = self.layer.delays(self.d_shadow)
        self.delay_masks = tuple(self.delays == d for d in range(len(self.by_delay)))

    def load(self) -> None:
        """Take the shadow weights as they are now."""
        self.w[:] = self.network.precision.inference(self.w_shadow)
        for w, mask in zip(self.by_delay, self.delay_masks):
            np.multiply(self.forward, mask, out=w)

    def learned(self) -> list[tuple[slice, int]]:
        """Return the columns that learn, with their learning shifts: fixed recurrence stays."""
        return [
            (slice(block.first, block.last), block.lr_shift)
            for block in self.layer.blocks
            if block.lr_shift is not None
        ]

    def update(self, deltas: list[np.ndarray], *, lr_boost: int) -> None:
        """Make one update (3.17, 3.18) with the ``delta`` of each part of :meth:`learned`.

        Where delays learn, their slope follows.
        """
        layer = self.layer
        if layer.learns_delays:
            *deltas, slope = deltas
            self._update_delays(slope * self.forward, lr_boost=lr_boost)
        for (part, lr_shift), delta in zip(self.learned(), deltas, strict=True):
            w = self.w_shadow[:, part]
            if layer.normalise:
                delta = normalised(delta)
            d = delta * half_power(lr_shift + lr_boost)
            if layer.clip < NO_CLIP:
                np.clip(d, -layer.clip, layer.clip, out=d)
            if layer.weight_decay_shift is not None:
                d += w * half_power(layer.weight_decay_shift)
            w -= d
        self.load()

    def _update_delays(self, delta_d: np.ndarray, *, lr_boost: int) -> None:
        """Make one update of the shadow delays; the weights are those that the batch saw."""
        layer = self.layer
        assert self.d_shadow is not None
        assert layer.delay_lr_shift is not None
        d = delta_d * half_power(layer.delay_lr_shift + lr_boost)
        np.clip(d, -layer.delay_clip, layer.delay_clip, out=d)
        np.clip(self.d_shadow - d, 0, layer.d_shadow_max, out=self.d_shadow)
        self.take_delays()


def normalised(delta: np.ndarray) -> np.ndarray:
    """Return each column of float32 ``(rows, columns)`` divided by its largest, times 2**15.

    This is :func:`lava_intsnn.arithmetic.normalised` without rounding. A column of zeros stays.
    """
    most = np.abs(delta).max(axis=0)
    # the quotient first: it is within -1..1, while a factor of 2**15 / most could be infinite
    shares = np.divide(delta, most, out=np.zeros_like(delta), where=most > 0)
    return shares * np.float32(1 << NORMALISED_BITS)


def half_power(shift: int) -> np.float32:
    """Return ``2**-shift``, what a right shift is in floating point."""
    return np.float32(2.0**-shift)
