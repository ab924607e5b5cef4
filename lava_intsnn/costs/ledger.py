"""A line of the operation tables, and the ledger that collects those of a section."""

from __future__ import annotations

from dataclasses import dataclass, field

KINDS = ("ADD", "MUL", "B-MUL", "SHIFT", "CMP", "ABS", "EXP")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One line of tables B.3 and B.4.

    Parameters
    ----------
    formula : str
        How ``count`` is computed, per step or per iteration.
    count : float
        Operations of a whole training iteration, steps included.
    widths : tuple of int
        Bits of the operands whose widths set the cost: both factors of a product, or the result of
        any other operation. 32 in float32.
    """

    section: str
    element: str
    kind: str
    formula: str
    count: float
    widths: tuple[int, ...]


@dataclass(kw_only=True)
class Ledger:
    """Collects the operations of one section."""

    section: str
    floating: bool
    lines: list[Operation] = field(default_factory=list)

    def add(
        self,
        element: str,
        kind: str,
        formula: str,
        count: float,
        *widths: int,
        times: int = 1,
        per: str = "T",
    ) -> None:
        """Note ``times * count`` operations; float32 has 32 bits whatever ``widths`` says."""
        if count * times <= 0:
            return
        if self.floating:
            widths = (32,) * max(1, len(widths))
        if times != 1:
            formula = f"{per}·{formula}"
        self.lines.append(
            Operation(
                section=self.section,
                element=element,
                kind=kind,
                formula=formula,
                count=times * count,
                widths=widths or (1,),
            )
        )

    def scale(
        self,
        element: str,
        formula: str,
        count: float,
        width: int,
        *,
        times: int = 1,
        per: str = "T",
    ) -> None:
        """Note a shift, which in float32 is a multiplication."""
        if self.floating:
            self.add(element, "MUL", formula, count, 32, 32, times=times, per=per)
        else:
            self.add(element, "SHIFT", formula, count, width, times=times, per=per)
