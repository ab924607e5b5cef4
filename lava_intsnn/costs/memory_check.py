"""Table 3.1 line by line: as printed, as the sum of its own elements, and from our bounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from lava_intsnn.costs import paper_tables
from lava_intsnn.costs.memory import Memory, memory
from lava_intsnn.network import Dense, Network

#: The input size that reproduces Table 3.1; the text above the table says 175.
COMPUTED_INPUTS = 150
PAPER_SHAPE, PAPER_BATCH = (175, 256, 20), 128

_INPUTS = f"computed with I = {COMPUTED_INPUTS}; the text says I = 175"
_WEIGHTS = (
    "Exact: inference weights are the top bits of the shadow weights, and a float network has one "
    "set of weights"
)
#: Why lines differ; widths in braces are the exact accounting's.
_REASONS = {
    ("static", "hidden forward"): f"{_INPUTS}. FP32 is 2 bytes short even so: threshold and window "
    f"have 48 bits together, not 64. {_WEIGHTS}; fixed recurrent weights need no shadow",
    ("static", "output forward"): f"adds up. {_WEIGHTS}",
    ("static", "parameters"): "adds up: 63 bits, rounded up to whole bytes. Exact: shifts are "
    "stored, not powers of two",
    ("static", "total"): "follows from the line of the hidden layer",
    ("dynamic", "hidden forward"): f"{_INPUTS}. Exact: the presynaptic trace is counted (B, H, I), "
    "though it belongs to an input, (B, I); the weight trace needs {hidden_trace} bits, not 16",
    ("dynamic", "output forward"): "adds up. Exact: the presynaptic trace is the spike itself and "
    "needs no memory; the hidden layer's spikes are counted twice (its output, this input); the "
    "weight trace counts to T: {output_trace} bits, not 8",
    ("dynamic", "error"): "FP32: 10,420 is 10,240 with two digits swapped. Exact: {err} bits, not "
    "8, so that the largest error does not overflow",
    ("dynamic", "output update"): "adds up. Exact: delta is stored before the clip, {output_delta} "
    "bits, not 9; the decay term is never stored for all weights",
    ("dynamic", "hidden update"): f"{_INPUTS}. Exact: delta is stored before the clip, "
    "{hidden_delta} bits, not 9; the decay term is never stored for all weights",
    ("dynamic", "total"): "MP: its own lines add up to 15,766,208. FP32: adds up, the swapped "
    "digits included",
    ("both", "total"): "the two printed totals, added",
}


@dataclass(frozen=True, kw_only=True)
class MemoryLine:
    """A line of Table 3.1, each pair MP 16-8 and FP32 in bytes.

    ``printed``; ``corrected``, the elements of tables B.1 and B.2 at I = 175; ``reproduced``, the
    same at I = 150; ``exact``, ours; ``reason``, why they differ.
    """

    kind: str
    section: str
    printed: tuple[int, int]
    corrected: tuple[int, int]
    reproduced: tuple[int, int]
    exact: tuple[int, int]
    reason: str


def is_papers(network: Network) -> bool:
    """Whether ``network`` is the one tables 3.1 and 3.2 are about, in 16-8."""
    first = network.layers[0]
    recurrent = first.recurrence is not None
    same = (network.shape, network.batch) == (PAPER_SHAPE, PAPER_BATCH)
    return same and recurrent and str(network.precision) == "16-8"


def table_3_1(network: Network) -> list[MemoryLine]:
    """Compare Table 3.1 with both accountings of ``network``.

    Raises
    ------
    ValueError
        If ``network`` is not the paper's.
    """
    if not is_papers(network):
        raise ValueError(
            f"network {network.name!r} {network.precision} is not that of Table 3.1: "
            "use shd-rsnn in 16-8"
        )
    first = replace(cast(Dense, network.layers[0]), n_in=COMPUTED_INPUTS)
    smaller = replace(network, layers=(first, *network.layers[1:]))
    ours = {
        "corrected": memory(network, accounting="paper"),
        "reproduced": memory(smaller, accounting="paper"),
        "exact": memory(network, accounting="exact"),
    }
    lines = []
    printed = {
        "static": {**paper_tables.STATIC_BYTES, "total": paper_tables.STATIC_TOTAL},
        "dynamic": {**paper_tables.DYNAMIC_BYTES, "total": paper_tables.DYNAMIC_TOTAL},
        "both": {"total": paper_tables.MEMORY_TOTAL},
    }
    for kind, sections in printed.items():
        for section, pair in sections.items():
            figures = {what: _figure(m, kind, section) for what, m in ours.items()}
            reason = _REASONS[kind, section].format(**_widths(ours["exact"]))
            lines.append(
                MemoryLine(kind=kind, section=section, printed=pair, reason=reason, **figures)
            )
    return lines


def _figure(found: Memory, kind: str, section: str) -> tuple[int, int]:
    if section == "total":
        return found.total(None if kind == "both" else kind)
    return found.sections(kind)[section]


def _widths(exact: Memory) -> dict[str, int]:
    bits = {(e.section, e.name): e.bits for e in exact.elements}
    return {
        "hidden_trace": bits["hidden forward", "t_corr"],
        "output_trace": bits["output forward", "t_corr"],
        "err": bits["error", "err"],
        "hidden_delta": bits["hidden update", "delta"],
        "output_delta": bits["output update", "delta"],
    }
