"""Whether a converted network is legal on a chip, and which cores it takes."""

from __future__ import annotations

from dataclasses import replace

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.loihi.converted.chip_layers import chip_layers, mapped_network
from lava_intsnn.loihi.converted.chip_legality import findings
from lava_intsnn.loihi.limits import limits_of
from lava_intsnn.loihi.mapping import partition
from lava_intsnn.loihi.preflight_report import Preflight, overflow_finding


@checks_kinds
def preflight_converted(
    network: SpikingNetwork, *, steps: int, target: str = "loihi2"
) -> Preflight:
    """Ask whether a converted network is legal on ``target`` and which cores it takes.

    A network may take several chips; one that a core cannot hold even one neuron of is refused.

    Parameters
    ----------
    network : SpikingNetwork
    steps : int
        T, at most ``network.max_steps``: it bounds counts, so widths and thresholds depend on it.
    target : {"loihi1", "loihi2"}

    Returns
    -------
    Preflight
        Of a network with the same synapses and words, which only the mapping can use.

    Raises
    ------
    ConversionError
        If the network has no thresholds for so many steps.
    NetworkError
        If there is no such target, or a convolution is one that the compiler lacks.
    """
    limits = limits_of(target)
    layers = chip_layers(network, steps=steps, limits=limits)
    mapped = mapped_network(network, layers, steps=steps)
    placed = partition(mapped, limits=limits, learning=False)
    homeless = tuple(each for each in placed.overflows if each.layer is not None)
    placement = replace(placed, overflows=homeless)  # more than one chip is no overflow here
    return Preflight(
        network=mapped,
        target=target,
        learning=False,
        findings=(
            *findings(layers, limits),
            *(overflow_finding(each, limits) for each in homeless),
        ),
        mapped=mapped,
        placement=placement,
    )
