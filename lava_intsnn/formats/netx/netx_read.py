"""Reading netx files as networks of CUBA and guarded neurons."""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.arithmetic import shift_floor
from lava_intsnn.formats import exchange
from lava_intsnn.formats.imported_learning import with_learning
from lava_intsnn.formats.netx.netx_fields import Fields, UnfitLayer
from lava_intsnn.formats.netx.netx_input import input_neurons
from lava_intsnn.formats.netx.netx_layers import SYNAPSES, Chain, ReadLayer, image_of
from lava_intsnn.network import Encoder, Network, NetworkError, Precision
from lava_intsnn.network.cuba import NEVER_FIRES
from lava_intsnn.state import State
from lava_intsnn.storage.errors import FileFormatError
from lava_intsnn.storage.foreign_hdf5 import ForeignGroup, read_tree

#: Most layers of a file.
_MAX_LAYERS = 1000
#: Steps of a sample: the default, and the most that a file may say.
_STEPS, _MAX_STEPS = 20, 1 << 16
#: Layers that lava-dl's netx names but does not run either.
_NAMED_ONLY = ("pool", "convT", "unpool", "average", "concat")


@checks_kinds
def import_netx(
    path: str | os.PathLike[str],
    *,
    steps: int | None = None,
    name: str | None = None,
    encoder: Encoder | None = None,
    precision: Precision | None = None,
    pixels: tuple[float, float] = (-1.0, 1.0),
    like: Network | None = None,
) -> tuple[Network, State]:
    """Read a netx file of dense, recurrent and convolutional CUBA layers.

    The network's spikes are those of the file in lava-dl, bit for bit, without lava-dl's latency of
    one step per layer. Where lava-dl clips or cuts a number it is read so, and an
    :class:`~.exchange.ExchangeWarning` says it. Fields that a file of inference lacks get defaults,
    see :func:`~.learning_of`; use ``dataclasses.replace`` to change them.

    Parameters
    ----------
    path : path
    steps : int or None
        ``T``, steps of a sample. None: those of the file (``simulation/tSample``), or else 20.
    name : str or None
        None: the file's name.
    encoder : Encoder or None
        How samples become input, in place of input neurons of the file. None: those, or else the
        default rate code.
    precision : Precision or None
        Widths of the weights; None: 16-bit shadow weights over as many bits as the file's weights
        have, at least 8. SLAYER's weights are even and of 9 bits: for one bit less, they,
        thresholds and biases are halved, and the last bit of a potential may differ.
    pixels : (float, float)
        What the bytes 0 and 255 of an image are for input neurons, whose current is
        ``weight * x + bias``: lava-dl's tutorials train with pixels from -1 to 1.
    like : Network or None
        Gives steps and encoder where neither the caller nor the file does.

    Returns
    -------
    network : Network
        Ties are broken by potentials if its last layer never fires, and otherwise not, as a file of
        spikes has it.
    state : State
        Its inference weights are the file's; the lower bits of the shadow weights are 0.

    Raises
    ------
    ExchangeError
        With everything in the file that our networks cannot hold.
    FileFormatError
        If the file is missing, damaged, or not netx.
    """
    tree = read_tree(path, what="netx")
    read = _Reading(path, tree, pixels)
    if steps is None and read.steps is None and like is None:
        read.notes.append(
            f"the file does not say how many steps a sample has: taken as {_STEPS}; steps= or "
            "--steps is another number"
        )
    if precision is not None:
        read.halve_for(precision)
    last = read.layers[-1].layer.neuron
    network, state = exchange.imported_network(
        path,
        [each.layer for each in read.layers],
        [each.weights for each in read.layers],
        steps or read.steps or (like.steps if like else _STEPS),
        delays=[each.delays for each in read.layers],
        name=name,
        encoder=encoder or read.encoder or (like.encoder if like else None),
        precision=precision,
        tie_break=last.vth == NEVER_FIRES,
    )
    if read.encoder and encoder:
        read.notes.append(f"its input neurons are replaced by the {encoder.kind!r} encoder")
    for note in read.notes:
        warnings.warn(note, exchange.ExchangeWarning, stacklevel=3)
    return with_learning(network), state


