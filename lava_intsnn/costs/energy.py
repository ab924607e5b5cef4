"""Energy of one training iteration: operations times their cost in Table 3.3."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, prod

from lava_intsnn.costs import paper_tables
from lava_intsnn.costs.ledger import Operation
from lava_intsnn.costs.operations import Operations

#: How a width that Table 3.3 does not have (it has 8 and 32 bits) maps to its figures.
MAPPINGS = {
    "8-bit": "every integer operation at the 8-bit figure, as the paper argues: a lower bound",
    "composed": "wider operations made of 8-bit ones: a product of a x b bits is ceil(a/8) * "
    "ceil(b/8) products and the additions between them, an addition or shift of n bits is "
    "ceil(n/8) of them; never above the 32-bit figure",
    "rounded up": "more than 8 bits at the 32-bit figure: an upper bound",
}
ASSUMPTIONS = (
    "float32 operations at the 32-bit float figures",
    "CMP, ABS, EXP and B-MUL (a selection) cost nothing, as in the paper",
    "memory access costs nothing, though on most hardware it costs most",
    "beyond 32 bits a value is two words of 32 bits",
)


@dataclass(frozen=True, kw_only=True)
class Energy:
    """Picojoules per training iteration, in total and by section.

    ``integer`` has one entry for each of :data:`MAPPINGS`; a section's tuple is in its order, with
    float32 last.
    """

    accounting: str
    integer: dict[str, float]
    floating: float
    sections: dict[str, tuple[float, ...]]

    @property
    def ratios(self) -> dict[str, float]:
        """Return the energy of float32 divided by that of the integers."""
        return {name: self.floating / pj for name, pj in self.integer.items()}


def energy(integer: Operations, floating: Operations) -> Energy:
    """Price the same network's operations in integers and in float32.

    Raises
    ------
    ValueError
        If the two are not of one network and accounting.
    """
    if (integer.network, integer.accounting) != (floating.network, floating.accounting):
        raise ValueError("energy compares one network and accounting in integers and float32")
    sections = {
        name: (*(_sum(integer, name, how) for how in MAPPINGS), _sum(floating, name, None))
        for name in integer.sections()
    }
    totals = [sum(column) for column in zip(*sections.values())]
    return Energy(
        accounting=integer.accounting,
        integer=dict(zip(MAPPINGS, totals)),
        floating=totals[-1],
        sections=sections,
    )


def _sum(found: Operations, section: str, mapping: str | None) -> float:
    return sum(x.count * cost(x, mapping) for x in found.lines if x.section == section)


def cost(operation: Operation, mapping: str | None) -> float:
    """Return the picojoules of one operation; ``mapping`` None is float32."""
    if operation.kind not in paper_tables.ENERGY:
        return 0.0
    eight, thirty_two, _, floating = paper_tables.ENERGY[operation.kind]
    if mapping is None:
        return floating or 0.0
    bytes_ = _product(operation.widths, 8)
    if mapping == "8-bit" or bytes_ == 1:
        return eight
    wide = thirty_two * _product(operation.widths, 32)
    if mapping == "rounded up":
        return wide
    between = (bytes_ - 1) * paper_tables.ENERGY["ADD"][0] if operation.kind == "MUL" else 0.0
    return min(wide, bytes_ * eight + between)


def _product(widths: tuple[int, ...], unit: int) -> int:
    return prod(ceil(width / unit) for width in widths)
