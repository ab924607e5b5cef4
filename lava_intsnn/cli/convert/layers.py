"""A spiking network as a table: shapes, widths, thresholds, and bounds of potentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.spiking_network import INFINITE
from lava_intsnn.conversion.thresholds import EXACT_REACH

if TYPE_CHECKING:
    from lava_intsnn.conversion.quantised import QuantisedNetwork
    from lava_intsnn.conversion.spiking_network import SpikingNetwork

#: Largest magnitude of an integer pixel without noise; standardised ones have no such bound.
_PIXEL = {"raw": 255, "centred": 128}


@dataclass(frozen=True, kw_only=True)
class LayerRow:
    """One layer.

    Parameters
    ----------
    name : str
    shape : tuple of int
        Of its neurons.
    kernel, stride, padding : int
        0 for the readout, which has none.
    weight_bits : int
        The width that holds every weight.
    thresholds : (int, int) or None
        The smallest and the largest that can be reached.
    levels : int
        Thresholds of a channel.
    bound : int or None
        Largest magnitude of a potential; None if it has no bound.
    container : str or None
        The narrowest integer that holds the bound.
    negative, zero : int or None
        Channels with negative or zero gamma; None if the file does not hold them.
    macs : int
        Multiply-accumulates that the ANN needs for it.
    """

    name: str
    shape: tuple[int, ...]
    kernel: int = 0
    stride: int = 0
    padding: int = 0
    weight_bits: int
    thresholds: tuple[int, int] | None = None
    levels: int = 0
    bound: int | None
    container: str | None
    negative: int | None = None
    zero: int | None = None
    macs: int


def names(network: SpikingNetwork) -> list[str]:
    """Return the names of the layers, readout excluded."""
    return ["encoder", *(f"layer {k}" for k in range(1, len(network.layers)))]


def rows(network: SpikingNetwork, ann: QuantisedNetwork | None) -> list[LayerRow]:
    """Return a row for each layer, the readout's last."""
    found = []
    for index, (name, layer) in enumerate(zip(names(network), network.layers)):
        gamma = ann.layers[index].gamma if ann else None
        bound = network.potential_bound(index) if index else _encoder_bound(network)
        finite = layer.thresholds[np.abs(layer.thresholds) < (INFINITE if index else EXACT_REACH)]
        found.append(
            LayerRow(
                name=name,
                shape=network.shapes[index],
                kernel=layer.kernel,
                stride=layer.stride,
                padding=layer.padding,
                weight_bits=_bits(layer.weights),
                thresholds=(int(finite.min()), int(finite.max())) if finite.size else None,
                levels=layer.levels,
                bound=bound,
                container=_container(bound),
                negative=None if gamma is None else int((gamma < 0).sum()),
                zero=None if gamma is None else int((gamma == 0).sum()),
                macs=int(np.prod(network.shapes[index])) * layer.weights[0].size,
            )
        )
    last = network.layers[-1]
    sums = np.abs(network.readout.astype(np.int64)).sum(axis=1)
    bound = int(sums.max()) * last.levels * last.amplitude
    found.append(
        LayerRow(
            name="readout",
            shape=(network.n_classes,),
            weight_bits=_bits(network.readout),
            bound=bound,
            container=_container(bound),
            macs=network.readout.size,
        )
    )
    return found


def as_text(found: list[LayerRow]) -> list[tuple[str, ...]]:
    """Return the cells of a table, a heading first."""
    heading = ("", "neurons", "kernel", "weights", "thresholds", "levels", "|v| up to", "in")
    rows = [
        (
            row.name,
            "x".join(map(str, row.shape)),
            _kernel(row),
            f"{row.weight_bits} bits",
            "" if row.thresholds is None else "{:,} .. {:,}".format(*row.thresholds),
            str(row.levels or ""),
            "" if row.bound is None else f"{row.bound:,}",
            row.container or "",
        )
        for row in found
    ]
    return [heading, *rows]


def _kernel(row: LayerRow) -> str:
    if not row.kernel:
        return ""
    stride = f", stride {row.stride}" if row.stride != 1 else ""
    padding = f", padding {row.padding}" if row.padding else ""
    return f"{row.kernel}x{row.kernel}{stride}{padding}"


def _encoder_bound(network: SpikingNetwork) -> int | None:
    pixel = _PIXEL.get(network.pixels.scale)
    if pixel is None:
        return None
    sums = np.abs(network.layers[0].weights.astype(np.int64)).sum(axis=(1, 2, 3))
    return int(sums.max()) * pixel


def _bits(weights: npt.NDArray) -> int:
    """Return the width of a signed integer that holds all weights, at least 2."""
    largest = max(int(weights.max(initial=0)), -int(weights.min(initial=0)) - 1)
    return max(2, largest.bit_length() + 1)


def _container(bound: int | None) -> str | None:
    if bound is None:
        return None
    return next(f"int{bits}" for bits in (8, 16, 32, 64, 128) if bound < 1 << (bits - 1))
