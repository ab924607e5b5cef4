"""Operations of one training iteration: a formula of shapes, T, B and activity for each line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lava_intsnn.network import Network
from lava_intsnn.report.activity import Activity

KINDS = ("ADD", "MUL", "B-MUL", "SHIFT", "CMP", "ABS", "EXP")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One line of tables B.3 and B.4.

    Parameters
    ----------
    formula : str
        How ``count`` comes about, per step or per iteration.
    count : float
        Operations of a whole training iteration, steps included.
    widths : tuple of int
        Bits of the operands whose widths set the cost: both factors of a product, the result of
        everything else. 32 in float32.
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


@dataclass(frozen=True, kw_only=True)
class Operations:
    """All operations of a network's training iteration."""

    network: str
    precision: str
    accounting: str
    activity: Activity
    lines: tuple[Operation, ...]

    def sections(self) -> dict[str, dict[str, float]]:
        """Return section -> kind -> operations."""
        names = dict.fromkeys(line.section for line in self.lines)
        return {name: _by_kind(x for x in self.lines if x.section == name) for name in names}

    def total(self) -> dict[str, float]:
        """Return kind -> operations of all sections."""
        return _by_kind(self.lines)


def operations(
    network: Network, activity: Activity, *, accounting: str = "exact", floating: bool | None = None
) -> Operations:
    """Count the operations of one training iteration of ``network``.

    Parameters
    ----------
    activity : Activity
        Operations with an operand of 0 are not counted.
    accounting : {"exact", "paper"}
        ``"paper"``: the lines of tables B.3 and B.4. ``"exact"``: what the algorithm does.
    floating : bool, optional
        Count the float32 form; by default that of the network's precision.

    Raises
    ------
    ValueError
        On another accounting.
    """
    from lava_intsnn.report import operations_exact, operations_paper

    makers = {"paper": operations_paper.lines, "exact": operations_exact.lines}
    if accounting not in makers:
        raise ValueError(f"accounting {accounting!r}: must be paper or exact")
    floating = network.precision.floating if floating is None else floating
    return Operations(
        network=network.name,
        precision="fp32" if floating else str(network.precision),
        accounting=accounting,
        activity=activity,
        lines=tuple(makers[accounting](network, activity, floating)),
    )


def _by_kind(lines: Iterable[Operation]) -> dict[str, float]:
    found = dict.fromkeys(KINDS, 0.0)
    for line in lines:
        found[line.kind] += line.count
    return found
