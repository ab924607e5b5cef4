"""`StepRecorder`: counts of the virtual cores of a network that Lava compiles, step by step."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava

# isort: split
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from lava.magma.compiler.compiler_graphs import find_processes
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_configs import RunConfig

from lava_intsnn.loihi.mapping import Placement
from lava_intsnn.loihi.profiling.core_meter import CoreMeter
from lava_intsnn.network import Network
from lava_intsnn.network.errors import require_range
from lava_intsnn.proc_models.shared_memory import StepCounts
from lava_intsnn.processes.int_readout.process import IntReadout
from lava_intsnn.processes.layer_process import LayerProcess
from lava_intsnn.runtime import SessionError

#: Steps that a probe may record: of these, each core takes 88 bytes a step.
MOST_STEPS = 1 << 22


class StepRecorder:
    """Memory for the counts of each layer, which it gives to the layers as Lava compiles them.

    Lava asks a RunConfig for the model of each Process, so the recorder listens there.

    Parameters
    ----------
    run_cfg : RunConfig
        With the tag ``microcode``. It is this recorder's from now on, for one network.
    place : callable
        Puts a network on cores: takes it, and ``learning``, whether it learns.
    """

    def __init__(self, run_cfg: RunConfig, *, place: Callable[..., Placement]) -> None:
        self.most = 0
        self._place = place
        self._layers: dict[int, StepCounts] = {}
        self._placement: Placement | None = None
        self._select: Callable[..., Any] = run_cfg.select
        run_cfg.select = self._selected  # Lava asks it once for each Process, before it forks

    def ask(self, num_steps: int) -> None:
        """Record at least the first ``num_steps`` steps; the largest number asked for counts.

        Raises
        ------
        SessionError
            If the network has been compiled.
        NetworkError
            If ``num_steps`` is not 1..:data:`MOST_STEPS`.
        """
        if self._layers:
            raise SessionError("the network has been compiled: set probes before it runs")
        require_range("num_steps", num_steps, 1, MOST_STEPS)
        self.most = max(self.most, num_steps)

    @property
    def layers(self) -> dict[int, StepCounts]:
        """The counts of each layer, by index.

        Raises
        ------
        SessionError
            If no probe was set, or the network has not been compiled.
        """
        if not self.most:
            raise SessionError(
                "no probe was set: call execution_time_probe(num_steps=...), energy_probe or "
                "activity_probe before the network runs"
            )
        if not self._layers:
            raise SessionError("the network has not been compiled with this profiler's RunConfig")
        return self._layers

    @property
    def placement(self) -> Placement:
        """The layers on cores."""
        _ = self.layers  # says what is missing
        assert self._placement is not None
        return self._placement

    @property
    def steps(self) -> int:
        """Steps recorded so far, by all layers."""
        return min(self.most, *(int(held.done[0]) for held in self.layers.values()))

    @property
    def counts(self) -> np.ndarray:
        """Operations, int64 ``(steps, cores, kinds)``."""
        held = self.layers
        steps = self.steps
        return np.concatenate([held[layer].counts[:steps] for layer in sorted(held)], axis=1)

    def _selected(self, process: AbstractProcess, models: list[Any]) -> Any:
        """Select as the RunConfig does; give the Process of a layer memory for its counts."""
        chosen = self._select(process, models)
        if self.most and isinstance(process, LayerProcess) and "microcode" in chosen.tags:
            if self._placement is None:
                self._prepare(process)
            process.proc_params.overwrite("step_counts", self._layers[process.spec.index])
        return chosen

    def _prepare(self, process: LayerProcess) -> None:
        layers = [p for p in find_processes(process) if isinstance(p, LayerProcess)]
        layers.sort(key=lambda each: each.spec.index)
        if sum(isinstance(each, IntReadout) for each in layers) > 1:
            raise ValueError(
                "the network has local readouts, of which this profiler knows no placement: "
                "profile it with lava_intsnn.loihi.profile"
            )
        network = _whole(layers)
        learning = bool(layers[-1].memory.learning[0]) and layers[-1].receives_error()
        placement = self._place(network, learning=learning)
        for index in range(len(layers)):
            meter = CoreMeter(network, placement, learning=learning, layers=(index,))
            self._layers[index] = StepCounts.empty(self.most, meter)
        self._placement = placement


def _whole(layers: list[LayerProcess]) -> Network:
    """Return the network whose layers the Processes are.

    Raises
    ------
    ValueError
        If their numbers are not 0, 1, 2 and so on.
    """
    numbers = [layer.spec.index for layer in layers]
    if numbers != list(range(len(layers))):
        raise ValueError(
            f"layer_index of the layers: {', '.join(map(str, numbers))}: to be profiled they must "
            "be numbered 0, 1, 2 and so on, from input to output"
        )
    return replace(
        layers[-1].spec.network,
        layers=tuple(layer.spec.layer for layer in layers),
        encoder=layers[0].spec.network.encoder,
    )
