"""Operations of one training iteration: a formula of shapes, T, B and activity for each line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.costs import operations_exact, operations_paper
from lava_intsnn.costs.activity import Activity
from lava_intsnn.costs.element import LayerPart, error_section, layer_parts
from lava_intsnn.costs.ledger import KINDS, Ledger, Operation
from lava_intsnn.network import Network


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


@checks_kinds
def operations(
    network: Network, activity: Activity, *, accounting: str = "exact", floating: bool | None = None
) -> Operations:
    """Count the operations of one training iteration of ``network``.

    Parameters
    ----------
    activity : Activity
        Operations with an operand of 0 are not counted.
    accounting : {"exact", "paper"}
        ``"paper"``: the lines of tables B.3 and B.4, which know no frozen layers and count
        a local readout as an output layer. ``"exact"``: what the algorithm does.
    floating : bool, optional
        Count the float32 form; by default that of the network's precision.

    Raises
    ------
    ValueError
        On another accounting.
    """
    makers: dict[str, ModuleType] = {"paper": operations_paper, "exact": operations_exact}
    if accounting not in makers:
        raise ValueError(f"accounting {accounting!r}: must be paper or exact")
    floating = network.precision.floating if floating is None else floating
    return Operations(
        network=network.name,
        precision="fp32" if floating else str(network.precision),
        accounting=accounting,
        activity=activity,
        lines=tuple(_lines(network, activity, makers[accounting], floating)),
    )


def _lines(
    network: Network, activity: Activity, counter: ModuleType, floating: bool
) -> Iterator[Operation]:
    """Yield all operations in the order in which an iteration makes them."""

    def noted(
        section: str, count: Callable[..., None], part: LayerPart, *index: int
    ) -> list[Operation]:
        to = Ledger(section=section, floating=floating)
        here = replace(activity, layers=tuple(activity.layers[k] for k in part.members))
        count(part.network, here, *index, to)
        return to.lines

    parts = layer_parts(network)
    for part in parts:
        yield from noted(f"{part.name} forward", counter.forward, part, part.index)
    for part in filter(lambda part: part.reads, parts):
        yield from noted(error_section(part), counter.error, part)
    for part in reversed(parts):
        yield from noted(f"{part.name} update", counter.update, part, part.index)


def _by_kind(lines: Iterable[Operation]) -> dict[str, float]:
    found = dict.fromkeys(KINDS, 0.0)
    for line in lines:
        found[line.kind] += line.count
    return found
