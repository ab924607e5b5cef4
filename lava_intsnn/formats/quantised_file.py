"""Conversion of a quantised network to and from the header and arrays of a container."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.quantised import QuantisedLayer, QuantisedNetwork

#: Layer fields that are arrays; the others are numbers in the header.
_ARRAYS = ("weights", "gamma", "beta", "mean", "var")
_NUMBERS = ("unit", "stride", "padding", "level", "amplitude", "max_count", "eps")


def fields(network: QuantisedNetwork) -> tuple[dict[str, Any], dict[str, npt.NDArray]]:
    """Return header and arrays; array names begin with ``ann.``."""
    header = {
        "name": network.name,
        "in_shape": list(network.in_shape),
        "pixels": dataclasses.asdict(network.pixels),
        "level": network.level,
        "readout_unit": network.readout_unit,
        "layers": [{name: getattr(layer, name) for name in _NUMBERS} for layer in network.layers],
    }
    arrays = {
        f"ann.{index}.{name}": getattr(layer, name)
        for index, layer in enumerate(network.layers)
        for name in _ARRAYS
    }
    return header, {**arrays, "ann.readout": network.readout}


def from_fields(header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray]) -> QuantisedNetwork:
    """Return the network that :func:`fields` was given.

    Raises
    ------
    ValueError, KeyError, TypeError
        If fields are missing or do not fit each other.
    """
    layers = []
    for index, numbers in enumerate(header["layers"]):
        values: dict[str, Any] = {name: arrays[f"ann.{index}.{name}"] for name in _ARRAYS}
        layers.append(QuantisedLayer(**numbers, **values))
    pixels, readout = Pixels(**header["pixels"]), arrays["ann.readout"]
    return QuantisedNetwork(
        header["name"],
        header["in_shape"],
        pixels,
        tuple(layers),
        readout,
        level=header["level"],
        readout_unit=header.get("readout_unit", 1.0),  # of files before it was stored
    )
