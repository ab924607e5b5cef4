"""What a network has learned: one thing for all executors."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np

from lava_intsnn.arithmetic import Stream, draw, limit, random_key
from lava_intsnn.network import Network


@dataclass(frozen=True)
class State:
    """Shadow weights and the counter that keys their stochastic rounding.

    Parameters
    ----------
    weights : tuple of int32 arrays
        Shadow weights of each layer, shape ``(O, I)``, within the precision's storage width.
    seed : int
        Seed of every random bit this state's training draws.
    updates : int
        Weight updates made so far.
    """

    weights: tuple[np.ndarray, ...]
    seed: int = 0
    updates: int = 0

    def w(self, network: Network, layer: int) -> np.ndarray:
        """Return the inference weights of ``layer``, int32 ``(O, I)``: the shadow's top bits."""
        return network.precision.inference(self.weights[layer])

    def validate(self, network: Network) -> None:
        """Raise ValueError unless shapes, dtype and widths fit ``network``."""
        if len(self.weights) != len(network.layers):
            raise ValueError(
                f"state has {len(self.weights)} layers, network {network.name!r} has "
                f"{len(network.layers)}: they belong to different networks"
            )
        top = limit(network.precision.storage_bits)
        for index, (layer, w) in enumerate(zip(network.layers, self.weights)):
            if w.shape != (layer.n_out, layer.n_in) or w.dtype != np.int32:
                raise ValueError(
                    f"layer {index}: weights are {w.dtype} {w.shape}, the network needs int32 "
                    f"({layer.n_out}, {layer.n_in})"
                )
            if w.size and (worst := max(int(w.max()), -int(w.min()))) > top:
                raise ValueError(
                    f"layer {index}: a shadow weight of magnitude {worst} exceeds {top}, the limit "
                    f"of precision {network.precision}"
                )

    def equals(self, other: State) -> bool:
        """Whether all weights and the update counter are the same."""
        return self.updates == other.updates and all(
            np.array_equal(a, b) for a, b in zip(self.weights, other.weights, strict=True)
        )


def initial_state(network: Network, seed: int = 0) -> State:
    """Draw Kaiming-uniform weights, all layers on one scale.

    The layer with the smallest fan-in uses the whole shadow range; the others
    ``sqrt(min fan-in / fan-in)`` of it, computed in integers.
    """
    top = limit(network.precision.shadow_bits)
    narrow = min(layer.n_in for layer in network.layers)
    weights = []
    for index, layer in enumerate(network.layers):
        reach = isqrt(top * top * narrow // layer.n_in)
        synapses = np.arange(layer.n_out * layer.n_in, dtype=np.uint64)
        with np.errstate(over="ignore"):
            bits = draw(random_key(seed, Stream.INIT, index), synapses) >> np.uint64(32)
        w = ((bits * np.uint64(2 * reach + 1)) >> np.uint64(32)).astype(np.int64) - reach
        weights.append(w.astype(np.int32).reshape(layer.n_out, layer.n_in))
    return State(weights=tuple(weights), seed=seed)
