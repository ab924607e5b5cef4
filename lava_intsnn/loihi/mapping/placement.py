"""What a mapping is: cores with their neurons, axons and memory, and what did not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lava_intsnn.markdown import plain_table


@dataclass(frozen=True, kw_only=True)
class Region:
    """Bytes ``offset .. end - 1`` of a core's memory."""

    name: str
    offset: int
    size: int

    @property
    def end(self) -> int:
        """First byte behind the region."""
        return self.offset + self.size


@dataclass(frozen=True, kw_only=True)
class AxonsIn:
    """Input axons of a core by origin; ``forward`` comes from the layer below or the host."""

    forward: int
    recurrent: int = 0
    feedback: int = 0
    label: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.forward + self.recurrent + self.feedback + self.label


@dataclass(frozen=True, kw_only=True)
class AxonsOut:
    """Output axons of a core by destination: one for each neuron and core that it reaches."""

    forward: int = 0
    recurrent: int = 0
    feedback: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.forward + self.recurrent + self.feedback


@dataclass(frozen=True, kw_only=True)
class Core:
    """One neuron core: neurons ``first .. stop - 1`` of a layer, and all synapses into them.

    ``chip`` and ``index`` say which core; ``synapses`` are the fixed and learned ones into its
    neurons, ``feedback_synapses`` those of the error, ``regions`` the memory map in order.
    """

    chip: int
    index: int
    layer: int
    first: int
    stop: int
    synapses: int
    recurrent_synapses: int
    feedback_synapses: int
    axons_in: AxonsIn
    axons_out: AxonsOut
    regions: tuple[Region, ...]

    @property
    def neurons(self) -> int:
        """How many neurons the core holds."""
        return self.stop - self.first

    @property
    def bytes(self) -> int:
        """Memory in use, gaps left out."""
        return sum(region.size for region in self.regions)


@dataclass(frozen=True, kw_only=True)
class LayerPlacement:
    """Where a layer went.

    ``binds`` is the resource that keeps it from fewer cores, ``""`` if it has one; of several the
    one that is exceeded most. ``format`` says how its synapses are stored.
    """

    layer: int
    kind: str
    format: str
    neurons: int
    neurons_per_core: int
    cores: tuple[Core, ...]
    binds: str


@dataclass(frozen=True, kw_only=True)
class Overflow:
    """What does not fit: ``layer`` (None: the network) needs ``need`` of what ``have`` is there."""

    layer: int | None
    resource: str
    need: int
    have: int
    text: str


#: What the table of layers has; axons and bytes are those of the core that needs most.
_COLUMNS = (
    *("layer", "kind", "synapses as", "cores", "neurons", "a core", "axons in", "axons out"),
    *("bytes a core", "binds"),
)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A network over the cores of a chip.

    Layers never share a core. A layer of which not even one neuron fits has no cores, and is in
    ``overflows``; so is a network that needs more than one chip's cores.
    """

    network: str
    target: str
    learning: bool
    layers: tuple[LayerPlacement, ...]
    chips: int
    core_bytes: int
    overflows: tuple[Overflow, ...]

    @property
    def cores(self) -> tuple[Core, ...]:
        """All cores, from input to output."""
        return tuple(core for layer in self.layers for core in layer.cores)

    @property
    def fits(self) -> bool:
        """Whether everything has a place on one chip."""
        return not self.overflows

    def text(self) -> str:
        """Return the mapping as lines of text: a table of layers, then what does not fit."""
        mode = "learning" if self.learning else "inference"
        cores = len(self.cores)
        lines = [
            f"{self.network} on {self.target}, {mode}: {cores} core{'s' * (cores != 1)}, "
            f"{self.chips} chip{'s' * (self.chips != 1)}",
        ]
        rows: list[Sequence[str]] = [_COLUMNS]
        for layer in self.layers:
            axons_in = max((core.axons_in.total for core in layer.cores), default=0)
            axons_out = max((core.axons_out.total for core in layer.cores), default=0)
            used = max((core.bytes for core in layer.cores), default=0)
            numbers = (len(layer.cores), layer.neurons, layer.neurons_per_core, axons_in, axons_out)
            rows.append(
                (
                    *(str(layer.layer), layer.kind, layer.format),
                    *(f"{number:,}" for number in numbers),
                    f"{used:,}/{self.core_bytes:,}",
                    layer.binds or "-",
                )
            )
        lines.append(plain_table(rows, indent=0))
        lines += [f"does not fit: {overflow.text}" for overflow in self.overflows]
        return "\n".join(lines)
