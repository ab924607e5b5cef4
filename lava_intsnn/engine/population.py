"""A layer's neurons in the general form: what they keep from step to step, and their recurrence."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine import recurrent
from lava_intsnn.engine.cache_lines import aligned_zeros
from lava_intsnn.engine.cuba_step import CubaConstants
from lava_intsnn.engine.cuba_vector import run_cuba_steps
from lava_intsnn.engine.dense_updates import DenseUpdates
from lava_intsnn.engine.firing import run_steps
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.readout_step import ReadoutConstants, run_readouts
from lava_intsnn.engine.recurrent_pairs import TOGETHER, pair_rows, quad_rows, run_on_voltage
from lava_intsnn.engine.synapses.step_synapses import Recorded
from lava_intsnn.engine.trace_updates import gates_by_rule
from lava_intsnn.engine.vector import BLOCK


class Population:
    """The neurons of up to ``rows`` samples, for some steps at a time.

    Attributes
    ----------
    v : int32 (rows, O)
        Membrane potentials.
    states : dict of int32 (rows, O)
        All that a neuron keeps, by the names its kind declares; ``v`` among them.
    """

    def __init__(self, kernel: LayerKernel, *, rows: int, steps: int) -> None:
        layer = kernel.layer
        self.kernel = kernel
        names = [state.name for state in layer.neuron.states(0)]
        self.v = np.zeros((rows, layer.n_out), np.int32)
        self._extra = np.zeros((rows, len(names) - 1, layer.n_out), np.int32)
        self.states = {names[0]: self.v}
        self.states.update((name, self._extra[:, k]) for k, name in enumerate(names[1:]))
        self._recurrence = layer.recurrence
        if self._recurrence:
            self._constants = recurrent.constants(self._recurrence)
            self._u = np.zeros((rows, steps + 1, layer.n_out), np.int16)  # what step t reads
            most = layer.n_out * kernel.precision.w_max * self._recurrence.u_max
            self._total = np.zeros(kernel.p, np.int32 if most < 2**31 else np.int64)
            self._pairs: np.ndarray | None = None
            self._w_rec = kernel.w[layer.fan_in :]
            self._in_pairs = (
                self._recurrence.source == "voltage"
                and kernel.precision.w_max <= 1 << 15
                and self._total.dtype == np.int32
            )
            if self._in_pairs and kernel.p % BLOCK == 0:
                rounded = -(-rows // TOGETHER) * TOGETHER
                twos = (layer.n_out + 1) // 2
                self._pairs = aligned_zeros((kernel.p // BLOCK, twos, BLOCK), np.int32)
                fours = (layer.n_out + 3) // 4 if kernel.precision.w_max <= 1 << 7 else 0
                blocks = kernel.p // BLOCK if fours else 0
                self._quads = aligned_zeros((blocks, fours, BLOCK), np.uint32)
                self._base = aligned_zeros((2, kernel.p // BLOCK, BLOCK), np.int32)
                self._bytes = np.zeros((rounded, 4 * fours), np.uint8)
                self._seen = np.zeros((rounded, twos), np.int32)
                self._totals = aligned_zeros((rounded, kernel.p), np.int32)
            if layer.learns_recurrence:
                binary = self._recurrence.source == "spikes"
                self._updates = DenseUpdates(layer.n_out, kernel.p, steps, binary=binary)

    def start(self) -> None:
        """Bring the neurons to rest before a sample."""
        self.v[:], self._extra[:] = 0, 0
        if self._recurrence:
            self._u[:, 0] = 0
            if self._pairs is not None:
                pair_rows(self._w_rec, self._pairs)
                quad_rows(self._w_rec, self._quads, self._base[1])
                return
            read = self._w_rec[:, : len(self._w_rec) if self._in_pairs else 0]
            self._w_rows = np.ascontiguousarray(read.T)

    def advance(
        self, a: np.ndarray, spikes: np.ndarray, gates: np.ndarray, *, first: int, t: int
    ) -> None:
        """Run samples ``first, first + 1, ...`` from step ``t`` on.

        Parameters
        ----------
        a : int32 (n, steps, >= O)
            Synaptic sums, which readouts replace by their potentials.
        spikes, gates : uint8 (n, steps, O), out
        """
        part = slice(first, first + len(a))
        neuron, states = self.kernel.neuron, (self.v[part], self._extra[part])
        if isinstance(neuron, ReadoutConstants):
            run_readouts(a, neuron, self.v[part], spikes, gates)
            return
        if not self._recurrence:
            run = run_cuba_steps if isinstance(neuron, CubaConstants) else run_steps
            run(a, neuron, *states, spikes, gates)
            return
        u = self._u[part, t : t + a.shape[1] + 1]
        if self._pairs is not None:
            n = -(-len(a) // TOGETHER) * TOGETHER
            scratch = self._seen[:n], self._bytes[:n], self._totals[:n]
            weights = self._pairs, self._quads, self._base
            rest = u, *states, spikes, gates
            run_on_voltage(a, weights, neuron, self._constants, *scratch, *rest)
            return
        recurrent.run_recurrent(
            a,
            self._w_rec,
            self._w_rows,
            neuron,
            self._constants,
            self._total,
            u,
            *states,
            spikes,
            gates,
        )

    def delta(
        self, seen: Recorded, delta: np.ndarray, which: slice | np.ndarray = slice(None)
    ) -> None:
        """Add the updates of recurrent synapses that learn to ``delta (columns, P)``.

        ``seen`` is of the samples just run, or of ``which`` of them.
        """
        layer, (_, gates, v_fb, active) = self.kernel.layer, seen
        if layer.learns_recurrence:
            u, into = self._u[which][: len(gates)], delta[layer.fan_in : self.kernel.columns]
            for rule, mine in gates_by_rule(layer, gates):
                self._updates.add(u, mine, v_fb, rule, active, into)
