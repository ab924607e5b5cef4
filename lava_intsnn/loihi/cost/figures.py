"""What one operation costs on a chip: public figures, each with its source and its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

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
    "Renner 2024": "A. Renner et al., The backpropagation algorithm implemented on spiking "
    "neuromorphic hardware, Nature Communications 15, 9691, 2024, doi:10.1038/s41467-024-53827-9, "
    "Table 1: measured on Loihi 1",
    "Timcheck 2026": "J. Timcheck et al., A Compute and Communication Runtime Model for Loihi 2, "
    "arXiv:2601.10035: a max-affine lower bound of run time, fitted to microbenchmarks",
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
#: Last word of a figure's name -> its unit, and the unit of the table below in it.
_UNITS: dict[str, tuple[Literal["J", "s"], float]] = {"energy": ("J", PJ), "time": ("s", NS)}

_FIT = "a fit to measurements (Boyle 2025)"
#: Mean distance of two tiles of an 8 x 4 mesh along its two axes.
EAST_WEST_HOPS, NORTH_SOUTH_HOPS = (8 - 1 / 8) / 3, (4 - 1 / 4) / 3
_FITTED_MESSAGE = 111.0 + 69.3
_PAIRWISE = "of pairwise STDP; other rules: half or twice it, our guess"


#: The figures of Davies 2018: value, low and high in picojoules or nanoseconds, and the note.
_DAVIES: dict[str, tuple[float, float, float, str]] = {
    "synaptic_op_energy": (23.6, 23.6, 35.5, f"stated as a minimum; high: {_FIT}, dense synapses"),
    "active_update_energy": (81, 72.8, 89, f"low: {_FIT}; high: as far from the value, our guess"),
    "inactive_update_energy": (52, 51.2, 57, f"low: {_FIT}; high: 10 % above, our guess"),
    "spike_within_energy": (1.7, 1.7, 180.3, f"within a tile; high: {_FIT}, spike and message out"),
    "spike_between_energy": (
        1.7 + 3.0 * EAST_WEST_HOPS + 4.0 * NORTH_SOUTH_HOPS,
        1.7,
        _FITTED_MESSAGE + 7 * 3.0 + 3 * 4.0,
        "1.7 pJ and 3.0 or 4.0 pJ a hop; low: no hop, value: mean distance of two tiles of an "
        f"8 x 4 mesh, high: {_FIT} and the longest way",
    ),
    "learning_update_energy": (120, 60, 240, _PAIRWISE),
    "synaptic_op_time": (
        *(3.5, 3.1, 4.7),
        f"stated as a maximum; low, high: {_FIT}, conv and sparse synapses",
    ),
    "active_update_time": (8.4, 8.4, 9.7, f"high: {_FIT}"),
    "inactive_update_time": (5.3, 5.3, 6.0, f"high: {_FIT}"),
    "spike_time": (2.1, 2.1, 35.1, f"within a tile; high: {_FIT}, spike and message out"),
    "learning_update_time": (6.1, 3.05, 12.2, _PAIRWISE),
    "barrier_time": (465, 113, 1800, f"all 32 tiles; low: one tile, high: {_FIT}, 29 tiles"),
}


def _davies(name: str) -> Figure:
    value, low, high, note = _DAVIES[name]
    unit, scale = _UNITS[name.rsplit("_", 1)[1]]
    ends = Range(low=low, value=value, high=high) * scale
    return Figure(**vars(ends), unit=unit, basis="simulated", source="Davies 2018", note=note)


LOIHI1_FIGURES = Figures(
    name="loihi1",
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
    **{name: _davies(name) for name in _DAVIES},
)

#: Our guess of how much less energy Loihi 2's newer process may take, at best.
LEAST_ENERGY = 0.1
#: Our guess of how much longer a neuron program takes than a fixed neuron, at worst.
LONGEST_PROGRAM = 10


#: How much faster than Loihi 1 Intel states it to be.
_FASTER = {
    "synaptic_op_time": 5,
    "active_update_time": 2,
    "inactive_update_time": 2,
    "spike_time": 10,
    "learning_update_time": 5,
}


def _scaled(name: str) -> Figure:
    """Return Loihi 1's figure for Loihi 2.

    Of the energies of single operations nothing is published; times are divided by the factor that
    Intel states. A neuron's update may take more of either, as it runs a program.
    """
    old: Figure = getattr(LOIHI1_FIGURES, name)
    most = LONGEST_PROGRAM if name.startswith(("active", "inactive")) else 1
    if old.unit == "J":
        note = "no operation's is published for Loihi 2: Loihi 1's; low: a tenth of it, high: "
        note += f"{most} times Loihi 1's" if most > 1 else "Loihi 1's"
        low = old.low * LEAST_ENERGY
        own: dict[str, Any] = {"low": low, "basis": "assumed", "source": "assumed"}
    else:
        faster = _FASTER[name]
        note = f"Loihi 1's by {faster}; high: not faster than Loihi 1"
        note += f", and {most} times as long for a neuron program" if most > 1 else ""
        own = {"low": old.low / faster, "value": old.value / faster}
        own |= {"basis": "scaled", "source": "Intel 2021"}
    return replace(old, high=old.high * most, note=note, **own)


LOIHI2_FIGURES = Figures(
    name="loihi2",
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
        note="no static power is published for Loihi 2: Loihi 1's; low: a tenth of it, high: the "
        "mean power of a measured application, 0.05 mJ in 0.33 ms (Hajizada 2025)",
    ),
    **{name: _scaled(name) for name in _DAVIES if name != "barrier_time"},
)

FIGURES = {figures.name: figures for figures in (LOIHI1_FIGURES, LOIHI2_FIGURES)}
