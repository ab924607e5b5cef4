"""A line of the operation tables, and the ledger that collects those of a section."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Collects the operations of one section.

    ``times`` is how often what is added happens in an iteration, ``per`` what formulas call it.
    """

    section: str
    floating: bool
    times: int = 1
    per: str = ""
    lines: list[Operation] = field(default_factory=list)

    def in_steps(self, times: int, per: str = "T") -> Ledger:
        """Return the same ledger for what happens ``times`` times."""
        return replace(self, times=times, per=per)

    def add(self, element: str, kind: str, formula: str, count: float, *widths: int) -> None:
        """Record operations, if there are any; in float32 all ``widths`` are 32 bits."""
        if count * self.times <= 0:
            return
        if self.floating:
            widths = (32,) * max(1, len(widths))
        self.lines.append(
            Operation(
                section=self.section,
                element=element,
                kind=kind,
                formula=formula if self.times == 1 else f"{self.per}·{formula}",
                count=self.times * count,
                widths=widths or (1,),
            )
        )

    def scale(self, element: str, formula: str, count: float, width: int) -> None:
        """Note a shift, which in float32 is a multiplication."""
        if self.floating:
            self.add(element, "MUL", formula, count, 32, 32)
        else:
            self.add(element, "SHIFT", formula, count, width)

    def saturate(self, element: str, letters: str, count: float, width: int) -> None:
        """Note the two comparisons of a value that saturates, which in float32 does not."""
        if not self.floating:
            self.add(element, "CMP", f"2·{letters}", 2 * count, width)
