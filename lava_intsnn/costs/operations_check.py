"""Table 3.2 figure by figure: as printed, computed from tables B.3 to B.5, and corrected."""

from __future__ import annotations

from dataclasses import dataclass

from lava_intsnn.costs import paper_tables
from lava_intsnn.costs.activity import Activity, paper_activity
from lava_intsnn.costs.ledger import KINDS
from lava_intsnn.costs.memory_check import is_papers
from lava_intsnn.costs.operations import operations
from lava_intsnn.network import Network

#: Caption of a block of Table 3.2 -> whether it holds the float network's operations.
IS_FLOATING = {"Floating point": False, "Integer-only": True}

#: Errors of the table as a whole.
NOTES = (
    "The captions of the two blocks are swapped: the one called floating point holds the bit "
    "shifts and the integer network's activity (A_hidS = 0.3047), the one called integer-only the "
    "exponentials of the softmax.",
    "Every figure is that of tables B.3 and B.4 with activity 1 of weights and recurrent input, "
    "rounded down; Table B.5 prints these four coefficients as 0.9999. Totals are sums before "
    "rounding, so that some are 1 or 2 above the sum of their lines.",
    "A_I of MNIST in Table B.5, 0.8693, is the share of zeros: the mean intensity of MNIST, which "
    "is the chance of a spike, is 0.1307. So is, most likely, 0.5496 of the spoken digits: in SHD "
    "made anew 0.551 of all counts are 0, and 0.449 are not.",
)

_SYNAPSE = "the weight trace is counted once a neuron, B·H; it is one a synapse, B·H·I"
_REASONS = {
    ("forward", "B-MUL"): _SYNAPSE,
    ("forward", "ADD"): _SYNAPSE,
    ("update", "MUL"): "delta is a product per synapse and sample, B·H·I, not B·H; so is the error "
    "voltage, B·H·O, not H·O",
    ("update", "ADD"): "delta and error voltage are summed per synapse and sample",
}
_FLOAT_REASONS = {
    ("forward", "MUL"): "the decay of the presynaptic trace, T·B·I, is left out of the float block",
    ("error", "ADD"): "sums of O values need O-1 additions",
    ("error", "EXP"): "every count has an exponential; the share of outputs that spike in one step "
    "(A_outS) is not that of counts above 0",
}
_INTEGER_REASONS = {
    ("forward", "SHIFT"): "activations are not shifted here (their bounds fit); recurrent input is",
    ("error", "MUL"): "every count is multiplied by alpha; the share of outputs that spike in one "
    "step (A_outS) is not that of counts above 0",
}


@dataclass(frozen=True, kw_only=True)
class OperationLine:
    """One figure of Table 3.2.

    ``caption`` of the printed block and whether it is ``floating`` in truth; ``printed``;
    ``coefficients``, from tables B.3 to B.5 as printed; ``reproduced``, with activity 1 of weights
    and recurrent input; ``exact``, ours; ``reasons``, why ours differs.
    """

    caption: str
    floating: bool
    section: str
    kind: str
    printed: int
    coefficients: float
    reproduced: float
    exact: float
    reasons: tuple[str, ...]

    @property
    def adds_up(self) -> bool:
        """Whether the printed figure is what the formulas give."""
        return int(self.reproduced) == self.printed


def table_3_2(network: Network, *, measured: Activity | None = None) -> list[OperationLine]:
    """Compare Table 3.2 with both accountings of ``network``.

    Parameters
    ----------
    measured : Activity, optional
        For the exact column; by default Table B.5's.

    Raises
    ------
    ValueError
        If ``network`` is not the paper's.
    """
    if not is_papers(network) or network.name != "shd-rsnn":
        raise ValueError(
            f"network {network.name!r} {network.precision} is not that of Table 3.2: "
            "use shd-rsnn in 16-8"
        )
    lines = []
    for caption, block in paper_tables.OPERATIONS.items():
        floating = IS_FLOATING[caption]
        printed = paper_activity(network, floating=floating)
        ones = paper_activity(network, floating=floating, weights=1.0)
        assert printed is not None
        assert ones is not None
        ways = ((printed, "paper"), (ones, "paper"), (measured or printed, "exact"))
        found = [operations(network, a, accounting=x, floating=floating) for a, x in ways]
        tables = [{**each.sections(), "total": each.total()} for each in found]
        for section, figures in block.items():
            for kind in KINDS:
                ours = [table[section][kind] for table in tables]
                if not (figures.get(kind) or any(ours)):
                    continue
                line = OperationLine(
                    caption=caption,
                    floating=floating,
                    section=section,
                    kind=kind,
                    printed=figures.get(kind, 0),
                    reasons=_reasons(section, kind, floating),
                    **dict(zip(("coefficients", "reproduced", "exact"), ours)),
                )
                lines.append(line)
    return lines


def _reasons(section: str, kind: str, floating: bool) -> tuple[str, ...]:
    part = section.split()[-1]
    own = _FLOAT_REASONS if floating else _INTEGER_REASONS
    texts = [table[part, kind] for table in (_REASONS, own) if (part, kind) in table]
    if kind == "CMP" and part != "total":
        texts = [] if floating else ["clip and saturation are left out"]
    output = section.startswith("output")
    if part == "forward" and output and kind in ("MUL", "B-MUL"):
        texts.append("the output layer's inputs are spikes: a product with one is a B-MUL")
    if part == "forward" and not output and kind in ("MUL", "ADD"):
        texts.append("recurrent input is 0 at a sample's first step: T-1 sums, not T")
    if section == "total":
        texts = ["the lines above"]
    return tuple(texts)
