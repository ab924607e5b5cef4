"""What one operation costs on a chip: public figures, each with its source and its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

SOURCES = {
    "Davies 2018": "M. Davies et al., Loihi: A Neuromorphic Manycore Processor with On-Chip "
    "Learning, IEEE Micro 38(1), 2018, doi:10.1109/MM.2018.112130359, Table 2: pre-silicon "
    "simulation at 0.75 V, 'consistent with early post-silicon characterization'",
    "Boyle 2025": "J. A. Boyle et al., SANA-FE: Simulating Advanced Neuromorphic Architectures for "
    "Fast Exploration, IEEE TCAD 44, 2025; its Loihi 1 costs (arch/loihi.yaml) are fitted to "
    "measurements on a board of 32 chips",
    "Frady 2020": "E. P. Frady et al., Neuromorphic Nearest Neighbor Search Using Intel's Pohoiki "
    "Springs, NICE 2020, Table 1: measured on a board of 32 chips",
    "Intel 2021": "Intel Labs, Taking Neuromorphic Computing to the Next Level with Loihi 2, "
    "technology brief, 2021: times relative to Loihi 1, from silicon and circuit simulation",
    "Hajizada 2025": "E. Hajizada et al., Online Continual Learning on Intel Loihi 2 via a "
    "Co-designed Spiking Neural Network, arXiv:2511.01553: measured",
    "assumed": "no public figure: this project's own guess",
}

Basis = Literal["simulated", "measured", "scaled", "assumed"]


@dataclass(frozen=True, kw_only=True)
class Range:
    """A value with the range it is expected in; sums and multiples keep the ends."""

    low: float
    value: float
    high: float

    def __add__(self, other: Range) -> Range:
        return Range(
            low=self.low + other.low, value=self.value + other.value, high=self.high + other.high
        )

    def __mul__(self, factor: float) -> Range:
        return Range(low=self.low * factor, value=self.value * factor, high=self.high * factor)

    def product(self, other: Range) -> Range:
        """Return low times low, value times value, high times high."""
        return Range(
            low=self.low * other.low, value=self.value * other.value, high=self.high * other.high
        )


ZERO = Range(low=0.0, value=0.0, high=0.0)


@dataclass(frozen=True, kw_only=True)
class Figure(Range):
    """The cost of one operation.

    Parameters
    ----------
    unit : {"J", "s", "W"}
    basis : str
        ``"simulated"`` or ``"measured"`` by the source, ``"scaled"`` from Loihi 1 by a factor the
        source states, ``"assumed"`` here.
    source : str
        Of ``value``, a key of :data:`SOURCES`.
    note : str
        Where ``low`` and ``high`` come from, and how to read the figure.
    """

    unit: Literal["J", "s", "W"]
    basis: Basis
    source: str
    note: str

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.value <= self.high:
            raise ValueError(f"figure {self.low}, {self.value}, {self.high}: must not decrease")


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What operations cost on one chip: ``*_energy`` in joules, ``*_time`` in seconds."""

    name: str
    synaptic_op_energy: Figure
    active_update_energy: Figure
    inactive_update_energy: Figure
    spike_within_energy: Figure
    spike_between_energy: Figure
    learning_update_energy: Figure
    synaptic_op_time: Figure
    active_update_time: Figure
    inactive_update_time: Figure
    spike_time: Figure
    learning_update_time: Figure
    barrier_time: Figure
    static_power: Figure

    def rows(self) -> list[tuple[str, Figure]]:
        """Return ``(field, figure)`` in order."""
        return [(each.name, getattr(self, each.name)) for each in fields(self)[1:]]


PJ, NS = 1e-12, 1e-9

_FIT = "a fit to measurements (Boyle 2025)"
#: Mean distance of two tiles of an 8 x 4 mesh along its two axes.
EAST_WEST_HOPS, NORTH_SOUTH_HOPS = (8 - 1 / 8) / 3, (4 - 1 / 4) / 3
_FITTED_MESSAGE = (111.0 + 69.3) * PJ


def _davies(
    value: float, low: float, high: float, unit: Literal["J", "s"], scale: float, note: str
) -> Figure:
    return Figure(
        value=value * scale,
        low=low * scale,
        high=high * scale,
        unit=unit,
        basis="simulated",
        source="Davies 2018",
        note=note,
    )


