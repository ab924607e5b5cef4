"""A network between Processes of the host that exchange messages with it and share no memory."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava
from lava_intsnn.argument_kinds import checks_kinds

# isort: split
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg, RunConfig

from lava_intsnn.network import Network, NetworkError
from lava_intsnn.proc_models.host_timing import HostTiming
from lava_intsnn.proc_models.layer_spec import LayerSpec
from lava_intsnn.processes.labels_in.process import LabelsIn
from lava_intsnn.processes.layer_process import LayerProcess
from lava_intsnn.processes.spikes_in.process import SpikesIn
from lava_intsnn.processes.spikes_out.process import SpikesOut
from lava_intsnn.runtime import Session, SessionError
from lava_intsnn.state import State
from lava_intsnn.systems.network_system import (
    layer_memory,
    layer_name,
    layer_process,
    lowest_part,
)

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class Bridge(Protocol):
    """Processes between the host and a board, which a library for the board brings."""

    def to_chip(self, source: Any, target: Any) -> None:
        """Connect the ``OutPort`` of a Process of the host to the ``InPort`` of one on the chip."""

    def from_chip(self, source: Any, target: Any) -> None:
        """Connect the ``OutPort`` of a Process on the chip to the ``InPort`` of the host's."""


class NoBridge:
    """Connects ports to each other, where all Processes run on the host."""

    def to_chip(self, source: Any, target: Any) -> None:
        """Connect two ports."""
        source.connect(target)

    from_chip = to_chip


@dataclass(frozen=True)
class HostedSystem:
    """Connected Processes: spikes and labels in, the layers, spikes out.

    Attributes
    ----------
    network : Network
        With a batch of 1.
    spikes_in : SpikesIn
    labels_in : LabelsIn or None
        None without learning.
    layers : tuple of LayerProcess
    spikes_out : SpikesOut
    timing : HostTiming
    """

    network: Network
    spikes_in: SpikesIn
    labels_in: LabelsIn | None
    layers: tuple[LayerProcess, ...]
    spikes_out: SpikesOut
    timing: HostTiming

    @property
    def processes(self) -> tuple[AbstractProcess, ...]:
        """All Processes, from input to output."""
        labels = () if self.labels_in is None else (self.labels_in,)
        return (self.spikes_in, *labels, *self.layers, self.spikes_out)


@checks_kinds
def build_hosted(
    network: Network,
    state: State,
    *,
    learning: bool = True,
    timing: HostTiming | None = None,
    bridge: Bridge | None = None,
) -> HostedSystem:
    """Return ``network`` between Processes that exchange messages with the host.

    Samples, labels and results are messages, and weights are read as Vars. So the layers may run
    anywhere: as our ProcessModels, or on a board.

    Parameters
    ----------
    network : Network
        It takes one sample at a time, so its batch is taken as 1.
    state : State
    learning : bool
        Connect labels and feedback. Then every sample is learned whose label is not -1.
    timing : HostTiming, optional
        That of our ProcessModels by default; on a board that of the compiled program.
    bridge : Bridge, optional
        What connects the host's Processes to those of the layers, if these do not run on the host.

    Raises
    ------
    NetworkError
        If the network's bounds do not hold.
    ValueError
        If the state does not fit the network.
    """
    if network.readout:
        raise NetworkError(
            f"network {network.name!r} has a readout, which sends no spikes to the host: give its "
            "last layer neurons that fire, or run it with lava_intsnn.build"
        )
    if network.local and learning:
        raise NetworkError(
            f"network {network.name!r} has local readouts: one readout takes labels from the host; "
            "set propagation to 'direct', or learn with lava_intsnn.build"
        )
    network = replace(network, batch=1)
    state.validate(network)
    bounds = network.check()
    timing = timing or HostTiming.of_simulator(network)
    bridge = bridge or NoBridge()
    spikes_in = SpikesIn(n_in=network.n_in, timing=timing, name="spikes_in")
    layers: list[Any] = []
    lowest = lowest_part(network)
    for index in range(len(network.layers)):
        spec = LayerSpec.within(
            network,
            index,
            seed=state.seed,
            bounds=bounds.layers[index],
            name=layer_name(network, index),
        )
        learns = learning and index >= lowest
        memory = layer_memory(network, state, spec, learning=learns)
        layers.append(layer_process(network, spec, memory, slots=1, one_sample=True))
    bridge.to_chip(spikes_in.s_out, layers[0].s_in)
    for index, (below, above) in enumerate(zip(layers, layers[1:])):
        below.s_out.connect(above.s_in)
        if learning and index >= lowest:
            above.fb_out.connect(below.fb_in)
    labels_in = None
    if learning:
        at = network.first_error_step
        labels_in = LabelsIn(at=at, timing=timing, name="labels_in")
        bridge.to_chip(labels_in.label_out, layers[-1].label_in)
    spikes_out = SpikesOut(n_out=network.n_classes, timing=timing, name="spikes_out")
    bridge.from_chip(layers[-1].s_out, spikes_out.s_in)
    return HostedSystem(
        network=network,
        spikes_in=spikes_in,
        labels_in=labels_in,
        layers=tuple(layers),
        spikes_out=spikes_out,
        timing=timing,
    )


class HostedRun:
    """A running :class:`HostedSystem`: one sample in, its output spikes out.

    Parameters
    ----------
    system : HostedSystem
    run_cfg : RunConfig, optional
        By default the compiled programs run on virtual cores, ``Loihi2SimCfg("microcode")``.
    guarded : bool
        Run in a :class:`lava_intsnn.runtime.Session`, in which no failure hangs; otherwise in
        Lava's own runtime, which a board needs.
    """

    def __init__(
        self, system: HostedSystem, run_cfg: RunConfig | None = None, *, guarded: bool = True
    ) -> None:
        self.system = system
        self._run_cfg = run_cfg or Loihi2SimCfg(select_tag="microcode")
        self._session = Session(system, self._run_cfg) if guarded else None

    def __enter__(self) -> Self:
        if self._session is not None:
            self._session.open()
        else:
            self.system.spikes_in.create_runtime(self._run_cfg)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            self._session.close()
        else:
            self.system.spikes_in.stop()

    def show(self, spikes: np.ndarray, label: int = -1) -> np.ndarray:
        """Show one sample, and learn it if the system learns.

        Parameters
        ----------
        spikes : integer (T, I)
        label : int
            Its class; -1 for a sample that is not learned.

        Returns
        -------
        int32 (T, O)
            Spikes of the output.

        Raises
        ------
        SessionError
            If a label is given to a system that does not learn.
        """
        system = self.system
        if system.labels_in is not None:
            system.labels_in.send(label)
        elif label >= 0:
            raise SessionError(f"label = {label}: the system does not learn; build one that does")
        system.spikes_in.send(spikes)
        if self._session is not None:
            self._session.run(system.timing.period)
        else:
            condition = RunSteps(num_steps=system.timing.period)
            system.spikes_in.run(condition=condition, run_cfg=self._run_cfg)
        return system.spikes_out.receive()

    def weights(self) -> list[np.ndarray]:
        """Return the shadow weights of each layer, read as Vars."""
        found = []
        for layer in self.system.layers:
            var = layer.w_shadow
            held = var.get() if self._session is None else self._session.get(var)
            found.append(np.asarray(held).astype(np.int64).reshape(layer.spec.layer.weight_shape))
        return found
