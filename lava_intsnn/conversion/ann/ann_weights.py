"""Float weights that quantise to the integers of a frozen network, to train it on."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.ann.model import end_bits
from lava_intsnn.conversion.ann_spec import FLOAT_WEIGHTS, AnnSpec
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.quantised import QuantisedNetwork


def weights_of(network: QuantisedNetwork, spec: AnnSpec) -> dict[str, npt.NDArray[np.float32]]:
    """Return parameters and statistics of the torch module that freezes to ``network``.

    The floats that training had are lost. Ternary weights become as large as random ones are at
    the start of a run, so that a learning rate means the same.

    Parameters
    ----------
    network : QuantisedNetwork
    spec : AnnSpec
        Its specification.

    Raises
    ------
    ConversionError
        If they do not fit each other.
    """
    shapes = [block.weight_shape for block in spec.stack.blocks]
    if [layer.weights.shape for layer in network.layers] != shapes:
        raise ConversionError(
            f"{network.name} has layers of {[layer.weights.shape for layer in network.layers]}, "
            f"and {spec.stack.notation} has {shapes}: name another file or stack"
        )
    found: dict[str, npt.NDArray] = {}
    for index, layer in enumerate(network.layers):
        bits = spec.weight_bits if index else end_bits(spec)
        unit = layer.unit / (2.0**-spec.level if index else spec.pixels.unit)
        if bits == 2:
            unit = math.sqrt(2 / math.prod(layer.weights.shape[1:]))
        weights = _floats(layer.weights, unit, bits)
        found[f"convs.{index}.weight"] = weights.transpose(0, 3, 1, 2)
        for name, array in (
            ("weight", layer.gamma),
            ("bias", layer.beta),
            ("running_mean", layer.mean),
            ("running_var", layer.var),
        ):
            found[f"norms.{index}.{name}"] = array
    unit = network.readout_unit * 2.0**spec.level
    if not 0 < unit < math.inf:
        raise ConversionError(f"readout_unit = {unit}: must be above 0 and finite")
    found["readout"] = _floats(network.readout, unit, end_bits(spec))
    return {name: np.ascontiguousarray(a, np.float32) for name, a in found.items()}


def _floats(codes: npt.NDArray, unit: float, bits: int) -> npt.NDArray[np.float64]:
    """Return floats with these codes.

    The step of 3 to 8 bits follows from the mean magnitude, which rounding has changed a little:
    all codes but 0 move by the same part of a step, below a half, to restore it.
    """
    if bits in (2, FLOAT_WEIGHTS) or not codes.any():
        return codes * unit
    wanted = math.sqrt(2 ** (bits - 1) - 1) / 2  # the mean magnitude in steps
    moved = (wanted - np.abs(codes.astype(np.int64)).mean()) * codes.size / np.count_nonzero(codes)
    return (codes + np.sign(codes) * np.clip(moved, -0.49, 0.49)) * unit