class _Reading:
    """What a file holds.

    Attributes
    ----------
    layers : list of ReadLayer
    encoder : NeuronEncoder or None
    steps : int or None
    notes : list of str
    """

    def __init__(
        self, path: str | os.PathLike[str], tree: ForeignGroup, pixels: tuple[float, float]
    ) -> None:
        self.notes: list[str] = []
        self.layers: list[ReadLayer] = []
        self.encoder: Encoder | None = None
        self.steps: int | None = None
        findings: dict[str, list[str]] = {}
        simulation = tree.get("simulation")
        if isinstance(simulation, ForeignGroup) and "tSample" in simulation:
            held = Fields(simulation, "simulation", self.notes)
            try:
                self.steps = held.number("tSample", 1, _MAX_STEPS)
            except UnfitLayer as error:
                findings[str(error)] = ["simulation"]
        chain = Chain()
        for number, group in enumerate(_groups(path, tree)):
            kind = "layer"
            try:
                kind = Fields(group, "", []).text("type")
                fields = Fields(group, f"layer {number} ({kind})", self.notes)
                self._take(kind, fields, chain, pixels)
            except (UnfitLayer, NetworkError) as error:
                reasons = (
                    error.reasons if isinstance(error, UnfitLayer) else str(error).splitlines()
                )
                for reason in reasons:
                    findings.setdefault(reason, []).append(f"layer {number} ({kind})")
                chain = _after_unfit(group, kind)
        found = [f"{', '.join(where)}: {reason}" for reason, where in findings.items()]
        if not self.layers and not found:
            found = ["no layer with synapses"]
        exchange.require(f"{path} does not fit our networks:", found)

    def halve_for(self, precision: Precision) -> None:
        """Halve weights and neurons if ``precision`` lacks one bit and all weights are even."""
        if precision.floating:
            return
        w = np.concatenate([read.weights.ravel() for read in self.layers])
        bits = int(max(w.max(), ~w.min())).bit_length() + 1
        if bits != precision.inference_bits + 1 or (w & 1).any():
            return
        self.layers = [
            replace(
                read,
                layer=replace(read.layer, neuron=read.layer.neuron.rescaled(-1)),
                weights=shift_floor(read.weights, 1),
            )
            for read in self.layers
        ]
        self.notes.append(
            f"weights are even and of {bits} bits: they, thresholds and biases are halved for "
            f"{precision}"
        )

    def _take(self, kind: str, fields: Fields, chain: Chain, pixels: tuple[float, float]) -> None:
        if kind == "input":
            chain.image = image_of(fields)
            if "neuron" in fields:
                self.encoder = input_neurons(fields, pixels)
        elif kind == "flatten":
            chain.flattened = True
        elif kind in SYNAPSES:
            read = SYNAPSES[kind](fields, chain)
            self.layers.append(read)
            chain.image, chain.flattened = read.layer.out_image, False
        elif kind in _NAMED_ONLY:
            raise UnfitLayer(f"type {kind!r}: lava-dl's netx does not run it either")
        else:
            known = ", ".join(("input", "flatten", *SYNAPSES))
            raise UnfitLayer(f"type {kind!r}: must be one of {known}")


def _groups(path: str | os.PathLike[str], tree: ForeignGroup) -> list[ForeignGroup]:
    """Return the file's layers in order."""
    layers = tree.get("layer")
    if not isinstance(layers, ForeignGroup) or not layers:
        raise FileFormatError(f"{path} cannot be read as a netx file: it has no group 'layer'")
    names = [str(number) for number in range(len(layers))]
    groups: list[Any] = [layers.get(name) for name in names]
    if len(names) > _MAX_LAYERS:
        raise FileFormatError(f"{path} has {len(names)} layers, more than {_MAX_LAYERS}")
    if not all(isinstance(group, ForeignGroup) for group in groups):
        raise FileFormatError(
            f"{path} has {len(names)} layers that are not numbered 0 to {len(names) - 1}: a part "
            "is missing"
        )
    return groups


def _after_unfit(group: ForeignGroup, kind: str) -> Chain:
    """Return what the layer after one that does not fit may take as its input."""
    if kind.startswith("dense"):
        return Chain()
    try:
        return Chain(image=image_of(Fields(group, "", [])))
    except UnfitLayer:
        return Chain()
