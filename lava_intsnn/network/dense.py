"""Fully connected synapses, with recurrence, delays and a pool as options."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Annotated, Literal

import numpy as np

from lava_intsnn.arithmetic import Stream, draw_below, random_key
from lava_intsnn.field_checks import Within
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.layer import Layer
from lava_intsnn.network.recurrence import Recurrence
from lava_intsnn.network.windows import Shape

#: Longest delay of a synapse, that of a Loihi 2 synapse.
MAX_DELAY = 62


@dataclass(frozen=True, kw_only=True)
class Dense(Layer):
    """Fully connected synapses into a population of neurons, with their update rule.

    The weight matrix has shape ``(n_out, n_in)``; with recurrence ``(n_out, n_in + n_out)``, the
    recurrent weights being its last ``n_out`` columns. With a pool, the number of its windows,
    ``pool.n_out``, stands in place of ``n_in``.

    Parameters
    ----------
    n_in, n_out : int
        Presynaptic and postsynaptic neurons.
    recurrence : Recurrence or None
    max_delay : int
        Each feed-forward synapse delays its input by a number of steps out of ``0 .. max_delay``:
        see :meth:`delays`.
    delay_seed : int
        What delays are drawn from.
    delay_source : {"seed", "state"}
        ``"state"``: the delays are given, a matrix in :attr:`.State.delays`. A new state starts
        with those that ``delay_seed`` draws.
    delay_lr_shift : int or None
        Delays learn, too, with this learning rate, as ``lr_shift`` is that of weights; None for
        delays that stay. Those that learn stand in the state.
    delay_bits : int
        Fractional bits of the delays in the state, the *shadow delays*: the delay in use is
        ``d_shadow >> delay_bits``.
    delay_clip : int
        Largest step a shadow delay takes in one update, applied after the shift.
    others
        See :class:`~.layer.Layer`.
    """

    n_in: Annotated[int, Within(1, 1 << 20)]
    n_out: Annotated[int, Within(1, 1 << 20)]
    recurrence: Recurrence | None = None
    max_delay: Annotated[int, Within(0, MAX_DELAY)] = 0
    delay_seed: Annotated[int, Within(0, (1 << 63) - 1)] = 0
    delay_source: Literal["seed", "state"] = "seed"
    delay_lr_shift: Annotated[int, Within(0, 37)] | None = None
    delay_bits: Annotated[int, Within(0, 16)] = 0
    delay_clip: Annotated[int, Within(1, (1 << 30) - 1)] = 64

    kind = "dense"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pool and self.n_in != prod(self.pool.in_shape):
            raise NetworkError(
                f"n_in = {self.n_in} with a pool of in_shape = {self.pool.in_shape}, which are "
                f"{prod(self.pool.in_shape)} neurons: make them equal; n_in counts the layer's "
                "input, before the pool"
            )
        if self.delays_in_state and not self.max_delay:
            raise NetworkError(
                "delay_source = 'state' with max_delay = 0: give the longest delay that the state "
                "may hold, or leave delay_source out"
            )
        learned = {"delay_lr_shift": self.delay_lr_shift, "delay_bits": self.delay_bits or None}
        for name, value in learned.items():
            if value is not None and not self.delays_in_state:
                raise NetworkError(
                    f"{name} = {value} with delay_source = 'seed': delays that learn "
                    f"stand in the state; give delay_source = 'state', or leave {name} out"
                )

    @property
    def fan_in(self) -> int:
        """Feed-forward synapses into one neuron."""
        return self.pool.n_out if self.pool else self.n_in

    @property
    def fan_out(self) -> int:
        """Most feed-forward synapses out of one presynaptic neuron."""
        return self.n_out * self._pool_overlap

    @property
    def in_image(self) -> Shape | None:
        """Height, width and channels of the input, where a pool sees it as an image."""
        return self.pool.in_shape if self.pool else None

    @property
    def d_shadow_max(self) -> int:
        """Largest shadow delay: every delay up to ``max_delay`` has ``2**delay_bits`` of them."""
        return ((self.max_delay + 1) << self.delay_bits) - 1

    def shadow_delays(self, delays: np.ndarray) -> np.ndarray:
        """Return the middle of the shadow delays, int64, whose delay in use is ``delays``."""
        return (delays.astype(np.int64) << self.delay_bits) + ((1 << self.delay_bits) >> 1)

    def delays(self, given: np.ndarray | None = None) -> np.ndarray:
        """Return the delay of each feed-forward synapse in steps, int64 ``(n_out, fan_in)``.

        ``given`` are the shadow delays of the state, where it has any.

        Raises
        ------
        NetworkError
            If they stand in the state, and none are ``given``.
        """
        if self.delays_in_state:
            if given is None:
                raise NetworkError("delay_source = 'state': give the delays of the state")
            whole = np.floor(given) if given.dtype.kind == "f" else given  # fp32 learns floats
            return whole.astype(np.int64) >> self.delay_bits
        key = random_key(self.delay_seed, Stream.DELAY)
        with np.errstate(over="ignore"):
            synapses = np.arange(self.n_out * self.fan_in, dtype=np.uint64)
            d = draw_below(key, synapses, np.uint64(self.max_delay + 1))
        return d.astype(np.int64).reshape(self.n_out, self.fan_in)
