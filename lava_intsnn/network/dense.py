"""Fully connected synapses, with recurrence and fixed delays as options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lava_intsnn.arithmetic import Stream, draw_below, random_key
from lava_intsnn.field_checks import Within
from lava_intsnn.network.layer import Layer
from lava_intsnn.network.recurrence import Recurrence

#: Longest delay of a synapse, that of a Loihi 2 synapse.
MAX_DELAY = 62


@dataclass(frozen=True, kw_only=True)
class Dense(Layer):
    """Fully connected synapses into a population of neurons, with their update rule.

    The weight matrix has shape ``(n_out, n_in)``; with recurrence ``(n_out, n_in + n_out)``, the
    recurrent weights being its last ``n_out`` columns.

    Parameters
    ----------
    n_in, n_out : int
        Presynaptic and postsynaptic neurons.
    recurrence : Recurrence or None
    max_delay : int
        Each feed-forward synapse delays its input by a fixed number of steps out of
        ``0 .. max_delay``, drawn from ``delay_seed``: see :meth:`delays`.
    delay_seed : int
    others
        See :class:`~.layer.Layer`.
    """

    n_in: Annotated[int, Within(1, 1 << 20)]
    n_out: Annotated[int, Within(1, 1 << 20)]
    recurrence: Recurrence | None = None
    max_delay: Annotated[int, Within(0, MAX_DELAY)] = 0
    delay_seed: Annotated[int, Within(0, (1 << 63) - 1)] = 0

    kind = "dense"

    @property
    def fan_in(self) -> int:
        """Feed-forward synapses into one neuron."""
        return self.n_in

    @property
    def fan_out(self) -> int:
        """Feed-forward synapses out of one presynaptic neuron."""
        return self.n_out

    def delays(self) -> np.ndarray:
        """Return the delay of each feed-forward synapse in steps, int64 ``(n_out, n_in)``."""
        key = random_key(self.delay_seed, Stream.DELAY)
        with np.errstate(over="ignore"):
            synapses = np.arange(self.n_out * self.n_in, dtype=np.uint64)
            d = draw_below(key, synapses, np.uint64(self.max_delay + 1))
        return d.astype(np.int64).reshape(self.n_out, self.n_in)
