"""Comparison of the compact form, two rounded numbers per channel, with the exact table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.thresholds import compact, differences, exact, smallest_scale

if TYPE_CHECKING:
    from lava_intsnn.conversion.quantised import QuantisedNetwork
    from lava_intsnn.conversion.spiking_network import SpikingNetwork


@dataclass(frozen=True, kw_only=True)
class ThresholdRounding:
    """One hidden layer, decided without any image.

    Parameters
    ----------
    layer : int
    thresholds : int
        Compared: channels times levels.
    differing : int or None
        Thresholds for which a potential that the layer can reach distinguishes the compact form
        from the exact one; None if there is no compact form.
    channels : int or None
        Channels with at least one of those.
    scale : int
        Of the compact form.
    smallest_scale : int or None
        The least power of two with no difference, None if there is none up to 2^20.
    refused : str or None
        The reason why there is no compact form.
    """

    layer: int
    thresholds: int
    differing: int | None = None
    channels: int | None = None
    scale: int
    smallest_scale: int | None = None
    refused: str | None = None


def roundings(
    ann: QuantisedNetwork, network: SpikingNetwork, *, scale: int
) -> Iterator[ThresholdRounding]:
    """Yield the effect of the compact form on every hidden layer of ``ann``.

    Parameters
    ----------
    ann : QuantisedNetwork
    network : SpikingNetwork
        Converted from it, in any form: bounds the potentials and says how many levels there are.
    scale : int
    """
    for index, layer in enumerate(ann.layers[1:], start=1):
        levels, reach = network.layers[index].levels, network.potential_bound(index)
        row = ThresholdRounding(layer=index, thresholds=layer.channels * levels, scale=scale)
        try:
            table = compact(layer, scale=scale).table(levels)
            differ = differences(exact(layer, levels), table, reach=reach)
            least = smallest_scale(layer, levels, reach=reach)
            channels = len(np.unique(differ[:, 0]))
            row = replace(row, differing=len(differ), channels=channels, smallest_scale=least)
        except ConversionError as error:
            row = replace(row, refused=str(error))
        yield row


def verdict(found: list[ThresholdRounding]) -> Iterator[str]:
    """Yield lines for people."""
    if not found:
        yield "compact form: no hidden layer, nothing to round"
        return
    equal = all(each.differing == 0 for each in found)
    compared = f"({sum(each.thresholds for each in found):,} thresholds compared)"
    says = f"equal to the exact one for every input {compared}" if equal else "not exact"
    yield f"compact form at scale {found[0].scale:,}: {says}"
    for each in found:
        if each.refused:
            yield f"  layer {each.layer}: {each.refused}"
        elif each.differing:
            least = each.smallest_scale
            fix = "exact at no scale up to 2^20" if least is None else f"exact at scale {least:,}"
            yield (
                f"  layer {each.layer}: {each.differing:,} of {each.thresholds:,} thresholds "
                f"differ, in {each.channels:,} channels; this layer is {fix}"
            )
