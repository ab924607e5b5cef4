"""Reads listings: the text form of programs, strict about every token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.loihi.microcode.group import (
    Axon,
    Constant,
    Group,
    GroupState,
    Phase,
    Port,
    Slot,
    check_order,
)
from lava_intsnn.loihi.microcode.isa import SIGNATURES, Instruction, Kind, Op, ins
from lava_intsnn.loihi.microcode.line import Line, read_lines
from lava_intsnn.loihi.microcode.program import ConvGeometry, Input, Program, SynapseBlock
from lava_intsnn.loihi.microcode.sum_of_products import LearningRule, SumOfProducts


def assemble(text: str) -> Program:
    """Return the program a listing describes: ``assemble(disassemble(p)) == p``.

    Raises
    ------
    MicrocodeError
        Naming the line, the offending token and what is allowed in its place.
    """
    lines = Lines(read_lines(text))
    name = lines.take("program").finish(lambda line: line.name())
    period = lines.take("period").finish(lambda line: line.integer())
    inputs = tuple(line.finish(_input) for line in lines.many("input"))
    groups = tuple(_group(line, lines) for line in lines.many("group"))
    blocks = tuple(_block(line, lines) for line in lines.many("synapses"))
    return lines.end("input, group, synapses or end, in this order").build(
        Program,
        name=name,
        period=period,
        inputs=inputs,
        groups=groups,
        blocks=blocks,
    )


class Lines:
    """The lines of a listing, taken one after the other."""

    def __init__(self, lines: list[Line]) -> None:
        self._lines, self._at = lines, 0

    def next(self, *words: str) -> bool:
        """Return whether the next line starts with one of ``words``."""
        return self._at < len(self._lines) and self._lines[self._at].keyword in words

    def take(self, *words: str) -> Line:
        """Return the next line, which has to start with one of ``words``."""
        if self._at >= len(self._lines):
            raise MicrocodeError(f"listing ends where {' or '.join(words)} must follow")
        line = self._lines[self._at]
        line.keyword_of(words)
        self._at += 1
        return line

    def many(self, word: str) -> Iterator[Line]:
        """Take all lines that follow and start with ``word``."""
        while self.next(word):
            yield self.take(word)

    def end(self, allowed: str) -> Line:
        """Take the line ``end``, which has to be the last; return the first line."""
        if not self.next("end") and self._at < len(self._lines):
            raise self._lines[self._at].wrong(self._lines[self._at].keyword, allowed)
        self.take("end").finish(lambda _: None)
        if self._at < len(self._lines):
            raise self._lines[self._at].wrong(self._lines[self._at].keyword, "nothing after end")
        return self._lines[0]


def _input(line: Line) -> Input:
    return line.build(Input, name=line.name(), n=line.integer("n"), bits=line.integer("bits"))


def _group(line: Line, lines: Lines) -> Group:
    parts: dict[str, Any] = line.finish(lambda _: {"name": line.name(), "n": line.integer("n")})
    for word, read in _DECLARATIONS.items():
        parts[f"{word}s"] = tuple(one.finish(read) for one in lines.many(word))
    empty: Group = line.build(Group, **parts)
    phases = tuple(_phase(one, lines, empty) for one in lines.many("phase"))
    slots = tuple(one.finish(_slot) for one in lines.many("at"))
    return line.build(Group, **parts, phases=phases, schedule=slots)


_DECLARATIONS: dict[str, Callable[[Line], Any]] = {
    "state": lambda line: GroupState(line.name(), line.integer("bits"), *_parameter(line)),
    "port": lambda line: Port(line.name(), line.integer("bits"), line.optional("host")),
    "axon": lambda line: Axon(line.name(), line.integer("bits")),
    "constant": lambda line: Constant(line.name(), _value(line)),
}


def _parameter(line: Line) -> tuple[int, str] | tuple[()]:
    if not line.optional("rows"):
        return ()
    return line.integer(), line.after("sha256").word("a digest")


def _value(line: Line) -> int | tuple[int, ...]:
    values = [line.integer()]
    while line.goes_on:
        values.append(line.integer())
    return values[0] if len(values) == 1 else tuple(values)


def _slot(line: Line) -> Slot:
    first, last = line.span()
    return Slot(line.name(), first, last)


def _phase(first: Line, lines: Lines, group: Group) -> Phase:
    name = first.finish(lambda line: line.name())
    code: list[Instruction] = []
    written: set[str] = set()
    while not code or code[-1].op is not Op.HALT:
        line = lines.take(*Op.__members__)
        kinds = SIGNATURES[Op[line.keyword]]
        numbers = (Kind.SHIFT, Kind.BITS)
        operands = [line.integer() if kind in numbers else line.word(kind.value) for kind in kinds]
        line.finish(lambda _: None)
        instruction = line.build(ins, line.keyword, *operands)
        line.build(group.check_instruction, instruction)
        line.build(check_order, instruction, written)
        code.append(instruction)
    return Phase(name, tuple(code))


def _block(line: Line, lines: Lines) -> SynapseBlock:
    name, source = line.word("a name"), line.after("from").word("an input or GROUP.AXON")
    target = line.finish(lambda line: line.after("to").word("GROUP.PORT")).split(".")
    if len(target) != 2:
        raise line.wrong(".".join(target), "GROUP.PORT")
    shape = lines.take("shape").finish(lambda one: one.sizes(2))
    weights = lines.take("weights")
    bits, (w_min, w_max) = weights.finish(lambda one: (one.integer("bits"), one.span("range")))
    parts: dict[str, Any] = {
        "weights_digest": lines.take("weights_sha256").finish(lambda one: one.word("a digest"))
    }
    if lines.next("conv"):
        parts["conv"] = lines.take("conv").finish(_conv)
    if lines.next("delays"):
        parts["max_delay"] = lines.take("delays").finish(lambda one: one.integer("max"))
        digest = lines.take("delays_sha256").finish(lambda one: one.word("a digest"))
        parts["delays_digest"] = digest
    if lines.next("trace"):
        parts["learning"] = _rule(lines)
    group, port = target
    return line.build(
        SynapseBlock,
        **dict(name=name, source=source, group=group, port=port, shape=shape, bits=bits),
        **dict(w_min=w_min, w_max=w_max),
        **parts,
    )


def _conv(line: Line) -> ConvGeometry:
    in_shape = line.after("in").sizes(3)
    numbers = {word: line.sides(word) for word in ("kernel", "stride", "padding")}
    if line.optional("dilation"):
        numbers["dilation"] = line.sides()
    groups = line.integer() if line.optional("groups") else 1
    return line.build(ConvGeometry, in_shape=in_shape, groups=groups, **numbers)


def _rule(lines: Lines) -> LearningRule:
    first = lines.take("trace")
    x1_shift = first.finish(lambda line: line.after("x1").integer("shift"))
    tag = lines.take("tag")
    tag_bits, (tag_first, tag_last) = tag.integer("bits"), tag.span("at")
    dt = tag.build(SumOfProducts.parse, tag.after("dt").after("=").rest())
    update = lines.take("update")
    update_step = update.integer("at")
    dw = update.build(SumOfProducts.parse, update.after("dw").after("=").rest())
    last = lines.take("rounding")
    modes = {mode.name.lower(): mode for mode in Rounding}
    rounding = modes[last.one_of(modes)]
    return first.build(
        LearningRule,
        **dict(dt=dt, dw=dw, x1_shift=x1_shift, tag_bits=tag_bits, rounding=rounding),
        **dict(tag_first=tag_first, tag_last=tag_last, update_step=update_step),
        stream=last.finish(lambda line: line.integer("stream")),
    )
