"""Comparison of the compact form, two rounded numbers per channel, with the exact table."""

from __future__ import annotations

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
) -> list[ThresholdRounding]:
    """Return the effect of the compact form on every hidden layer of ``ann``.

    Parameters
    ----------
    ann : QuantisedNetwork
    network : SpikingNetwork
        Converted from it, in any form: bounds the potentials and says how many levels there are.
    scale : int
    """
    found = []
    for index in range(1, len(ann.layers)):
        layer, levels = ann.layers[index], network.layers[index].levels
        reach = network.potential_bound(index)
        row = ThresholdRounding(layer=index, thresholds=layer.channels * levels, scale=scale)
        try:
            table = compact(layer, scale=scale).table(levels)
            differ = differences(exact(layer, levels), table, reach=reach)
            least = smallest_scale(layer, levels, reach=reach)
        except ConversionError as error:
            found.append(replace(row, refused=str(error)))
            continue
        channels = len(np.unique(differ[:, 0]))
        found.append(replace(row, differing=len(differ), channels=channels, smallest_scale=least))
    return found


def verdict(found: list[ThresholdRounding]) -> list[str]:
    """Return lines for people."""
    if not found:
        return ["compact form: no hidden layer, nothing to round"]
    scale = found[0].scale
    if all(each.differing == 0 for each in found):
        return [
            f"compact form at scale {scale:,}: equal to the exact one for every input "
            f"({sum(each.thresholds for each in found):,} thresholds compared)"
        ]
    lines = [f"compact form at scale {scale:,}: not exact"]
    for each in found:
        if each.refused:
            lines.append(f"  layer {each.layer}: {each.refused}")
        elif each.differing:
            least = each.smallest_scale
            fix = "exact at no scale up to 2^20" if least is None else f"exact at scale {least:,}"
            lines.append(
                f"  layer {each.layer}: {each.differing:,} of {each.thresholds:,} thresholds "
                f"differ, in {each.channels:,} channels; this layer is {fix}"
            )
    return lines
