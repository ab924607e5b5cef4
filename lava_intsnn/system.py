"""A network as connected Lava Processes."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava

# isort: split
from dataclasses import dataclass, replace
from typing import Any

from lava.magma.core.process.process import AbstractProcess

from lava_intsnn.network import Network, NetworkError
from lava_intsnn.processes import IntDense, IntReadout, SpikeEncoder
from lava_intsnn.processes.lava_layer import undecomposable
from lava_intsnn.state import State

#: Samples the host may hand over in one go, unless told otherwise.
CAPACITY = 1024


@dataclass(frozen=True)
class System:
    """Connected Processes that run a network.

    Attributes
    ----------
    network : Network
        Its ``batch`` is B of the ports.
    encoder : SpikeEncoder
    layers : tuple
        :class:`IntDense` Processes and, last, an :class:`IntReadout`.
    learning : bool
    latency : int
        Lava steps from a sample's first step to the same step of its results.
    seed : int
    """

    network: Network
    encoder: SpikeEncoder
    layers: tuple[IntDense | IntReadout, ...]
    learning: bool
    latency: int
    seed: int

    @property
    def readout(self) -> IntReadout:
        """The output layer."""
        return self.layers[-1]

    @property
    def processes(self) -> tuple[AbstractProcess, ...]:
        """All Processes, from input to output."""
        return (self.encoder, *self.layers)

    def state(self) -> State:
        """Return what has been learned: exact, at any time between two runs, and after them.

        Raises
        ------
        ValueError
            If ``floating_pt`` models ran: their weights are ``layer.weights``, float32.
        """
        if self.readout.memory.floating[0]:
            raise ValueError(
                "floating_pt models learn float32 weights, which a State cannot hold: read them "
                "from system.layers[k].weights"
            )
        return State(
            weights=tuple(layer.weights for layer in self.layers),
            seed=self.seed,
            updates=int(self.readout.memory.updates[0]),
        )


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

    Lava compiles a Process only once: for a second session build again, from ``system.state()``.

    Parameters
    ----------
    batch : int, optional
        Samples side by side in one message, the network's own number by default. An update sums
        over them, so it is the batch size of learning.
    learning : bool
        Connect labels and feedback.
    capacity : int
        Samples the host may hand over in one go.
    decompose : bool
        Make it fit to be run as Lava's own Dense and LIFReset, with
        ``Loihi2SimCfg(select_tag="fixed_pt", select_sub_proc_model=True)``: each layer then is one
        step later than the one below. Guarded neurons, at most 8 inference bits, batch 1,
        ``learning=False`` and ``tie_break=False`` only.

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
    bounds = network.check()
    slots = max(1, capacity // network.batch)
    encoder = SpikeEncoder(
        n_in=network.n_in,
        slots=slots,
        steps=network.steps,
        batch=network.batch,
        encoder=network.encoder,
        seed=state.seed,
        name="encoder",
    )
    layers: list[Any] = []
    source: Any = encoder
    for index in range(len(network.layers)):
        last = index == len(network.layers) - 1
        arguments = _arguments(network, state, index) | {
            "bounds": bounds.layers[index],
            "learning": learning,
            "offset": index if decompose else 0,
        }
        if last:
            process = IntReadout(
                **arguments,
                loss=network.loss,
                tie_break=network.tie_break,
                slots=slots,
                name="readout",
            )
        else:
            fb_shift = network.layers[index].fb_shift
            process = IntDense(**arguments, fb_shift=fb_shift, name=f"hidden_{index}")
        source.s_out.connect(process.s_in)
        if learning and index > 0:
            process.fb_out.connect(source.fb_in)
        layers.append(process)
        source = process
    if decompose and (problems := [p for process in layers for p in undecomposable(process)]):
        raise NetworkError(f"network {network.name!r} cannot be decomposed: {'; '.join(problems)}")
    if learning:
        encoder.label_out.connect(source.label_in)
    return System(
        network=network,
        encoder=encoder,
        layers=tuple(layers),
        learning=learning,
        latency=len(layers) if decompose else 0,
        seed=state.seed,
    )


def _arguments(network: Network, state: State, index: int) -> dict[str, Any]:
    layer = network.layers[index]
    neuron = layer.neuron
    return {
        "shape": (layer.n_out, layer.n_in),
        "vth": neuron.vth,
        "window": neuron.window,
        "decay_shift": neuron.decay_shift,
        "v_bits": neuron.v_bits,
        "guarded": neuron.guarded,
        "w_shadow": state.weights[index],
        "precision": network.precision,
        "lr_shift": layer.lr_shift,
        "clip": layer.clip,
        "weight_decay_shift": layer.weight_decay_shift,
        "trace_shift": layer.trace_shift,
        "time_gated": network.feedback.time_gated,
        "v_fb_bits": network.feedback.v_fb_bits,
        "rounding": network.rounding,
        "steps": network.steps,
        "batch": network.batch,
        "seed": state.seed,
        "layer_index": index,
        "updates": state.updates,
    }
