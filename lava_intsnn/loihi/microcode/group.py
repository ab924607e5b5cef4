"""Groups of neurons: what they hold, what they run and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lava_intsnn.field_checks import Checked, check_fields
from lava_intsnn.loihi.limits.encoding import REGISTER_BITS
from lava_intsnn.loihi.microcode.errors import MicrocodeError, require_int, signed_range
from lava_intsnn.loihi.microcode.isa import (
    CONSTANTS,
    NAME,
    PREDICATES,
    REGISTERS,
    RESERVED,
    SIGNATURES,
    STEP,
    Instruction,
    Kind,
    Op,
)
from lava_intsnn.nearest_name import suggestion

#: How many of each a group may have: what the operand fields of an instruction have room for.
_MOST = {"states": 64, "ports": 64, "axons": 64, "constants": CONSTANTS, "phases": 64}


@dataclass(frozen=True)
class GroupState(Checked, refusal=MicrocodeError):
    """A word every neuron keeps between phases, ``bits`` wide, two's complement; starts at 0.

    With ``rows`` it is a parameter: a number of the neuron's own that no program writes. Neuron j
    has the number ``j % rows`` of those that the image holds, as channels share theirs; ``digest``
    is their :func:`~.image.digest`.
    """

    name: str
    bits: int
    rows: int = 0
    digest: str = ""


@dataclass(frozen=True)
class Port(Checked, refusal=MicrocodeError):
    """An accumulator every neuron has: the sum of weight times payload of one step's spikes.

    What no phase reads in a step is gone after it. A ``host`` port takes one number per neuron from
    the host in place of spikes.
    """

    name: str
    bits: int
    host: bool = False


@dataclass(frozen=True)
class Axon(Checked, refusal=MicrocodeError):
    """Where spikes leave a neuron; ``bits`` is the width of their payload, signed, or 1: 0 or 1."""

    name: str
    bits: int = 1


@dataclass(frozen=True)
class Constant(Checked, refusal=MicrocodeError):
    """A parameter: one number that all neurons of a group share, or one for each of them."""

    name: str
    value: int | tuple[int, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The one number, or those of the neurons."""
        return self.value if isinstance(self.value, tuple) else (self.value,)


@dataclass(frozen=True)
class Phase(Checked, refusal=MicrocodeError):
    """A program: straight-line code that ends with HALT."""

    name: str
    code: tuple[Instruction, ...]


