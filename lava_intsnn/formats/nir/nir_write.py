"""Writing integer networks as NIR files."""

from __future__ import annotations

import io
import os
from typing import cast

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.formats.exchange import require
from lava_intsnn.formats.nir.graph import NEURON_KINDS, graph_of, misread_shapes
from lava_intsnn.formats.nir.package import nir_package
from lava_intsnn.formats.nir.sidecar import attach
from lava_intsnn.network import Conv, Network
from lava_intsnn.state import State
from lava_intsnn.storage.atomic import write_bytes

#: Seconds of a step, as snnTorch and the tools of the NIR paper assume.
DT = 1e-4


@checks_kinds
def export_nir(
    network: Network, state: State, path: str | os.PathLike[str], *, dt: float = DT
) -> None:
    """Write ``network`` to ``path`` atomically, as floats for other tools and as integers for us.

    :mod:`.graph` has the formulas. The floats describe what the network computes, except for the
    saturation of ``v``, the rounding of a recurrence's shift, and the truncation of guarded
    neurons. The encoder, surrogate windows and learning rule are only in the integers' part.

    Parameters
    ----------
    network : Network
    state : State
    path : path
    dt : float
        Seconds of a step. Tools that read the file must use the same value.

    Raises
    ------
    ImportError
        Without the package ``nir``.
    ExchangeError
        With everything a graph cannot hold.
    FileFormatError, OSError
        If the file cannot be written; ``path`` then keeps its content.
    """
    if not dt > 0:
        raise ValueError(f"dt = {dt}: must be above 0 seconds")
    nir = nir_package()
    state.validate(network)
    require(f"network {network.name!r} does not fit NIR:", _findings(network))
    graph = graph_of(network, state, dt=dt)
    attach(graph, network, state, dt=dt)
    buffer = io.BytesIO()
    nir.write(buffer, graph)
    write_bytes(path, buffer.getvalue())


def _findings(network: Network) -> list[str]:
    found = []
    for index, layer in enumerate(network.layers):
        neuron = layer.neuron
        if not neuron.fires:
            found.append(
                f"layer {index}: {neuron.kind} neurons: NIR's LI has their potential, and no node "
                f"adds it up or takes its maximum; use {' or '.join(NEURON_KINDS)}"
            )
        elif neuron.kind not in NEURON_KINDS:
            found.append(
                f"layer {index}: {neuron.kind} neurons: NIR has leaky integrate-and-fire neurons "
                f"alone; use {' or '.join(NEURON_KINDS)}"
            )
        if getattr(neuron, "reset", "hard") != "hard":
            found.append(f"layer {index}: a soft reset: NIR's is to v_reset; use reset='hard'")
        if getattr(neuron, "refractory", 1) > 1:
            found.append(f"layer {index}: a refractory delay, which NIR has not; use 1")
        if layer.recurrence and layer.recurrence.source != "spikes":
            found.append(
                f"layer {index}: recurrence on {layer.recurrence.source}: NIR's neurons give "
                "spikes alone; use source='spikes'"
            )
        if layer.kind == "conv":
            shapes = misread_shapes(cast(Conv, layer))
            found += [f"layer {index}: {shape}" for shape in shapes]
        if index and layer.in_image and not _image_below(network, index):
            found.append(
                f"layer {index}: a Conv layer after a Dense one: NIR cannot make an "
                "image of a vector; use Dense, too"
            )
    return found


def _image_below(network: Network, index: int) -> bool:
    return network.layers[index - 1].out_image is not None
