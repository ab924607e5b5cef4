"""What a network costs on a chip, and how it is printed."""

from __future__ import annotations

from dataclasses import dataclass

from lava_intsnn.loihi.cost.counts import COUNT_KINDS, OperationCounts
from lava_intsnn.loihi.cost.figures import FIGURES, ZERO, Range
from lava_intsnn.markdown import plain_table

_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n"), (1e-12, "p"))


@dataclass(frozen=True, kw_only=True)
class LayerCost:
    """Operations of a layer in a step in which it has the sample, and for a whole sample."""

    layer: int
    step: OperationCounts
    sample: OperationCounts


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Operations, time and energy of one sample.

    Parameters
    ----------
    activity : str
        Where the activity comes from.
    steps : int
        Core steps from one sample's first step to the next one's.
    layers : tuple of LayerCost
        Operations where they are made: spikes at their source, synaptic operations at their target.
    total : Counts
        Of a sample, over all layers.
    slowest_step, time : Range
        Seconds of the slowest step and of a sample, without the host's own time. A core's
        operations follow each other.
    time_bound : Range
        Seconds of a sample if all parts of the chip overlap, by the max-affine model of
        :mod:`.runtime_bound`: a lower bound.
    energy : dict of str to Range
        Joules of a sample by kind of operation, without the host and the embedded processors.
    static_energy : Range
        Joules of a sample that the chips take whatever they do.
    """

    network: str
    target: str
    learning: bool
    activity: str
    chips: int
    cores: int
    steps: int
    layers: tuple[LayerCost, ...]
    total: OperationCounts
    slowest_step: Range
    time: Range
    time_bound: Range
    energy: dict[str, Range]
    static_energy: Range

    @property
    def dynamic_energy(self) -> Range:
        """Joules of a sample's operations."""
        return sum(self.energy.values(), ZERO)

    @property
    def assumed(self) -> tuple[str, ...]:
        """Names of the figures nobody has published."""
        return tuple(n for n, figure in FIGURES[self.target].rows() if figure.basis == "assumed")

    def text(self) -> str:
        """Return counts, time and energy as lines of text, with the figures they rest on."""
        mode = "learning" if self.learning else "inference"
        samples = [*(layer.sample for layer in self.layers), self.total]
        counts = [
            ("operations a sample", *(f"layer {layer.layer}" for layer in self.layers), "all")
        ]
        for kind in COUNT_KINDS:
            if any(row := [getattr(sample, kind) for sample in samples]):
                counts.append((kind.replace("_", " "), *(f"{number:,.0f}" for number in row)))
        energies = {f"energy, {kind}": each for kind, each in self.energy.items() if each.high}
        energies |= {
            "energy, operations": self.dynamic_energy,
            "energy, static": self.static_energy,
        }
        estimates = [
            ("estimate a sample", "low", "value", "high"),
            _row("time, operations in turn", self.time, "s"),
            _row("time, all overlapping", self.time_bound, "s"),
            _row("slowest step", self.slowest_step, "s"),
            *(_row(name, each, "J") for name, each in energies.items()),
        ]
        lines = [
            f"{self.network} on {self.target}, {mode}: {self.cores} cores, {self.steps} steps a "
            "sample",
            f"activity: {self.activity}\n",
            f"{plain_table(counts, indent=0)}\n",
            f"{plain_table(estimates, indent=0)}\n",
            "From public figures of single operations, never measured on this network; see "
            "docs/loihi-cost.md.",
        ]
        if self.assumed:
            lines.append(f"Guessed, since nobody has published them: {', '.join(self.assumed)}.")
        if self.chips > 1:
            lines.append(f"Links between the {self.chips} chips are not in the estimate.")
        return "\n".join(lines)


def si(value: float, unit: str, *, digits: int = 2) -> str:
    """Return ``value`` with some digits and a prefix, such as ``"1.4 uJ"``."""
    if not value:
        return f"0 {unit}"
    value = float(f"{value:.{digits}g}")  # before the prefix: 997 pJ are 1 nJ, not 1000 pJ
    scale, prefix = next((each for each in _PREFIXES if value >= each[0]), _PREFIXES[-1])
    return f"{value / scale:g} {prefix}{unit}"


def _row(name: str, found: Range, unit: str) -> tuple[str, ...]:
    return name, *(si(each, unit) for each in (found.low, found.value, found.high))
