"""How many time steps a spiking network can run."""

from __future__ import annotations

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.network import SpikingNetwork


def check_steps(network: SpikingNetwork, steps: int) -> None:
    """Make sure that no count can outgrow the table of thresholds within ``steps``.

    Raises
    ------
    ConversionError
        If there are fewer steps than 1 or more than ``network.max_steps``.
    """
    if not 1 <= steps <= network.max_steps:
        raise ConversionError(
            f"steps = {steps}: {network.name} has thresholds for 1..{network.max_steps} steps; "
            "convert with more levels to run longer"
        )
