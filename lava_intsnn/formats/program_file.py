"""Compiled programs as files: code, layout, weights and delays of the synapses, and the network."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from lava_intsnn.field_checks import Checked, Within, shown
from lava_intsnn.loihi.microcode import Image, SynapseData, assemble, disassemble, encode
from lava_intsnn.network import Network
from lava_intsnn.storage import container
from lava_intsnn.storage.errors import FileFormatError

KIND, VERSION = "program", 1
_FIELDS = {"listing": str, "network": str, "target": str, "seed": int, "updates": int}
_FIX = "Compile the network again"


@dataclass(frozen=True)
class Compiled(Checked, refusal=FileFormatError):
    """What a program file holds.

    ``image`` was compiled from ``network`` for ``target``. ``seed`` and ``updates`` are those of
    its state; they key the random bits of learning. ``classes`` are the names of the run, if any.
    """

    image: Image
    network: Network
    target: str
    seed: int
    updates: Annotated[int, Within(0, 1 << 62)]
    classes: tuple[str, ...] = ()


def save_program(path: str | os.PathLike[str], compiled: Compiled) -> None:
    """Write a program, atomically.

    The file holds the listing, each phase's code as the 32-bit words of
    :mod:`~lava_intsnn.loihi.microcode.binary`, and the numbers of each synapse block.

    Raises
    ------
    FileFormatError, OSError
        If the file cannot be written; ``path`` then keeps its content.
    """
    image = compiled.image
    header = {
        "listing": disassemble(image.program),
        "network": compiled.network.to_json(),
        **{name: getattr(compiled, name) for name in ("target", "seed", "updates")},
    }
    if compiled.classes:  # older releases leave it aside
        header["classes"] = compiled.classes
    arrays = _code(image) | _data(image)
    container.write(path, kind=KIND, version=VERSION, header=header, arrays=arrays)


def load_program(path: str | os.PathLike[str]) -> Compiled:
    """Read what :func:`save_program` wrote.

    Raises
    ------
    FileFormatError
        If the file is missing, damaged, foreign or too new, or its listing, code words and synapses
        do not belong together.
    """
    header, arrays = container.read(path, kind=KIND, max_version=VERSION)
    for name, kind in _FIELDS.items():
        if type(header.get(name)) is not kind:
            raise FileFormatError(f"{path}: its {name} is {shown(header.get(name))}. {_FIX}")
    with container.understood(path, "program", _FIX):
        program = assemble(header["listing"])
        image = Image(program, {b.name: _block(arrays, b.name) for b in program.blocks})
        network = Network.from_json(header["network"])
        state = (header["target"], header["seed"], header["updates"])
        compiled = Compiled(image, network, *state, header.get("classes", ()))
        expected = _code(image) | _data(image)
    if set(expected) != set(arrays) or not all(
        np.array_equal(words, arrays[name]) for name, words in expected.items()
    ):
        raise FileFormatError(f"{path}: its code words are not those of its listing. {_FIX}")
    return compiled


def _code(image: Image) -> dict[str, np.ndarray]:
    return {
        f"code.{group.name}.{phase.name}": encode(group, phase.code)
        for group in image.program.groups
        for phase in group.phases
    }


def _data(image: Image) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for name, data in image.data.items():
        arrays[f"weights.{name}"] = data.weights.astype(np.int16)
        if data.delays is not None:
            arrays[f"delays.{name}"] = data.delays.astype(np.int16)
    return arrays


def _block(arrays: dict[str, Any], name: str) -> SynapseData:
    return SynapseData(arrays[f"weights.{name}"], arrays.get(f"delays.{name}"))
