"""Compiled programs as files: code, layout, numbers of synapses and neurons, and the network."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.field_checks import Checked, Within, shown
from lava_intsnn.formats.spiking import spiking_content, spiking_from
from lava_intsnn.loihi.microcode import Image, Program, SynapseData, assemble, disassemble, encode
from lava_intsnn.network import Network
from lava_intsnn.storage import container
from lava_intsnn.storage.errors import FileFormatError

KIND = "program"
#: Of a network that may learn, and of a converted one, which older releases do not know.
VERSION, CONVERTED_VERSION = 1, 2
_FIELDS = {"listing": str, "target": str, "seed": int, "updates": int}
#: Before the names of a converted network's own arrays.
_CONVERTED = "converted."
_FIX = "Compile the network again"


@dataclass(frozen=True)
class Compiled(Checked, refusal=FileFormatError):
    """What a program file holds.

    ``image`` was compiled from ``network`` for ``target``. ``seed`` and ``updates`` are those of
    its state; they key the random bits of learning. ``classes`` are the names of the run, if any.
    ``origin`` is that of a converted network, see :func:`~.spiking.save_spiking`.
    """

    image: Image
    network: Network | SpikingNetwork
    target: str
    seed: int
    updates: Annotated[int, Within(0, 1 << 62)]
    classes: tuple[str, ...] = ()
    origin: Mapping[str, str | int | float | None] = field(default_factory=dict)

    @property
    def converted(self) -> bool:
        """Whether the program is that of a converted network."""
        return isinstance(self.network, SpikingNetwork)

    @property
    def described(self) -> Network:
        """The network, of a program that is not a converted network's.

        Raises
        ------
        ValueError
            If it is: such a network has no description, no state and nothing to learn.
        """
        if isinstance(self.network, SpikingNetwork):
            raise ValueError(
                f"the program is that of the converted network {self.network.name!r}: this takes "
                "programs that `lava-intsnn compile` wrote; `convert certify` tests this one"
            )
        return self.network

    @property
    def converted_steps(self) -> int:
        """Steps of an image in a converted network's program."""
        return self.image.program.period - len(self.network.layers)


@checks_kinds
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
    header: dict[str, Any] = {
        "listing": disassemble(image.program),
        **{name: getattr(compiled, name) for name in ("target", "seed", "updates")},
    }
    arrays = _code(image) | _data(image)
    version = VERSION
    if isinstance(compiled.network, SpikingNetwork):
        header["converted"], own = spiking_content(compiled.network, compiled.origin)
        arrays |= {f"{_CONVERTED}{name}": array for name, array in own.items()}
        version = CONVERTED_VERSION
    else:
        header["network"] = compiled.network.to_json()
    if compiled.classes:  # older releases leave it aside
        header["classes"] = compiled.classes
    container.write(path, kind=KIND, version=version, header=header, arrays=arrays)


@checks_kinds
def load_program(path: str | os.PathLike[str]) -> Compiled:
    """Read what :func:`save_program` wrote.

    Raises
    ------
    FileFormatError
        If the file is missing, damaged, foreign or too new, or its listing, code words and synapses
        do not belong together.
    """
    header, arrays = container.read(path, kind=KIND, max_version=CONVERTED_VERSION)
    converted = "converted" in header
    kinds = _FIELDS | ({"converted": dict} if converted else {"network": str})
    for name, kind in kinds.items():
        if type(header.get(name)) is not kind:
            raise FileFormatError(f"{path}: its {name} is {shown(header.get(name))}. {_FIX}")
    with container.understood(path, "program", _FIX):
        program = assemble(header["listing"])
        image = Image(
            program,
            {b.name: _block(arrays, b.name) for b in program.blocks},
            {name: arrays[f"parameters.{name}"] for name in _parameter_names(program)},
        )
        network, origin, own = _network(header, arrays)
        state = (header["target"], header["seed"], header["updates"])
        compiled = Compiled(image, network, *state, header.get("classes", ()), origin)
        expected = _code(image) | _data(image) | own
    if set(expected) != set(arrays) or not all(
        np.array_equal(words, arrays[name]) for name, words in expected.items()
    ):
        raise FileFormatError(f"{path}: its code words are not those of its listing. {_FIX}")
    return compiled


def _network(
    header: Mapping[str, Any], arrays: dict[str, np.ndarray]
) -> tuple[Network | SpikingNetwork, dict[str, Any], dict[str, np.ndarray]]:
    """Return the network, its origin and those of ``arrays`` that are its own."""
    if "converted" not in header:
        return Network.from_json(header["network"]), {}, {}
    own = {name: array for name, array in arrays.items() if name.startswith(_CONVERTED)}
    network, origin = spiking_from(
        header["converted"], {name.removeprefix(_CONVERTED): array for name, array in own.items()}
    )
    return network, origin, own


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
    for name, numbers in image.parameters.items():
        arrays[f"parameters.{name}"] = numbers.astype(np.int32)
    return arrays


def _parameter_names(program: Program) -> list[str]:
    return [f"{group.name}.{state.name}" for group in program.groups for state in group.parameters]


def _block(arrays: dict[str, Any], name: str) -> SynapseData:
    return SynapseData(arrays[f"weights.{name}"], arrays.get(f"delays.{name}"))
