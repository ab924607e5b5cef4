"""`SimulatorProfiler`: Lava's Profiler for networks that run as microcode on virtual cores."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava

# isort: split
import warnings
from typing import Any

import numpy as np
from lava.magma.core.run_configs import Loihi2SimCfg, RunConfig

from lava_intsnn.loihi.limits import limits_of
from lava_intsnn.loihi.mapping import Core, Placement, partition
from lava_intsnn.loihi.profiling.core_meter import KINDS
from lava_intsnn.loihi.profiling.step_costs import static_power, step_energies, step_times
from lava_intsnn.network import Network
from lava_intsnn.systems.step_recorder import StepRecorder

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that there is no profiler of the hardware
    from lava.utils.profiler import Profiler, run_cfg_dict

#: Steps that a probe records if it is not told how many.
DEFAULT_STEPS = 1024


class SimulatorProfiler(Profiler):
    """Lava's Profiler for ``Loihi2SimCfg(select_tag="microcode")``.

    Importing it registers it, so that Lava's ``Profiler.init(run_cfg)`` returns one. It has the
    probes of the profiler of Loihi 2 that comes with INRC's extension, as far as public programs
    show them, and answers from counts of the virtual cores: each step's time is that of its slowest
    core and of the barrier. Messages of the error to hidden layers are not counted, because each
    layer is a Process with a program of its own.

    Parameters
    ----------
    run_cfg : RunConfig
        With the tag ``microcode``. It is this profiler's from now on, for one network.
    target : {"loihi1", "loihi2"}
        Chip whose cores and figures are used.

    Raises
    ------
    ValueError
        If ``run_cfg`` selects other models, in which nothing is counted.

    Examples
    --------
    >>> run_cfg = Loihi2SimCfg(select_tag="microcode")                         # doctest: +SKIP
    >>> profiler = Profiler.init(run_cfg)                                      # doctest: +SKIP
    >>> profiler.execution_time_probe(num_steps=200)                           # doctest: +SKIP
    >>> profiler.energy_probe(num_steps=200)                                   # doctest: +SKIP
    >>> with ls.session(ls.build(network, state), run_cfg) as run:             # doctest: +SKIP
    ...     run.run(200)
    >>> profiler.execution_time.sum(), profiler.energy.sum()                   # doctest: +SKIP
    """

    def __init__(self, run_cfg: RunConfig, *, target: str = "loihi2") -> None:
        tag = getattr(run_cfg, "select_tag", None)
        if tag != "microcode":
            raise ValueError(
                f"select_tag = {tag!r}: only models with the tag 'microcode' count what a chip "
                "does; give Loihi2SimCfg(select_tag='microcode')"
            )
        self.target = limits_of(target).name
        self._energy = self._activity = self._memory = False
        self._recorder = StepRecorder(run_cfg, place=self._placed)

    # ---- probes, to be set before the network runs

    def execution_time_probe(
        self, num_steps: int = DEFAULT_STEPS, *, buffer_size: int = 1024, **options: Any
    ) -> None:
        """Record the time of the first ``num_steps`` steps; other options are the hardware's."""
        self._recorder.ask(num_steps)

    def energy_probe(self, num_steps: int = DEFAULT_STEPS, **options: Any) -> None:
        """Record the energy of the first ``num_steps`` steps; other options are the hardware's."""
        self._recorder.ask(num_steps)
        self._energy = True

    def activity_probe(self, num_steps: int = DEFAULT_STEPS, **options: Any) -> None:
        """Record the operations of each core in the first ``num_steps`` steps."""
        self._recorder.ask(num_steps)
        self._activity = True

    def memory_probe(self, **options: Any) -> None:
        """Offer the memory that each core needs."""
        self._recorder.ask(max(1, self._recorder.most))
        self._memory = True

    # ---- what was recorded

    @property
    def num_steps(self) -> int:
        """Steps recorded so far, by all layers."""
        return self._recorder.steps

    @property
    def cores(self) -> tuple[Core, ...]:
        """The cores, from input to output."""
        return self._recorder.placement.cores

    @property
    def counts(self) -> np.ndarray:
        """Operations, int64 ``(steps, cores, kinds)``; see :meth:`activity`."""
        return self._recorder.counts

    def activity(self, kind: str) -> np.ndarray:
        """Return operations of a kind, such as ``"synaptic_ops"``, int64 ``(steps, cores)``.

        Raises
        ------
        ValueError
            If there is no such kind.
        """
        if kind not in KINDS:
            raise ValueError(f"kind = {kind!r}: must be one of {', '.join(KINDS)}")
        return self.counts[..., KINDS.index(kind)]

    @property
    def execution_time(self) -> np.ndarray:
        """Seconds of each step, float64 ``(steps,)``, by value of the range."""
        return self.execution_time_range()[1]

    def execution_time_range(self) -> np.ndarray:
        """Return low, value and high of :attr:`execution_time`, float64 ``(3, steps)``."""
        return step_times(self.counts, self.target)

    @property
    def total_execution_time(self) -> float:
        """Seconds of all steps."""
        return float(self.execution_time.sum())

    @property
    def dynamic_energy(self) -> np.ndarray:
        """Joules of the operations of each step, float64 ``(steps,)``, by value."""
        return self._dynamic()[1]

    @property
    def static_energy(self) -> np.ndarray:
        """Joules that the chips take in each step whatever they do, float64 ``(steps,)``."""
        return self._static()[1]

    @property
    def energy(self) -> np.ndarray:
        """Joules of each step, float64 ``(steps,)``, by value; see :meth:`energy_range`."""
        return self.energy_range()[1]

    def energy_range(self) -> np.ndarray:
        """Return low, value and high of :attr:`energy`, float64 ``(3, steps)``."""
        return self._dynamic() + self._static()

    @property
    def power(self) -> np.ndarray:
        """Watts of each step, float64 ``(steps,)``, by value."""
        return self.energy / self.execution_time

    @property
    def dynamic_power(self) -> np.ndarray:
        """Watts of the operations of each step, float64 ``(steps,)``, by value."""
        return self.dynamic_energy / self.execution_time

    @property
    def static_power(self) -> float:
        """Watts that the chips take whatever they do, by value."""
        return float(static_power(self.target, self._recorder.placement.chips)[1])

    def energy_breakdown(self) -> tuple[float, ...]:
        """Return joules of all steps: total, dynamic, static, and of three supplies.

        The supplies (VDD, VDDM, VDDIO) are not estimated and are NaN.
        """
        dynamic, static = float(self.dynamic_energy.sum()), float(self.static_energy.sum())
        return dynamic + static, dynamic, static, *(float("nan"),) * 3

    def power_breakdown(self) -> tuple[float, ...]:
        """Return mean watts as :meth:`energy_breakdown` returns joules."""
        return tuple(joules / self.total_execution_time for joules in self.energy_breakdown())

    @property
    def memory(self) -> np.ndarray:
        """Bytes in use in each core, int64 ``(cores,)``."""
        return np.array([core.bytes for core in self.cores])

    # ---- pictures

    def plot_execution_time(self, axes: Any | None = None) -> Any:
        """Draw the time of each step; return the axes."""
        return _drawn(axes, self.execution_time_range(), "time of a step, s")

    def plot_energy(self, axes: Any | None = None) -> Any:
        """Draw the energy of each step; return the axes."""
        return _drawn(axes, self.energy_range(), "energy of a step, J")

    def plot_power(self, axes: Any | None = None) -> Any:
        """Draw the power in each step; return the axes."""
        return _drawn(axes, self.energy_range() / self.execution_time_range(), "power, W")

    def plot_activity(self, kind: str = "synaptic_ops", axes: Any | None = None) -> Any:
        """Draw operations of a kind, all cores together, in each step; return the axes."""
        found = self.activity(kind).sum(axis=1)
        return _drawn(axes, np.array([found, found, found]), kind.replace("_", " "))

    def _placed(self, network: Network, *, learning: bool) -> Placement:
        return partition(network, limits=limits_of(self.target), learning=learning)

    def _dynamic(self) -> np.ndarray:
        kinds = step_energies(self.counts, self.target)
        return sum(kinds.values(), np.zeros(1)).sum(axis=-1)

    def _static(self) -> np.ndarray:
        power = static_power(self.target, self._recorder.placement.chips)
        return power[:, None] * self.execution_time_range()


def _drawn(axes: Any | None, values: np.ndarray, what: str) -> Any:
    """Draw low, value and high ``(3, steps)``."""
    if axes is None:
        from matplotlib.figure import Figure

        axes = Figure(layout="constrained").add_subplot()
    low, value, high = values
    steps = np.arange(1, len(value) + 1)
    axes.fill_between(steps, low, high, alpha=0.2, linewidth=0)
    axes.plot(steps, value)
    axes.set(xlabel="time step", ylabel=what)
    return axes


run_cfg_dict.setdefault(Loihi2SimCfg, SimulatorProfiler)
