"""`Profile`: what cores did in each step of some samples, and what that may cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lava_intsnn.field_checks import short_repr
from lava_intsnn.loihi.cost.cost import si
from lava_intsnn.loihi.cost.figures import Range
from lava_intsnn.loihi.mapping import Core, Placement
from lava_intsnn.loihi.profiling.core_meter import KINDS
from lava_intsnn.loihi.profiling.step_costs import (
    as_range,
    core_times,
    static_power,
    step_energies,
    step_times,
)
from lava_intsnn.markdown import plain_table
from lava_intsnn.nearest_name import suggestion

#: What the table of cores shows, and its headings.
_SHOWN = {
    "spikes": "spikes",
    "synaptic_ops": "synaptic ops",
    "active_updates": "updates",
    "tag_updates": "tag updates",
    "weight_updates": "weight updates",
    "instructions": "instructions",
}


@dataclass(frozen=True, eq=False)
class Profile:
    """What each core of a placement did in each step of each sample.

    Counts are exact. Times and energies are ranges built from public figures of single operations;
    see the guide *Cost*.

    Parameters
    ----------
    network, target : str
    learning : bool
        Whether every sample was learned.
    placement : Placement
    counts : int64 (samples, steps, cores, kinds)
        Of each kind of :data:`KINDS`; ``steps`` is the program's period.
    accuracy : float or None
        Percentage of samples whose class was right, None without labels.
    """

    network: str
    target: str
    learning: bool
    placement: Placement
    counts: np.ndarray
    accuracy: float | None = None

    __repr__ = short_repr

    @property
    def cores(self) -> tuple[Core, ...]:
        """The cores, from input to output."""
        return self.placement.cores

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.counts)

    @property
    def steps(self) -> int:
        """Steps of the chip for one sample."""
        return self.counts.shape[1]

    def of(self, kind: str) -> np.ndarray:
        """Return one kind of operations, int64 ``(samples, steps, cores)``.

        Raises
        ------
        ValueError
            If there is no such kind.
        """
        if kind not in KINDS:
            raise ValueError(
                f"kind = {kind!r}: must be one of {', '.join(KINDS)}{suggestion(kind, KINDS)}"
            )
        return self.counts[..., KINDS.index(kind)]

    def per_core(self, kind: str) -> np.ndarray:
        """Return the mean over samples of a core's operations, float64 ``(cores,)``."""
        return self.of(kind).sum(axis=1).mean(axis=0)

    def per_step(self, kind: str) -> np.ndarray:
        """Return the mean over samples of all cores' operations, float64 ``(steps,)``."""
        return self.of(kind).sum(axis=2).mean(axis=0)

    # ---- time and energy: arrays begin with low, value and high

    @cached_property
    def step_times(self) -> np.ndarray:
        """Seconds of each step of each sample, float64 ``(3, samples, steps)``."""
        return step_times(self.counts, self.target)

    @cached_property
    def step_energies(self) -> np.ndarray:
        """Joules of all operations of each step, float64 ``(3, samples, steps)``."""
        kinds = step_energies(self.counts, self.target)
        return sum(kinds.values(), np.zeros(1)).sum(axis=-1)

    @property
    def time(self) -> Range:
        """Seconds of a sample, without the host's own time."""
        return as_range(self.step_times.sum(axis=2).mean(axis=1))

    @property
    def slowest_step(self) -> Range:
        """Seconds of the step that takes longest in the mean over samples."""
        means = self.step_times.mean(axis=1)
        return as_range(means[:, means[1].argmax()])

    @property
    def energy(self) -> dict[str, Range]:
        """Joules of a sample by kind of operation."""
        kinds = step_energies(self.counts, self.target)
        return {k: as_range(v.sum(axis=(2, 3)).mean(axis=1)) for k, v in kinds.items()}

    @property
    def dynamic_energy(self) -> Range:
        """Joules of a sample's operations."""
        return as_range(self.step_energies.sum(axis=2).mean(axis=1))

    @property
    def static_energy(self) -> Range:
        """Joules of a sample that the chips take whatever they do."""
        power = static_power(self.target, self.placement.chips)
        return as_range(power * self.step_times.sum(axis=2).mean(axis=1))

    @property
    def busy(self) -> np.ndarray:
        """Share of a sample's time in which each core works, float64 ``(cores,)``, by value."""
        times = core_times(self.counts, self.target)[1].sum(axis=1)
        return (times / self.step_times[1].sum(axis=1, keepdims=True)).mean(axis=0)

    # ---- for people and programs

    def text(self) -> str:
        """Return the means over samples as tables: cores, then time and energy."""
        mode = "learning" if self.learning else "inference"
        right = "" if self.accuracy is None else f", {self.accuracy:.1f} % right"
        lines = [
            f"{self.network} on {self.target}, {mode}: {self.samples} "
            f"sample{'s' * (self.samples != 1)}{right}, {len(self.cores)} "
            f"core{'s' * (len(self.cores) != 1)}, {self.steps} steps a sample",
            "",
            plain_table(self._core_rows(), indent=0),
            "",
            plain_table(self._cost_rows(), indent=0),
            "",
            "Counts are the virtual core's. Time and energy are built from public figures of "
            "single operations,\nnever measured on this network; see docs/loihi-cost.md.",
        ]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the means over samples as a dict that :func:`json.dumps` takes."""
        ranges = {
            "time": self.time,
            "slowest_step": self.slowest_step,
            "dynamic_energy": self.dynamic_energy,
            "static_energy": self.static_energy,
            **{f"energy_{kind.replace(' ', '_')}": each for kind, each in self.energy.items()},
        }
        return {
            "network": self.network,
            "target": self.target,
            "learning": self.learning,
            "samples": self.samples,
            "steps": self.steps,
            "accuracy": self.accuracy,
            "cores": [
                {
                    "core": f"{core.chip}:{core.index}",
                    "layer": core.layer,
                    "neurons": core.neurons,
                    "busy": float(busy),
                    **{kind: float(self.per_core(kind)[k]) for kind in KINDS},
                }
                for k, (core, busy) in enumerate(zip(self.cores, self.busy))
            ],
            "per_step": {kind: self.per_step(kind).tolist() for kind in KINDS},
            **{name: vars(each) for name, each in ranges.items()},
        }

    def _core_rows(self) -> list[tuple[str, ...]]:
        means = {kind: self.per_core(kind) for kind in _SHOWN}
        used = [kind for kind, mean in means.items() if mean.any()]
        rows = [("core", "layer", "neurons", *(_SHOWN[kind] for kind in used), "busy")]
        for k, (core, busy) in enumerate(zip(self.cores, self.busy)):
            found = (f"{means[kind][k]:,.1f}" for kind in used)
            where = (f"{core.chip}:{core.index}", str(core.layer), f"{core.neurons:,}")
            rows.append((*where, *found, f"{100 * busy:.0f} %"))
        totals = (f"{means[kind].sum():,.1f}" for kind in used)
        rows.append(("all", "", f"{sum(core.neurons for core in self.cores):,}", *totals, ""))
        return rows

    def _cost_rows(self) -> list[tuple[str, ...]]:
        rows = {
            "time": (self.time, "s"),
            "slowest step": (self.slowest_step, "s"),
            **{f"energy, {kind}": (e, "J") for kind, e in self.energy.items() if e.high},
            "energy, operations": (self.dynamic_energy, "J"),
            "energy, static": (self.static_energy, "J"),
        }
        cells = (
            (name, *(si(end, unit) for end in (each.low, each.value, each.high)))
            for name, (each, unit) in rows.items()
        )
        return [("estimate a sample", "low", "value", "high"), *cells]
