"""Delays that stand in a state: in steps, or as shadow delays with fractional bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from lava_intsnn.network.dense import Dense
from lava_intsnn.network.layer import Layer
from lava_intsnn.network.network import Network


def drawn_delays(network: Network, layer: Layer) -> np.ndarray:
    """Return the delays a new state of ``network`` starts with: those of ``delay_seed``."""
    fixed: dict[str, Any] = {"delay_source": "seed", "delay_lr_shift": None, "delay_bits": 0}
    return held_delays(network, layer, replace(cast(Dense, layer), **fixed).delays())


def held_delays(network: Network, layer: Layer, delays: np.ndarray) -> np.ndarray:
    """Return ``delays``, in steps, as a state of ``network`` holds them.

    Integers; float32 where they learn, or have learned, in fp32.
    """
    return layer.shadow_delays(delays).astype(np.float32 if _floats(network, layer) else np.int64)


def require_delays(network: Network, held: Sequence[np.ndarray | None]) -> None:
    """Raise ValueError unless the delays of a state fit ``network``."""
    if held and len(held) != len(network.all_layers):
        raise ValueError(
            f"state has delays for {len(held)} layers, network {network.name!r} has "
            f"{len(network.all_layers)}: give one entry a layer, None for those without"
        )
    for index, layer in enumerate(network.all_layers):
        d, shape = held[index] if held else None, (layer.rows, layer.fan_in)
        if d is None and not layer.delays_in_state:
            continue
        if d is None or not layer.delays_in_state:
            given = "none in the state" if d is None else "delays in the state"
            raise ValueError(
                f"layer {index}: delay_source = {layer.delay_source!r} and {given}: a layer's "
                "delays stand in the state exactly where its delay_source is 'state'"
            )
        floats = _floats(network, layer)
        if d.shape != shape or d.dtype.kind not in ("f" if floats else "iu"):
            raise ValueError(
                f"layer {index}: delays are {d.dtype} {d.shape}, the network needs "
                f"{'floats' if floats else 'integers'} {shape}"
            )
        if d.size and not (d.min() >= 0 and d.max() <= layer.d_shadow_max):
            worst = d.max() if d.min() >= 0 else d.min()
            what, units = "delay", "the layer's max_delay"
            if layer.delay_bits:
                what = "shadow delay"
                units += f" = {layer.max_delay} with {layer.delay_bits} fractional bits"
            raise ValueError(
                f"layer {index}: a {what} of {worst} is outside 0..{layer.d_shadow_max}, {units}: "
                "raise that or lower the delay"
            )


def _floats(network: Network, layer: Layer) -> bool:
    return network.precision.floating and layer.delay_lr_shift is not None
