"""Converted spiking networks as files: weights, thresholds and origin.

The container's header holds everything that is not an array. Its arrays are ``weights.0``,
``thresholds.0``, ... of the layers, encoder first, and ``readout``, all with the network's dtypes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.spiking_network import SpikingLayer, SpikingNetwork
from lava_intsnn.storage import container

KIND, VERSION = "spiking-network", 1
_FIX = "Convert the network again"

_FIELDS = {"name", "in_shape", "pixels", "layers", "level", "origin"}
#: The origin of the network as a file stores it; None for what is not known.
ORIGIN: dict[str, tuple[type, ...]] = {
    "preset": (str, type(None)),
    "data": (str, type(None)),
    "ann_accuracy": (int, float, type(None)),
    "thresholds": (str,),
}
#: Field of a layer -> smallest value.
_LAYER = {"stride": 1, "padding": 0, "amplitude": 1}
_WEIGHTS = (np.dtype(np.int8), np.dtype(np.int32))


@checks_kinds
def save_spiking(
    path: str | os.PathLike[str], network: SpikingNetwork, *, origin: Mapping[str, Any]
) -> None:
    """Write a spiking network, atomically.

    Parameters
    ----------
    path : path
    network : SpikingNetwork
    origin : mapping
        ``preset`` and ``data`` (str or None): names of the preset and of its data set;
        ``ann_accuracy`` (float or None): percent of the test set that the original network
        classifies correctly; ``thresholds`` (str): their form, as the converter calls it.

    Raises
    ------
    ValueError
        If the origin is no such mapping, or weights are neither int8 nor int32.
    FileFormatError, OSError
        If the file cannot be written; ``path`` then keeps its content.
    """
    header, arrays = spiking_content(network, origin)
    container.write(path, kind=KIND, version=VERSION, header=header, arrays=arrays)


def spiking_content(
    network: SpikingNetwork, origin: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the header and the arrays of a file with this network; see :func:`save_spiking`."""
    _check_origin(origin)
    _check_dtypes(network)
    header = {
        "name": network.name,
        "in_shape": [int(n) for n in network.in_shape],
        "pixels": {"scale": network.pixels.scale, "crop": network.pixels.crop},
        "layers": [
            {name: int(getattr(layer, name)) for name in _LAYER} for layer in network.layers
        ],
        "level": int(network.level),
        "origin": dict(origin),
    }
    arrays = {"readout": network.readout}
    for index, layer in enumerate(network.layers):
        arrays[f"weights.{index}"] = layer.weights
        arrays[f"thresholds.{index}"] = layer.thresholds
    return header, arrays


@checks_kinds
def load_spiking(path: str | os.PathLike[str]) -> tuple[SpikingNetwork, dict[str, Any]]:
    """Read what :func:`save_spiking` wrote, equal in every bit.

    Returns
    -------
    network : SpikingNetwork
    origin : dict

    Raises
    ------
    FileFormatError
        If the file is missing, damaged, foreign or too new, or does not hold a network. The message
        names the path, what was found and the fix.
    """
    header, arrays = container.read(path, kind=KIND, max_version=VERSION)
    with container.understood(path, "network", _FIX):
        return spiking_from(header, arrays)


def spiking_from(
    header: Mapping[str, Any], arrays: dict[str, np.ndarray]
) -> tuple[SpikingNetwork, dict[str, Any]]:
    """Undo :func:`spiking_content`.

    Raises
    ------
    ValueError, TypeError
        If they hold no network; the message says what was found.
    """
    _require(set(header) == _FIELDS, f"its header has the fields {sorted(header)}")
    network = _network(header, arrays)
    _check_dtypes(network)
    _check_origin(header["origin"])
    return network, header["origin"]


def _network(header: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> SpikingNetwork:
    name, in_shape, pixels = header["name"], header["in_shape"], header["pixels"]
    layers, level = header["layers"], header["level"]
    _require(isinstance(name, str), f"its name is {name!r}")
    shaped = isinstance(in_shape, list) and len(in_shape) == 3
    _require(shaped and all(_whole(n, 1) for n in in_shape), f"its in_shape is {in_shape!r}")
    _require(_whole(level, 0), f"its level is {level!r}")
    _require(isinstance(pixels, dict) and set(pixels) == {"scale", "crop"}, f"pixels are {pixels}")
    crop = pixels["crop"]
    _require(crop is None or _whole(crop, 1), f"its pixels have the crop {crop!r}")
    _require(isinstance(layers, list) and len(layers) > 0, f"its layers are {layers!r}")
    for index, layer in enumerate(layers):
        complete = isinstance(layer, dict) and set(layer) == set(_LAYER)
        sound = complete and all(_whole(layer[name], least) for name, least in _LAYER.items())
        _require(sound, f"its layer {index} is {layer!r}")
    expected = {f"{what}.{k}" for what in ("weights", "thresholds") for k in range(len(layers))}
    found = f"it has the arrays {sorted(arrays)} and {len(layers)} layers"
    _require(set(arrays) == expected | {"readout"}, found)
    return SpikingNetwork(
        name=name,
        in_shape=(in_shape[0], in_shape[1], in_shape[2]),
        pixels=Pixels(**pixels),
        layers=tuple(
            SpikingLayer(arrays[f"weights.{k}"], arrays[f"thresholds.{k}"], **layer)
            for k, layer in enumerate(layers)
        ),
        readout=arrays["readout"],
        level=level,
    )


def _check_dtypes(network: SpikingNetwork) -> None:
    hidden = {f"layer {k}": layer.weights for k, layer in enumerate(network.layers)}
    for what, w in {**hidden, "the readout": network.readout}.items():
        _require(w.dtype in _WEIGHTS, f"the weights of {what} are {w.dtype}: must be int8 or int32")


def _check_origin(origin: Any) -> None:
    complete = isinstance(origin, Mapping) and set(origin) == set(ORIGIN)
    _require(complete, f"the origin is {origin!r}: must have {', '.join(ORIGIN)}")
    for name, types in ORIGIN.items():
        value = origin[name]
        fits = isinstance(value, types) and not isinstance(value, bool)
        _require(fits, f"the origin's {name} is {value!r}")


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _require(holds: bool, finding: str) -> None:
    if not holds:
        raise ValueError(finding)
