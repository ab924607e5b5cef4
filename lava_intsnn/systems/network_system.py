"""`System`: a network as connected Lava Processes, and `build`, which returns it."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava
from lava_intsnn.argument_kinds import checks_kinds

# isort: split
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from lava.magma.core.process.process import AbstractProcess

from lava_intsnn.network import Network, NetworkError
from lava_intsnn.proc_models.layer_spec import LayerSpec
from lava_intsnn.proc_models.shared_memory import LayerMemory
from lava_intsnn.processes import IntConv, IntDense, IntReadout, SpikeEncoder
from lava_intsnn.processes.lava_layer import refusal, undecomposable
from lava_intsnn.state import State

#: Default number of samples that the host may pass at once.
CAPACITY = 1024

_HIDDEN = {process.kind.kind: process for process in (IntDense, IntConv)}


@dataclass(frozen=True)
class System:
    """Connected Processes that run a network.

    Attributes
    ----------
    network : Network
        Its ``batch`` is the B of the ports.
    encoder : SpikeEncoder
    layers : tuple
        :class:`IntDense` and :class:`IntConv` Processes and, last, an :class:`IntReadout`.
    local : tuple of IntReadout
        Local readouts, which there are only for learning.
    memories : tuple of LayerMemory
        Of all layers, as a state holds them; those of local readouts are there in any case.
    learning : bool
    latency : int
        Lava steps from a sample's first step to the same step of its results.
    seed : int
    """

    network: Network
    encoder: SpikeEncoder
    layers: tuple[IntConv | IntDense | IntReadout, ...]
    local: tuple[IntReadout, ...]
    memories: tuple[LayerMemory, ...]
    learning: bool
    latency: int
    seed: int

    @property
    def all_layers(self) -> tuple[IntConv | IntDense | IntReadout, ...]:
        """The Processes of all layers, local readouts last."""
        return (*self.layers, *self.local)

    @property
    def readout(self) -> IntReadout:
        """The output layer."""
        return self.layers[-1]

    @property
    def processes(self) -> tuple[AbstractProcess, ...]:
        """All Processes, from input to output, local readouts last."""
        return (self.encoder, *self.all_layers)

    def state(self) -> State:
        """Return the learned state, which is exact between any two runs and after the last one.

        Raises
        ------
        ValueError
            If ``floating_pt`` models ran an integer network. Their float32 weights are in
            ``layer.weights``.
        """
        if self.readout.memory.floating[0] and not self.network.precision.floating:
            raise ValueError(
                "floating_pt models learn float32 weights, which the state of an integer network "
                "cannot hold: read them from system.layers[k].weights"
            )
        return State(
            weights=tuple(memory.weights.copy() for memory in self.memories),
            seed=self.seed,
            updates=int(self.readout.memory.updates[0]),
            delays=self._delays(),
        )

    def _delays(self) -> tuple[np.ndarray | None, ...]:
        """Return a copy of the delays that stand in the state."""
        held = [memory.shadow_delays for memory in self.memories]
        copies = (None if delays is None else delays.copy() for delays in held)
        return () if all(delays is None for delays in held) else tuple(copies)


@checks_kinds
def build(
    network: Network,
    state: State,
    *,
    batch: int | None = None,
    learning: bool = True,
    capacity: int = CAPACITY,
    decompose: bool = False,
) -> System:
    """Return connected Lava Processes for ``network``, starting from ``state``.

    Lava compiles a Process only once, so call ``build`` again with ``system.state()`` for a second
    session.

    Parameters
    ----------
    batch : int, optional
        Number of samples in one message, the network's own by default. An update sums over them, so
        it is the batch size of learning.
    learning : bool
        Connect labels and feedback, which ends above the lowest layer that learns.
    capacity : int
        Number of samples that the host may pass at once.
    decompose : bool
        Prepare the system to run as Lava's own Dense, Conv and LIFReset, with
        ``Loihi2SimCfg(select_tag="fixed_pt", select_sub_proc_model=True)``. Each layer then has a
        latency of one step. This requires guarded neurons, at most 8 inference bits, batch 1,
        ``learning=False`` and ``tie_break=False``.

    Raises
    ------
    NetworkError
        If the network's bounds do not hold, or it cannot be decomposed.
    ValueError
        If the state does not fit the network.
    """
    if batch is not None and batch != network.batch:
        network = replace(network, batch=batch)
    state.validate(network)
    bounds = None if network.precision.floating else network.check()
    slots = max(1, capacity // network.batch)
    encoder = SpikeEncoder(
        n_in=network.n_in,
        slots=slots,
        steps=network.steps,
        batch=network.batch,
        encoder=network.encoder,
        label_step=network.first_error_step,
        seed=state.seed,
        name="encoder",
    )
    built: dict[int, Any] = {-1: encoder}
    memories: dict[int, LayerMemory] = {}
    for branch in network.branches:
        lowest = lowest_part(branch.network)
        for here, index in branch.own:
            spec = LayerSpec.within(
                network,
                index,
                seed=state.seed,
                bounds=bounds.layers[index] if bounds else None,
                offset=index if decompose else 0,
                name=layer_name(network, index),
            )
            learns = learning and here >= lowest
            memories[index] = layer_memory(network, state, spec, learning=learns)
            if index >= len(network.layers) and not learning:
                continue  # its weights stay, and nothing else of it is needed
            process = layer_process(network, spec, memories[index], slots=slots)
            source = built[network.sources[index]]
            source.s_out.connect(process.s_in)
            if learning and here > lowest:
                process.fb_out.connect(source.fb_in)
            built[index] = process
    _, *layers = (built[index] for index in sorted(built))
    local = layers[len(network.layers) :]
    layers = layers[: len(network.layers)]
    if decompose and (problems := [p for process in layers for p in undecomposable(process)]):
        raise NetworkError(refusal(f"network {network.name!r}", problems))
    if learning:
        for readout in (*local, layers[-1]):
            encoder.label_out.connect(readout.label_in)
            if network.loss.kind == "random":
                encoder.key_out.connect(readout.key_in)
    return System(
        network=network,
        encoder=encoder,
        layers=tuple(layers),
        local=tuple(local),
        memories=tuple(memories[index] for index in sorted(memories)),
        learning=learning,
        latency=len(layers) if decompose else 0,
        seed=state.seed,
    )


def lowest_part(network: Network) -> int:
    """Return the lowest layer that takes part in learning.

    The output does so even in a network of frozen layers: it counts the updates.
    """
    return min(network.first_plastic, len(network.layers) - 1)


def layer_name(network: Network, index: int) -> str:
    """Return the name of the Process of layer ``index`` of all those of ``network``."""
    last = len(network.layers) - 1
    if index > last:
        return f"local_{network.sources[index]}"
    return "readout" if index == last else f"hidden_{index}"


def layer_memory(network: Network, state: State, spec: LayerSpec, *, learning: bool) -> LayerMemory:
    """Return the memory of a described layer, with its weights from ``state``."""
    index, last = spec.index, len(network.layers) - 1
    random = spec.n_classes is not None and index < last
    return LayerMemory.of(
        state.weights[index],
        lr_shift=spec.layer.lr_shift,
        learning=learning,
        updates=state.updates,
        feedback_weights=network.feedback_weights(index) if random else None,
        delays=state.delays_of(index),
        learns_delays=spec.layer.learns_delays,
    )


def layer_process(
    network: Network,
    spec: LayerSpec,
    memory: LayerMemory,
    *,
    slots: int,
    one_sample: bool = False,
) -> IntConv | IntDense | IntReadout:
    """Return the Process of a described layer, with its weights in ``memory``."""
    if spec.index < len(network.layers) - 1:
        hidden = _HIDDEN[spec.layer.kind]
        return hidden.of(spec, memory, name=spec.network.name, one_sample=one_sample)
    if spec.layer.kind != IntReadout.kind.kind:
        raise NetworkError(
            f"network {network.name!r} ends with a convolution: in Lava the last layer is an "
            "IntReadout, which is dense; add one"
        )
    return IntReadout.of(spec, memory, name=spec.network.name, slots=slots, one_sample=one_sample)
