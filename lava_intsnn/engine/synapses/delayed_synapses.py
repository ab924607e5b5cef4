"""All-to-all synapses with a delay each."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine import delay_updates, delays
from lava_intsnn.engine.cache_lines import aligned_zeros
from lava_intsnn.engine.delays import LANES
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.synapses.step_synapses import Recorded, StepSynapses
from lava_intsnn.engine.trace_updates import NOTHING_LASTS


class DelayedSynapses(StepSynapses):
    """Lays activity in lanes, ``LANES`` samples side by side: see :mod:`.delays`."""

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
            delays.delta_delayed(
                self._lanes,
                most,
                self._offsets(),
                gates[part],
                v_fb[part],
                active[part],
                self._row,
                delta,
            )
            if self.kernel.layer.learns_delays:
                self._add_slopes(seen, part, self.kernel.slope_of(delta))

    def _add_slopes(self, seen: Recorded, part: slice, slope: np.ndarray) -> None:
        """Add what the delays learn of some samples to ``slope (I, P)``."""
        x, gates, v_fb, active = (each[part] for each in seen)
        most = delay_updates.slopes_to_lanes(x, self._max_delay, self.trace, self._lanes)
        learned = most, self._offsets(), gates, v_fb, active, self._row
        delay_updates.add_slopes(self._lanes, *learned, slope)

    def _offsets(self) -> np.ndarray:
        """Return where in the lanes each synapse's past begins, int64 ``(O, I)``."""
        if self._delays is not self.kernel.delays:
            self._delays = self.kernel.delays
            self._begins = (self._max_delay - self._delays) * LANES
        return self._begins

    def _new_lanes(self) -> np.ndarray:
        row = (self._max_delay + self.steps) * LANES
        return aligned_zeros((self.kernel.layer.fan_in, row), np.int32)


def _parts(n: int) -> list[slice]:
    return [slice(k, min(k + LANES, n)) for k in range(0, n, LANES)]