LOIHI1_FIGURES = Figures(
    name="loihi1",
    synaptic_op_energy=_davies(
        23.6, 23.6, 35.5, "J", PJ, f"stated as a minimum; high: {_FIT}, dense synapses"
    ),
    active_update_energy=_davies(
        81, 72.8, 89, "J", PJ, f"low: {_FIT}; high: as far from the value, our guess"
    ),
    inactive_update_energy=_davies(
        52, 51.2, 57, "J", PJ, f"low: {_FIT}; high: 10 % above, our guess"
    ),
    spike_within_energy=_davies(
        1.7, 1.7, 180.3, "J", PJ, f"within a tile; high: {_FIT}, spike and message out"
    ),
    spike_between_energy=Figure(
        value=(1.7 + 3.0 * EAST_WEST_HOPS + 4.0 * NORTH_SOUTH_HOPS) * PJ,
        low=1.7 * PJ,
        high=_FITTED_MESSAGE + (7 * 3.0 + 3 * 4.0) * PJ,
        unit="J",
        basis="simulated",
        source="Davies 2018",
        note="1.7 pJ and 3.0 or 4.0 pJ a hop; low: no hop, value: mean distance of two tiles of an "
        f"8 x 4 mesh, high: {_FIT} and the longest way",
    ),
    learning_update_energy=_davies(
        120, 60, 240, "J", PJ, "of pairwise STDP; other rules: half or twice it, our guess"
    ),
    synaptic_op_time=_davies(
        3.5, 3.1, 4.7, "s", NS, f"stated as a maximum; low, high: {_FIT}, conv and sparse synapses"
    ),
    active_update_time=_davies(8.4, 8.4, 9.7, "s", NS, f"high: {_FIT}"),
    inactive_update_time=_davies(5.3, 5.3, 6.0, "s", NS, f"high: {_FIT}"),
    spike_time=_davies(
        2.1, 2.1, 35.1, "s", NS, f"within a tile; high: {_FIT}, spike and message out"
    ),
    learning_update_time=_davies(
        6.1, 3.05, 12.2, "s", NS, "of pairwise STDP; other rules: half or twice it, our guess"
    ),
    barrier_time=_davies(
        465, 113, 1800, "s", NS, f"all 32 tiles; low: one tile, high: {_FIT}, 29 tiles"
    ),
    static_power=Figure(
        value=0.104,
        low=0.052,
        high=0.208,
        unit="W",
        basis="measured",
        source="Frady 2020",
        note="of a chip, 3.34 W of 32 chips at an unknown voltage and temperature: half or twice "
        "it, our guess",
    ),
)

#: Our guess of how much less energy Loihi 2's newer process may take, at best.
LEAST_ENERGY = 0.1
#: Our guess of how much longer a neuron program takes than a fixed neuron, at worst.
LONGEST_PROGRAM = 10


def _energy(figure: Figure, most: float = 1.0) -> Figure:
    """Return Loihi 1's energy for Loihi 2, of which nothing is published."""
    return Figure(
        value=figure.value,
        low=figure.low * LEAST_ENERGY,
        high=figure.high * most,
        unit="J",
        basis="assumed",
        source="assumed",
        note="nothing is published for Loihi 2: Loihi 1's; low: a tenth of Loihi 1's, high: "
        + (f"{most:g} times Loihi 1's" if most != 1 else "Loihi 1's"),
    )


def _time(figure: Figure, faster: float, slowest: float = 1.0) -> Figure:
    """Return Loihi 1's time divided by the factor Intel states."""
    return Figure(
        value=figure.value / faster,
        low=figure.low / faster,
        high=figure.high * slowest,
        unit="s",
        basis="scaled",
        source="Intel 2021",
        note=f"Loihi 1's by {faster:g}; high: not faster than Loihi 1"
        + (f", and {slowest:g} times as long for a neuron program" if slowest != 1 else ""),
    )


LOIHI2_FIGURES = Figures(
    name="loihi2",
    synaptic_op_energy=_energy(LOIHI1_FIGURES.synaptic_op_energy),
    active_update_energy=_energy(LOIHI1_FIGURES.active_update_energy, LONGEST_PROGRAM),
    inactive_update_energy=_energy(LOIHI1_FIGURES.inactive_update_energy, LONGEST_PROGRAM),
    spike_within_energy=_energy(LOIHI1_FIGURES.spike_within_energy),
    spike_between_energy=_energy(LOIHI1_FIGURES.spike_between_energy),
    learning_update_energy=_energy(LOIHI1_FIGURES.learning_update_energy),
    synaptic_op_time=_time(LOIHI1_FIGURES.synaptic_op_time, 5),
    active_update_time=_time(LOIHI1_FIGURES.active_update_time, 2, LONGEST_PROGRAM),
    inactive_update_time=_time(LOIHI1_FIGURES.inactive_update_time, 2, LONGEST_PROGRAM),
    spike_time=_time(LOIHI1_FIGURES.spike_time, 10),
    learning_update_time=_time(LOIHI1_FIGURES.learning_update_time, 5),
    barrier_time=Figure(
        value=200 * NS,
        low=200 * NS * 113 / 465,
        high=1800 * NS,
        unit="s",
        basis="scaled",
        source="Intel 2021",
        note="'minimum chip-wide time steps under 200ns'; low: one tile, in Loihi 1's proportion, "
        "high: Loihi 1's",
    ),
    static_power=Figure(
        value=0.104,
        low=0.0104,
        high=0.15,
        unit="W",
        basis="assumed",
        source="assumed",
        note="nothing is published for Loihi 2: Loihi 1's; low: a tenth of it, high: the mean "
        "power of a measured application, 0.05 mJ in 0.33 ms (Hajizada 2025)",
    ),
)

FIGURES = {figures.name: figures for figures in (LOIHI1_FIGURES, LOIHI2_FIGURES)}
