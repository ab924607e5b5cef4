"""All-to-all synapses with a delay each."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine import delay_pairs, delay_updates, delays
from lava_intsnn.engine.cache_lines import aligned_zeros
from lava_intsnn.engine.delay_pairs import FOUR, PLACES
from lava_intsnn.engine.delays import LANES
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.synapses.steady_updates import SteadyUpdates
from lava_intsnn.engine.synapses.step_synapses import Recorded, StepSynapses
from lava_intsnn.engine.trace_updates import NOTHING_LASTS

_INT16 = np.iinfo(np.int16).max


def delayed_synapses(kernel: LayerKernel, *, steps: int, graded: bool) -> StepSynapses:
    """Return synapses with delays: in products of int16 if all that is multiplied fits."""
    layer = kernel.layer
    most = (255 if graded else 1) * layer.seen_max
    rules = layer.traces if layer.plastic else ()
    trace = max((rule.bounds(most, steps)[0] for rule in rules), default=most)
    narrow = max(most, trace) <= _INT16 and kernel.precision.w_max <= _INT16 + 1
    kind = PairedDelays if narrow else WideDelays
    return kind(kernel, steps=steps, graded=graded)


class WideDelays(StepSynapses):
    """Lays activity in lanes of int32, ``LANES`` samples side by side: see :mod:`.delays`."""

    def __init__(self, kernel: LayerKernel, *, steps: int, graded: bool) -> None:
        super().__init__(kernel, steps=steps, graded=graded)
        self._max_delay = kernel.layer.max_delay
        self._delays: np.ndarray | None = None  # of the offsets below
        self._lanes = self._new_lanes()
        self._row = aligned_zeros(steps * LANES, np.int32)
        self._past: list[np.ndarray] = []  # of each LANES samples, where steps come one by one
        self._now = aligned_zeros(LANES, np.int32)

    def sums(self, x: np.ndarray, a: np.ndarray) -> None:
        """Write the synaptic sums of whole samples."""
        offsets = self._offsets()
        for part in _parts(len(x)):
            delays.to_lanes(x[part], self._max_delay, NOTHING_LASTS, self._lanes)
            delays.sums_delayed(self._lanes, self.w, offsets, self._row, a[part])

    def step_sums(self, s_in: np.ndarray, t: int, a: np.ndarray) -> None:
        """Add up what each synapse sees now; steps to come are overwritten before they are seen."""
        first, offsets = (self._max_delay + t) * LANES, self._offsets() + t * LANES
        for k, part in enumerate(_parts(len(s_in))):
            if k == len(self._past):
                self._past.append(self._new_lanes())
            lanes, shown = self._past[k], s_in[part]
            lanes[:, first : first + len(shown)] = shown.T
            now = a[part][:, None]
            delays.sums_delayed(lanes, self.w, offsets, self._now, now)

    def delta(self, seen: Recorded, delta: np.ndarray) -> None:
        """Add the updates of samples."""
        x, gates, v_fb, active = seen
        for part in _parts(len(x)):
            if not active[part].any():
                continue
            most = delays.to_lanes(x[part], self._max_delay, self.trace, self._lanes)
            learned = self._offsets(), gates[part], v_fb[part], active[part], self._row
            delays.delta_delayed(self._lanes, most, *learned, delta)
            if self.kernel.layer.learns_delays:
                delay_updates.slope_lanes(self._max_delay, x.shape[1], self._lanes)
                most = int(abs(self._lanes).max())
                slope = self.kernel.slope_of(delta)
                delays.delta_delayed(self._lanes, most, *learned, slope)

    def _offsets(self) -> np.ndarray:
        """Return where in the lanes each synapse's past begins, int64 ``(O, I)``."""
        if self._delays is not self.kernel.delays:
            self._delays = self.kernel.delays
            self._begins = (self._max_delay - self._delays) * LANES
        return self._begins

    def _new_lanes(self) -> np.ndarray:
        row = (self._max_delay + self.steps) * LANES
        return aligned_zeros((self.kernel.layer.fan_in, row), np.int32)


