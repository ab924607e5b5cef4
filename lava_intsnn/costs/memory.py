"""Memory of one training iteration: every static and dynamic element, integer and float32."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Literal

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.costs import memory_exact, memory_paper
from lava_intsnn.costs.element import Element, MemoryItem, error_section, layer_parts
from lava_intsnn.network import Network

ACCOUNTINGS = ("paper", "exact")


@dataclass(frozen=True, kw_only=True)
class Memory:
    """All elements of a network, and their sums."""

    network: str
    precision: str
    accounting: str
    elements: tuple[Element, ...]

    def sections(self, kind: str) -> dict[str, tuple[int, int]]:
        """Return whole bytes of each section, own precision and float32."""
        names = dict.fromkeys(e.section for e in self.elements if e.kind == kind)
        return {
            name: _bytes(e for e in self.elements if (e.kind, e.section) == (kind, name))
            for name in names
        }

    def total(self, kind: str | None = None) -> tuple[int, int]:
        """Return the bytes of the ``"static"`` or ``"dynamic"`` sections, or of all."""
        kinds = ("static", "dynamic") if kind is None else (kind,)
        parts = [pair for k in kinds for pair in self.sections(k).values()]
        return sum(a for a, _ in parts), sum(b for _, b in parts)

    @property
    def saved(self) -> float:
        """Percent of float32's bytes that the precision saves."""
        own, floating = self.total()
        return 100 * (1 - own / floating)


@checks_kinds
def memory(network: Network, *, accounting: str = "exact") -> Memory:
    """Account for the memory of one training iteration of ``network``.

    Parameters
    ----------
    accounting : {"exact", "paper"}
        ``"paper"``: the elements and widths of tables B.1 and B.2, which know no frozen layers
        and count them as plastic, and count a local readout as an output layer. ``"exact"``: the
        states that exist, in the widths ``network.check()`` proves.

    Raises
    ------
    ValueError
        On another accounting.
    """
    makers: dict[str, ModuleType] = {"paper": memory_paper, "exact": memory_exact}
    if accounting not in makers:
        raise ValueError(f"accounting {accounting!r}: must be paper or exact")
    elements = list(_elements(network, makers[accounting]))
    if network.precision.floating:
        elements = [replace(e, bits=e.float_bits) for e in elements]
    return Memory(
        network=network.name,
        precision=str(network.precision),
        accounting=accounting,
        elements=tuple(elements),
    )


def _elements(network: Network, maker: ModuleType) -> Iterator[Element]:
    """Yield all elements in the order in which an iteration needs them."""
    parts = layer_parts(network)
    for part in parts:
        lines = maker.weights(part.network, part.index)
        yield from _placed("static", f"{part.name} forward", lines)
    yield from _placed("static", "parameters", maker.parameters(parts))
    for part in parts:
        lines = maker.forward(part.network, part.index)
        yield from _placed("dynamic", f"{part.name} forward", lines)
    for part in filter(lambda part: part.reads, parts):
        yield from _placed("dynamic", error_section(part), maker.error(part.network))
    for part in reversed(parts):
        lines = maker.update(part.network, part.index)
        yield from _placed("dynamic", f"{part.name} update", lines)


def _placed(
    kind: Literal["static", "dynamic"], section: str, lines: Iterable[MemoryItem]
) -> Iterator[Element]:
    return (Element(section=section, kind=kind, **line._asdict()) for line in lines)


def _bytes(elements: Iterable[Element]) -> tuple[int, int]:
    pairs = [e.total_bits for e in elements]
    return -(-sum(a for a, _ in pairs) // 8), -(-sum(b for _, b in pairs) // 8)
