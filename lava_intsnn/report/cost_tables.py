"""Memory, operations and energy as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from lava_intsnn.costs.activity_check import ActivityLine
from lava_intsnn.costs.energy import ASSUMPTIONS, MAPPINGS, Energy
from lava_intsnn.costs.ledger import KINDS
from lava_intsnn.costs.memory import Memory
from lava_intsnn.costs.memory_check import COMPUTED_INPUTS, MemoryLine
from lava_intsnn.costs.operations import Operations
from lava_intsnn.costs.operations_check import NOTES, OperationLine
from lava_intsnn.markdown import count, table

_ACCOUNTING = {
    "paper": "as tables B.1 and B.2 count it",
    "exact": "the states that exist, in the widths the bounds prove",
}


def memory_elements(found: Memory) -> str:
    """Return every element, in both formats."""
    rows = [
        [
            e.kind,
            e.section,
            e.name,
            "x".join(map(str, e.shape)),
            str(e.bits or "-"),
            str(e.float_bits or "-"),
            *(f"{bits / 8:,.0f}" if bits >= 8 else f"{bits / 8:.2f}" for bits in e.total_bits),
        ]
        for e in found.elements
    ]
    header = ["memory", "section", "element", "shape", "bits", "FP32 bits", "bytes", "FP32 bytes"]
    title = f"Elements of {found.network} {found.precision}, {_ACCOUNTING[found.accounting]}:"
    return f"{title}\n\n{table(header, rows)}"


def memory_sections(found: Memory) -> str:
    """Return bytes by section, with what is saved."""
    rows = []
    for kind in ("static", "dynamic"):
        for section, pair in found.sections(kind).items():
            rows.append([kind, section, *_saved(pair)])
        rows.append([kind, "total", *_saved(found.total(kind))])
    rows.append(["all", "total", *_saved(found.total())])
    header = ["memory", "section", f"{found.precision} bytes", "FP32 bytes", "saved %"]
    title = f"Memory of a training iteration, {_ACCOUNTING[found.accounting]}:"
    return f"{title}\n\n{table(header, rows)}"


def _saved(pair: tuple[int, int]) -> list[str]:
    return [f"{pair[0]:,}", f"{pair[1]:,}", f"{100 * (1 - pair[0] / pair[1]):.2f}"]


def memory_check(lines: Sequence[MemoryLine]) -> str:
    """Return Table 3.1 as printed, as corrected and as ours, with reasons."""
    rows = []
    for line in lines:
        pairs = (line.printed, line.reproduced, line.corrected, line.exact)
        for which, name in enumerate(("MP", "FP32")):
            rows.append([line.kind, line.section, name, *(f"{pair[which]:,}" for pair in pairs)])
    rows.append(["both", "saved", "", *(f"{_saved(pair)[-1]} %" for pair in pairs)])
    at = f"at I = {COMPUTED_INPUTS}"
    header = ["memory", "section", "", "printed", at, "at I = 175", "exact"]
    reasons = "\n".join(f"- {line.kind}, {line.section}: {line.reason}." for line in lines)
    return f"Table 3.1, bytes, line by line:\n\n{table(header, rows)}\n\n{reasons}"


def operations_sections(found: Operations) -> str:
    """Return operations by section and kind."""
    sections = {**found.sections(), "total": found.total()}
    rows = [[name, *(count(kinds[kind]) for kind in KINDS)] for name, kinds in sections.items()]
    title = (
        f"Operations of a training iteration of {found.network} {found.precision}, "
        f"{found.accounting} accounting; activity: {found.activity.source}:"
    )
    return f"{title}\n\n{table(['section', *KINDS], rows)}"


def operations_lines(found: Operations) -> str:
    """Return every line with its formula."""
    rows = [[x.section, x.element, x.kind, x.formula, count(x.count)] for x in found.lines]
    header = ["section", "element", "kind", "formula", "operations"]
    return f"Lines, {found.precision}, {found.accounting} accounting:\n\n{table(header, rows)}"


def operations_check(lines: Sequence[OperationLine]) -> str:
    """Return Table 3.2 as printed, as its formulas give it and as ours, with reasons."""
    reasons = list(dict.fromkeys(reason for line in lines for reason in line.reasons))
    rows = [
        [
            "FP32" if line.floating else "MP 16-8",
            line.section,
            line.kind,
            count(line.printed),
            count(int(line.coefficients)),
            count(int(line.reproduced)),
            "yes" if line.adds_up else "no",
            count(line.exact),
            " ".join(_letter(reasons.index(reason)) for reason in line.reasons),
        ]
        for line in lines
    ]
    header = [
        "network", "section", "kind", "printed", "with 0.9999", "with 1", "adds up", "exact", "why",
    ]  # fmt: skip
    why = "\n".join(f"- ({_letter(k)}) {reason}" for k, reason in enumerate(reasons))
    notes = "\n".join(f"- {note}" for note in NOTES)
    differs = f"Why exact differs:\n\n{why}"
    return f"Table 3.2, figure by figure:\n\n{table(header, rows)}\n\n{notes}\n\n{differs}"


def _letter(k: int) -> str:
    return "abcdefghijklmnopqrstuvwxyz"[k]


def activity_check(lines: Sequence[ActivityLine]) -> str:
    """Return Table B.5 with the measured activity beside it."""
    rows = [
        [x.name, x.share_of, *(f"{each:.4f}" for each in x.printed), f"{x.measured:.4f}"]
        for x in lines
    ]
    header = ["coefficient", "share of", "printed, MP 16-8", "printed, FP32", "measured"]
    return f"Table B.5, shares that are not 0:\n\n{table(header, rows)}"


def energy_table(found: Energy) -> str:
    """Return microjoules by section and mapping, with ratios."""
    lines = {**found.sections, "total": (*found.integer.values(), found.floating)}
    rows = [[name, *(f"{pj / 1e6:.3f}" for pj in figures)] for name, figures in lines.items()]
    rows.append(["FP32 / integer", *(f"{ratio:.2f}" for ratio in found.ratios.values()), "1.00"])
    title = f"Energy of a training iteration in microjoules, {found.accounting} accounting:"
    return f"{title}\n\n{table(['section', *MAPPINGS, 'FP32'], rows)}"


def energy_assumptions() -> str:
    """Return the assumptions of the energy figures."""
    lines = [f"- {name}: {what}" for name, what in MAPPINGS.items()]
    return "\n".join(["Assumptions:", "", *lines, *(f"- {text}" for text in ASSUMPTIONS)])
