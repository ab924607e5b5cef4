"""What each core of a placed program holds, as plain data that a generated file can spell out."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from lava_intsnn.formats.program_file import Compiled
from lava_intsnn.loihi.limits import limits_of
from lava_intsnn.loihi.mapping import Core, Placement, partition
from lava_intsnn.loihi.microcode import Image, disassemble

#: A layer as data: the keys are those that :func:`layer_content` documents.
Content = dict[str, Any]


def learns(compiled: Compiled) -> bool:
    """Whether a program learns."""
    return any(block.learning for block in compiled.image.program.blocks)


def placement_of(compiled: Compiled) -> Placement:
    """Return the cores of a program.

    Raises
    ------
    ValueError
        If the network does not fit the cores of its target.
    """
    limits = limits_of(compiled.target)
    found = partition(compiled.described, limits=limits, learning=learns(compiled))
    if found.overflows:
        told = "; ".join(overflow.text for overflow in found.overflows)
        raise ValueError(f"there is no placement, the network does not fit: {told}")
    return found


def layer_content(compiled: Compiled, placement: Placement, index: int) -> Content:
    """Return what the cores of a layer hold, but the numbers of its synapses.

    Returns
    -------
    dict
        ``group`` its name; ``neurons``; ``period`` steps of a sample; ``states``, ``ports``,
        ``axons`` and ``constants`` by name, with their bits or values; ``schedule`` lists of phase,
        first and last step; ``listing`` the text of the layer's program and of its synapses, as it
        stands in the listing of the whole program, without comments; ``synapses`` each
        block's name, source, port, shape, bits and range; ``cores`` each core's chip, index, first
        and last but one neuron (``stop``), axons in and out, and ``regions`` of its memory with
        offset and size in bytes.
    """
    program = compiled.image.program
    group = program.groups[index]
    return {
        "group": group.name,
        "neurons": group.n,
        "period": program.period,
        "states": {state.name: state.bits for state in group.states},
        "ports": {port.name: port.bits for port in group.ports},
        "axons": {axon.name: axon.bits for axon in group.axons},
        "constants": {constant.name: constant.value for constant in group.constants},
        "schedule": [[slot.phase, slot.first, slot.last] for slot in group.schedule],
        "listing": _listing(compiled, group.name),
        "synapses": [
            {
                "block": block.name,
                "source": block.source,
                "port": block.port,
                "shape": list(block.shape),
                "bits": block.bits,
                "range": [block.w_min, block.w_max],
                "learns": block.learning is not None,
            }
            for block in program.blocks_into(group.name)
        ],
        "cores": [_core(core) for core in placement.layers[index].cores],
    }


def core_synapses(
    image: Image, layer: Content, core: dict[str, Any]
) -> dict[str, dict[str, np.ndarray]]:
    """Return the numbers of the synapses into a core's neurons.

    Parameters
    ----------
    image : Image
    layer : dict
        From :func:`layer_content`.
    core : dict
        One of its ``cores``.

    Returns
    -------
    dict of str to dict
        For each synapse block its ``weights``, int64 ``(neurons, I)``, and, if it has them, its
        ``delays``. The kernels of a convolution are shared by all cores and not cut.
    """
    found = {}
    for block in image.program.blocks_into(layer["group"]):
        data = image.data[block.name]
        own = slice(None) if block.conv else slice(core["first"], core["stop"])
        found[block.name] = {"weights": data.weights[own]}
        if data.delays is not None:
            found[block.name]["delays"] = data.delays[own]
    return found


def _core(core: Core) -> dict[str, Any]:
    return {
        "chip": core.chip,
        "index": core.index,
        "first": core.first,
        "stop": core.stop,
        "axons_in": core.axons_in.total,
        "axons_out": core.axons_out.total,
        "regions": {region.name: [region.offset, region.size] for region in core.regions},
    }


def _listing(compiled: Compiled, group: str) -> str:
    """Return the paragraphs of the listing that belong to a group, without their comments."""
    begins = re.compile(rf"(group {re.escape(group)} n |synapses {re.escape(group)}\.)")
    paragraphs = disassemble(compiled.image.program).split("\n\n")
    own = [text for text in paragraphs if begins.match(text)]
    return "".join(f"{line.split(';')[0].rstrip()}\n" for text in own for line in text.splitlines())
