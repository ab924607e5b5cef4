"""Updates of all-to-all synapses with a delay each whose voltages stay the same."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.cache_lines import aligned_zeros
from lava_intsnn.engine.delays import LANES
from lava_intsnn.engine.open_delays import STEPS, add_open_delays, lay_out, steady
from lava_intsnn.engine.pair_products import SQUARE
from lava_intsnn.engine.trace_updates import NARROW
from lava_intsnn.network import Layer
from lava_intsnn.network.trace import TraceRule

_INT16 = np.iinfo(np.int16).max


class SteadyUpdates:
    """Updates of samples whose voltages stay the same: see :mod:`.open_delays`."""

    def __init__(self, layer: Layer, steps: int) -> None:
        self._max_delay = layer.max_delay
        squares, inputs, outputs = (
            -(-n // SQUARE) * SQUARE for n in (steps, layer.fan_in, layer.n_out)
        )
        length = -(-squares // STEPS) * STEPS
        self._t_pre = aligned_zeros((squares, inputs), np.int32)
        self._gates = aligned_zeros((squares, outputs), np.uint8)
        self._seen = aligned_zeros((inputs, LANES, self._max_delay + length), np.uint8)
        self._open = aligned_zeros((outputs, LANES, length), np.uint8)

    def add(
        self,
        x: np.ndarray,
        gates: np.ndarray,
        v_fb: np.ndarray,
        rule: TraceRule,
        delays: np.ndarray,
        delta: np.ndarray,
    ) -> bool:
        """Add the updates of up to LANES samples, if they can be taken so; say whether they were.

        Parameters are those of ``Recorded``; ``delays (O, I)`` the synapses'.
        """
        n, steps, n_out = gates.shape
        if np.abs(v_fb[:, 0]).max() <= _INT16:  # products of int16 are as fast then
            return False
        voltages = np.empty((n, n_out), np.int32)
        if x.dtype != np.uint8 or not steady(v_fb, voltages):
            return False
        scratch = self._t_pre, self._gates, self._seen, self._open
        most = lay_out(np.ascontiguousarray(x), gates, rule, self._max_delay, *scratch)
        if most > np.iinfo(np.uint8).max:
            return False
        if float(np.abs(voltages.astype(np.float64)).sum(axis=0).max()) * most * steps >= NARROW:
            return False
        row = LANES * self._seen.shape[2]
        begins = np.arange(x.shape[2]) * row + self._max_delay - delays
        add_open_delays(self._seen, begins, self._open, voltages, delta)
        return True
