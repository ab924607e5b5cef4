"""A program together with the numbers its synapses hold."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from lava_intsnn.field_checks import check_fields, short_repr, shown
from lava_intsnn.loihi.microcode.errors import MicrocodeError, require_within, signed_range
from lava_intsnn.loihi.microcode.program import Program, SynapseBlock


def digest(array: np.ndarray) -> str:
    """Return the SHA-256 of an integer array's shape and numbers, 64 hexadecimal digits.

    The numbers are taken as 32-bit little-endian integers in row-major order, after a line of text
    with the shape.
    """
    shape = ",".join(map(str, array.shape))
    numbers = np.ascontiguousarray(array, "<i4").tobytes()
    return hashlib.sha256(f"{shape}\n".encode() + numbers).hexdigest()


@dataclass(frozen=True, eq=False)
class SynapseData:
    """The numbers of one synapse block: weights, and delays if it has them, int64 ``(O, I)``."""

    weights: np.ndarray
    delays: np.ndarray | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        for name in ("weights", "delays"):
            array = getattr(self, name)
            if array is not None or name == "weights":
                given = np.asarray(array)
                whole = given.dtype.kind in "iuf" and (np.abs(given) < 2.0**31).all()
                if not whole or not (given == np.trunc(given)).all():
                    raise MicrocodeError(f"{name} = {shown(array)}: must be an array of integers")
                copy = np.array(given, np.int64)
                copy.flags.writeable = False
                object.__setattr__(self, name, copy)


@dataclass(frozen=True, eq=False)
class Image:
    """A program and its numbers: the data of its synapse blocks and of its neurons' parameters.

    Parameters
    ----------
    program : Program
    data : mapping of str to SynapseData
        By the name of the block.
    parameters : mapping of str to integer array (rows,)
        By ``group.state``, of every state with rows.

    Raises
    ------
    MicrocodeError
        If data is missing, superfluous, out of range, or not what the program's digest says.
    """

    program: Program
    data: Mapping[str, SynapseData]
    parameters: Mapping[str, np.ndarray] = field(default_factory=dict)

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_fields(self, MicrocodeError, but=("parameters",))
        object.__setattr__(self, "parameters", _checked(self.program, self.parameters))
        names = {block.name for block in self.program.blocks}
        if unknown := sorted(set(self.data) - names):
            raise MicrocodeError(f"data of {', '.join(unknown)}: the program has no such block")
        for block in self.program.blocks:
            if block.name not in self.data:
                raise MicrocodeError(f"synapse block {block.name}: its data is missing")
            _check(block, self.data[block.name])

    def with_weights(
        self,
        weights: Mapping[str, np.ndarray],
        delays: Mapping[str, np.ndarray | None] | None = None,
    ) -> Image:
        """Return the image with other weights, and perhaps delays, in some blocks.

        The digests of its program are theirs.
        """
        for name in weights:
            self.program.block(name)  # names those there are
        delays = delays or {}
        data = {
            name: SynapseData(weights.get(name, held.weights), delays.get(name, held.delays))
            for name, held in self.data.items()
        }
        blocks = tuple(
            replace(
                block,
                weights_digest=digest(data[block.name].weights),
                delays_digest=_delays_digest(data[block.name]),
            )
            for block in self.program.blocks
        )
        return Image(replace(self.program, blocks=blocks), data, self.parameters)


def _checked(program: Program, given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return copies of the parameters of all groups, or refuse what is not the program's."""
    if not isinstance(given, Mapping):
        raise MicrocodeError(f"Image: parameters = {shown(given)}: must be a dict of arrays")
    states = {f"{g.name}.{state.name}": state for g in program.groups for state in g.parameters}
    if unknown := sorted(map(str, set(given) - set(states))):
        raise MicrocodeError(
            f"Image: parameters {shown(', '.join(unknown))}: the program has no such state"
        )
    found = {}
    for name, state in states.items():
        if name not in given:
            raise MicrocodeError(f"parameter {name}: its numbers are missing")
        numbers = np.asarray(given[name])
        if numbers.shape != (state.rows,) or numbers.dtype.kind not in "iu":
            raise MicrocodeError(
                f"parameter {name} is {numbers.dtype} {numbers.shape}: must be integers "
                f"({state.rows},)"
            )
        require_within(f"parameter {name}", numbers, *signed_range(state.bits))
        if digest(numbers) != state.digest:
            raise MicrocodeError(
                f"parameter {name}: its numbers are not those of the program: digests differ"
            )
        found[name] = numbers.astype(np.int64)
        found[name].flags.writeable = False
    return found


def _delays_digest(data: SynapseData) -> str:
    return "" if data.delays is None else digest(data.delays)


def _check(block: SynapseBlock, data: SynapseData) -> None:
    here = f"synapse block {block.name}: "
    check_weights(block, data.weights)
    if (data.delays is not None) != (block.max_delay > 0):
        raise MicrocodeError(here + "delays are given exactly where max_delay is above 0")
    if digest(data.weights) != block.weights_digest:
        raise MicrocodeError(here + "the weights are not those of the program: digests differ")
    if data.delays is None:
        return
    _require_shape(here + "delays", data.delays, block)
    require_within(here + "delays", data.delays, 0, block.max_delay)
    if digest(data.delays) != block.delays_digest:
        raise MicrocodeError(here + "the delays are not those of the program: digests differ")


def check_weights(block: SynapseBlock, weights: np.ndarray) -> None:
    """Raise MicrocodeError unless ``weights`` have the block's shape and range."""
    what = f"synapse block {block.name}: weights"
    _require_shape(what, weights, block)
    require_within(what, weights, block.w_min, block.w_max)


def _require_shape(what: str, array: np.ndarray, block: SynapseBlock) -> None:
    if array.shape != block.shape:
        raise MicrocodeError(f"{what} of shape {array.shape}: must be {block.shape}")
