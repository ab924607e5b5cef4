"""Programs as text to read; :func:`~.assembler.assemble` turns it back into the same program."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.loihi.microcode.binary import encode
from lava_intsnn.loihi.microcode.group import Group
from lava_intsnn.loihi.microcode.isa import Instruction
from lava_intsnn.loihi.microcode.program import Program, SynapseBlock
from lava_intsnn.network.windows import Pair

#: Comments start in this column.
_COLUMN = 34


def explain(instruction: Instruction) -> str:
    """Return what an instruction does in words, followed by its own comment if it has one."""
    meaning = instruction.op.meaning.format(*instruction.operands)
    own = " ".join(instruction.comment.split())
    return f"{meaning}; {own}" if own else meaning


def disassemble(program: Program) -> str:
    """Return the listing of ``program``.

    Everything from ``;`` to the end of a line is a comment: the code word of each instruction, what
    it does, and what the compiler noted about it.
    """
    lines = [f"program {program.name}", f"period {program.period}"]
    if program.inputs:
        lines += ["", *(f"input {i.name} n {i.n} bits {i.bits}" for i in program.inputs)]
    for group in program.groups:
        lines += ["", *_group(group)]
    for block in program.blocks:
        lines += ["", *_block(block)]
    return "\n".join([*lines, "", "end"]) + "\n"


def _group(group: Group) -> Iterator[str]:
    yield f"group {group.name} n {group.n}"
    for state in group.states:
        own = f" rows {state.rows} sha256 {state.digest}" if state.rows else ""
        yield f"  state {state.name} bits {state.bits}{own}"
    for port in group.ports:
        yield f"  port {port.name} bits {port.bits}" + " host" * port.host
    for axon in group.axons:
        yield f"  axon {axon.name} bits {axon.bits}"
    for constant in group.constants:
        yield f"  constant {constant.name} {' '.join(map(str, constant.numbers))}"
    for phase in group.phases:
        yield f"  phase {phase.name}"
        for word, instruction in zip(encode(group, phase.code), phase.code):
            yield f"    {instruction!s:<{_COLUMN - 5}} ; {word:08x}  {explain(instruction)}"
    for slot in group.schedule:
        yield f"  at {slot.first}..{slot.last} {slot.phase}"


def _block(block: SynapseBlock) -> Iterator[str]:
    yield f"synapses {block.name} from {block.source} to {block.group}.{block.port}"
    yield f"  shape {block.shape[0]}x{block.shape[1]}"
    yield f"  weights bits {block.bits} range {block.w_min}..{block.w_max}"
    yield f"  weights_sha256 {block.weights_digest}"
    if block.conv:
        conv, (height, width, channels) = block.conv, block.conv.in_shape
        sides = [(name, getattr(conv, name)) for name in ("kernel", "stride", "padding")]
        if conv.dilation != 1:
            sides.append(("dilation", conv.dilation))
        words = [f"{name} {_sides(value)}" for name, value in sides]
        words += [f"groups {conv.groups}"] if conv.groups > 1 else []
        yield f"  conv in {height}x{width}x{channels} {' '.join(words)}"
    if block.max_delay:
        yield f"  delays max {block.max_delay}"
        yield f"  delays_sha256 {block.delays_digest}"
    if rule := block.learning:
        yield f"  trace x1 shift {rule.x1_shift}"
        tag = f"  tag bits {rule.tag_bits} at {rule.tag_first}..{rule.tag_last} dt = {rule.dt}"
        yield f"{tag:<{_COLUMN - 1}} ; in each of these steps, after the phase"
        update = f"  update at {rule.update_step} dw = {rule.dw}"
        yield f"{update:<{_COLUMN - 1}} ; then clamped to the range of the weights"
        yield f"  rounding {rule.rounding.name.lower()} stream {rule.stream}"


def _sides(sides: int | Pair) -> str:
    return str(sides) if isinstance(sides, int) else f"{sides[0]}x{sides[1]}"