class PairedDelays(StepSynapses):
    """Lays activity in lanes of int16: see :mod:`.delay_pairs`."""

    def __init__(self, kernel: LayerKernel, *, steps: int, graded: bool) -> None:
        super().__init__(kernel, steps=steps, graded=graded)
        layer = kernel.layer
        self._max_delay = layer.max_delay
        self._fours = -(-steps // FOUR) * FOUR
        self._row = (self._max_delay + self._fours + FOUR) * LANES
        rows = -(-layer.n_out // LANES) * LANES  # whole squares
        self._pairs = np.zeros((layer.n_out, (layer.fan_in + 1) // 2), np.int32)
        small = layer.fan_in * self._row < 2**31  # all of them are read again and again
        index = np.int32 if small else np.int64
        self._begins = np.zeros((layer.n_out, 2 * self._pairs.shape[1]), index)
        self._delays: np.ndarray | None = None  # of the beginnings
        near = (min(delay_pairs.AT_A_TIME, self._fours) + self._max_delay) * LANES * 2
        self._inputs = max(2, delay_pairs.NEAR // near // 2)
        self._lanes = self._new_lanes()
        self._sums = aligned_zeros((rows, self._fours * LANES), np.int32)
        self._a = np.zeros((LANES, steps, kernel.p), np.int32)
        self._past: list[np.ndarray] = []  # of each LANES samples, where steps come one by one
        self._now = aligned_zeros((rows, FOUR * LANES), np.int32)
        self._steady: SteadyUpdates | None = None
        if layer.plastic and not layer.learns_delays:
            self._steady = SteadyUpdates(layer, steps)
        if layer.plastic:
            outputs = min(delay_pairs.OUTPUTS, rows)
            self._q = np.zeros((LANES, steps, kernel.p), np.int32)
            self._q_lanes = aligned_zeros((outputs, self._fours * LANES), np.int32)
            self._digits = aligned_zeros((2, *self._q_lanes.shape), np.int16)

    def sums(self, x: np.ndarray, a: np.ndarray) -> None:
        """Write the synaptic sums of whole samples."""
        for part in _parts(len(x)):
            delay_pairs.to_int16_lanes(self._placed(x[part]), self._max_delay, self._lanes)
            self._add_up(self._lanes, 0, self._sums)
            n = part.stop - part.start
            into = a[part] if n == LANES and a.flags.c_contiguous else self._a
            delay_pairs.by_sample(self._sums, into)
            if into is self._a:
                a[part] = into[:n, : a.shape[1], : a.shape[2]]

    def step_sums(self, s_in: np.ndarray, t: int, a: np.ndarray) -> None:
        """Add up what each synapse sees now; steps to come are overwritten before they are seen."""
        self.read_weights()
        first = (self._max_delay + t) * LANES
        now = self._a[:, :1].copy()
        for k, part in enumerate(_parts(len(s_in))):
            if k == len(self._past):
                self._past.append(self._new_lanes())
            lanes, shown = self._past[k], s_in[part]
            lanes[:, first + PLACES[: len(shown)]] = shown.T
            delay_pairs.sums_in_lanes(
                lanes, self._pairs, self._begins, t * LANES, FOUR, self._inputs, self._now
            )
            delay_pairs.by_sample(self._now, now)
            a[part] = now[: len(shown), 0, : a.shape[1]]

    def delta(self, seen: Recorded, delta: np.ndarray) -> None:
        """Add the updates of samples."""
        x, gates, v_fb, active = seen
        learned, steps = np.flatnonzero(active), gates.shape[1]
        self._begin()
        into = delta[: self.kernel.layer.fan_in]
        for part in _parts(len(learned)):
            chosen = part if len(learned) == len(active) else learned[part]
            n = part.stop - part.start
            if self._steady and self._steady.add(
                x[chosen], gates[chosen], v_fb[chosen], self.trace, self.kernel.delays, into
            ):
                continue
            delay_pairs.to_int16_lanes(
                self._placed(x[chosen, :steps]), self._max_delay, self._lanes
            )
            delay_pairs.trace_lanes(self._max_delay, steps, self.trace, self._lanes)
            if n < LANES:
                self._q[:] = 0
            delay_pairs.gated_voltages(gates[chosen], v_fb[chosen], PLACES, self._q)
            self._add_updates(int(self._lanes.max()), into)
            if self.kernel.layer.learns_delays:
                delay_updates.slope_lanes(self._max_delay, steps, self._lanes)
                most = int(abs(self._lanes).max())
                self._add_updates(most, self.kernel.slope_of(delta))

    def _add_updates(self, most: int, into: np.ndarray) -> None:
        """Add gated voltages times what the lanes hold, at ``most``, to ``into (I, P)``."""
        known = self._lanes, np.int64(most), self._begins
        delay_pairs.delta_in_lanes(*known, self._q, self._q_lanes, self._digits, into)

    def _add_up(self, lanes: np.ndarray, first: int, sums: np.ndarray) -> None:
        steps = sums.shape[1] // LANES
        delay_pairs.sums_in_lanes(
            lanes, self._pairs, self._begins, first, steps, self._inputs, sums
        )

    def _placed(self, x: np.ndarray) -> np.ndarray:
        """Return up to LANES samples at their places, those that lack being silent."""
        placed = np.zeros((LANES, *x.shape[1:]), x.dtype)
        placed[PLACES[: len(x)]] = x
        return placed

    def read_weights(self) -> None:
        """Take the weights, and the delays, as they are now."""
        self._begin()
        delay_pairs.pair_columns(self.w, self._pairs)

    def _begin(self) -> None:
        """Say where in the lanes each synapse's past begins."""
        if self._delays is self.kernel.delays:
            return
        self._delays = self.kernel.delays
        fan_in = self.kernel.layer.fan_in
        rows = np.arange(fan_in) * self._row
        self._begins[:, :fan_in] = rows + (self._max_delay - self._delays) * LANES
        self._begins[:, fan_in:] = self._begins[:, :1]  # of a partner with a weight of 0

    def _new_lanes(self) -> np.ndarray:
        return aligned_zeros((self.kernel.layer.fan_in, self._row), np.int16)


def _parts(n: int) -> list[slice]:
    return [slice(k, min(k + LANES, n)) for k in range(0, n, LANES)]