@dataclass(frozen=True)
class Slot(Checked, refusal=MicrocodeError):
    """Phase ``phase`` runs in each step ``first .. last`` of the period."""

    phase: str
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Group:
    """``n`` neurons that run the same program.

    Parameters
    ----------
    name : str
    n : int
    states, ports, axons, constants : tuples of State, Port, Axon, Constant
    phases : tuple of Phase
    schedule : tuple of Slot
        In ascending order, without overlap; in other steps of the period the group is idle.

    Raises
    ------
    MicrocodeError
        If a name is unfit or given twice, a number out of range, a phase reads a register or
        predicate it has not written, or names something the group does not have.
    """

    name: str
    n: int
    states: tuple[GroupState, ...] = ()
    ports: tuple[Port, ...] = ()
    axons: tuple[Axon, ...] = ()
    constants: tuple[Constant, ...] = ()
    phases: tuple[Phase, ...] = ()
    schedule: tuple[Slot, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self, MicrocodeError)
        require_name("group", self.name)
        here = f"group {self.name}: "
        require_int(here + "n", self.n, 1, 1 << 20)
        for what, most in _MOST.items():
            require_unique(f"{here}{what[:-1]}", getattr(self, what), most=most)
        operands: tuple[Any, ...] = (*self.states, *self.ports, *self.axons, *self.constants)
        for part in (*operands, *self.phases):
            require_name(f"{here}{type(part).__name__.lower()}", part.name)
        for part in operands:
            if part.name in RESERVED:
                raise MicrocodeError(
                    f"{here}name {part.name!r}: is that of a register, predicate, trace or the step"
                )
        words: tuple[GroupState | Port, ...] = (*self.states, *self.ports)
        for word in words:
            require_int(f"{here}{word.name}: bits", word.bits, 2, REGISTER_BITS)
        for state in self.states:
            self._check_parameter(f"{here}state {state.name}", state)
        for axon in self.axons:
            require_int(f"{here}axon {axon.name}: bits", axon.bits, 1, REGISTER_BITS)
        for constant in self.constants:
            low, high = signed_range(REGISTER_BITS)
            if isinstance(constant.value, tuple) and (self.n == 1 or len(constant.value) != self.n):
                raise MicrocodeError(
                    f"{here}constant {constant.name} has {len(constant.value)} numbers: must be "
                    f"one, or {self.n}, one for each neuron"
                )
            for value in constant.numbers:
                require_int(f"{here}constant {constant.name}", value, low, high)
        for phase in self.phases:
            self._check_phase(phase)
        self._check_schedule()

    def find(self, kind: str, name: str) -> Any:
        """Return the state, port, axon, constant or phase called ``name``; ``kind`` says which."""
        return find(f"group {self.name}: {kind}", name, getattr(self, f"{kind}s"))

    def phase_at(self, step: int) -> Phase | None:
        """Return what runs in ``step`` of the period, None when the group is idle."""
        for slot in self.schedule:
            if slot.first <= step <= slot.last:
                found: Phase = self.find("phase", slot.phase)
                return found
        return None

    @property
    def parameters(self) -> tuple[GroupState, ...]:
        """States that the image fills and no program writes."""
        return tuple(state for state in self.states if state.rows)

    def _check_parameter(self, here: str, state: GroupState) -> None:
        require_int(f"{here}: rows", state.rows, 0, self.n)
        if state.rows:
            require_digest(f"{here}: digest", state.digest)
            if self.n % state.rows:
                raise MicrocodeError(
                    f"{here}: rows = {state.rows}: must divide the {self.n} neurons"
                )
        elif state.digest:
            raise MicrocodeError(f"{here}: a digest without rows: leave it empty")

    def _check_phase(self, phase: Phase) -> None:
        here = f"group {self.name}: phase {phase.name}"
        ends = [i for i, instruction in enumerate(phase.code) if instruction.op is Op.HALT]
        if ends != [len(phase.code) - 1]:
            raise MicrocodeError(f"{here}: must end with HALT, and have no other one")
        written: set[str] = set()
        for line, instruction in enumerate(phase.code):
            try:
                self.check_instruction(instruction)
                check_order(instruction, written)
            except MicrocodeError as error:
                raise MicrocodeError(
                    f"{here}, instruction {line} ({instruction}): {error}"
                ) from None

    def check_instruction(self, instruction: Instruction) -> None:
        """Raise MicrocodeError if the group lacks a name that the instruction mentions."""
        declared = {Kind.STATE: "state", Kind.PORT: "port", Kind.AXON: "axon"}
        for kind, operand in zip(SIGNATURES[instruction.op], instruction.operands):
            if kind in declared:
                found = self.find(declared[kind], str(operand))
                if instruction.op is Op.STORE and found.rows:
                    raise MicrocodeError(f"state {found.name} is a parameter: it cannot be written")
            elif kind is Kind.SOURCE and operand not in REGISTERS and operand != STEP:
                self.find("constant", str(operand))

    def _check_schedule(self) -> None:
        free = 0
        for slot in self.schedule:
            here = f"group {self.name}: schedule of phase {slot.phase}"
            self.find("phase", slot.phase)
            require_int(f"{here}: first", slot.first, free, 1 << 20)
            require_int(f"{here}: last", slot.last, slot.first, 1 << 20)
            free = slot.last + 1


def check_order(instruction: Instruction, written: set[str]) -> None:
    """Check that what is read has been written in this phase, and note what is written."""
    kinds = SIGNATURES[instruction.op]
    for kind, operand in zip(kinds, map(str, instruction.operands)):
        reads = kind in (Kind.SOURCE, Kind.FLAG) and operand in (*REGISTERS, *PREDICATES)
        if reads and operand not in written:
            raise MicrocodeError(f"reads {operand}, which this phase has not written before")
    for kind, operand in zip(kinds, map(str, instruction.operands)):
        if kind in (Kind.REGISTER, Kind.SET_FLAG):
            written.add(operand)


def require_name(what: str, name: object, *, dotted: bool = False) -> None:
    """Raise MicrocodeError unless ``name`` is fit to be one, or if ``dotted`` several with dots."""
    parts = name.split(".") if dotted and isinstance(name, str) else [name]
    if not all(isinstance(part, str) and NAME.fullmatch(part) for part in parts):
        raise MicrocodeError(
            f"{what} name {name!r}: must be letters, digits, '_' and '-', and begin with a letter "
            "or '_'"
        )


def require_digest(what: str, text: str) -> None:
    """Raise MicrocodeError unless ``text`` is a SHA-256 as :func:`~.image.digest` writes it."""
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise MicrocodeError(f"{what} = {text!r}: must be a SHA-256 of 64 hexadecimal digits")


def require_unique(what: str, parts: Iterable[Any], most: int = 1 << 16) -> None:
    """Raise MicrocodeError unless names differ and are not more than ``most``."""
    names = [part.name for part in parts]
    for name in names:
        if names.count(name) > 1:
            raise MicrocodeError(f"{what} {name!r}: is given twice")
    if len(names) > most:
        raise MicrocodeError(f"{what}: {len(names)} of them: at most {most}")


def find(what: str, name: str, parts: Iterable[Any]) -> Any:
    """Return the part called ``name``, or raise MicrocodeError naming those there are."""
    for part in parts:
        if part.name == name:
            return part
    names = [part.name for part in parts]
    known = ", ".join(names) or "none"
    raise MicrocodeError(
        f"{what} {name!r}: must be one of those declared: {known}{suggestion(name, names)}"
    )
