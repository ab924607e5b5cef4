"""A network that learns in Lava's LearningDense, with learning neurons and random feedback."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava
from lava_intsnn.argument_kinds import checks_kinds

# isort: split
from dataclasses import dataclass
from typing import Any

import numpy as np
from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
from lava.magma.core.process.process import AbstractProcess
from lava.proc.conv.process import Conv
from lava.proc.dense.process import Dense, LearningDense

from lava_intsnn.field_checks import short_repr
from lava_intsnn.loihi.learning_engine.engine_rule import rule_of, unlearnable
from lava_intsnn.loihi.learning_engine.tick_schedule import TickSchedule
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.processes.learning_neuron.process import LearningNeuron
from lava_intsnn.processes.learning_readout.process import LearningReadout
from lava_intsnn.processes.learning_source.process import LearningSource
from lava_intsnn.processes.learning_synapses.process import LearningSynapses
from lava_intsnn.state import State
from lava_intsnn.systems.learning_dense_neurons import learning_neurons
from lava_intsnn.systems.learning_dense_synapses import (
    feedback_synapses,
    frozen_synapses,
    not_stock,
    our_synapses,
    stock_synapses,
)

#: Default number of samples that the host may pass at once.
CAPACITY = 1024


@dataclass(frozen=True)
class LearningSystem:
    """Connected Processes that run a network and learn in it.

    Attributes
    ----------
    network : Network
    encoder : LearningSource
    layers : tuple
        :class:`LearningSynapses`, or Lava's LearningDense; for a frozen layer Lava's Dense or Conv.
    neurons : tuple
        A :class:`LearningNeuron` for each hidden layer and, last, a :class:`LearningReadout`.
    feedback : tuple of Dense
        Lava's own, from the output's error to each hidden layer that learns.
    schedule : TickSchedule
        Schedule of the input.
    seed : int
    fixed : dict of int to int32 array
        Weights of the frozen layers, by index.
    updates : int
        Samples that the state had learned when the system was built.
    stock : bool
        Whether the synapses that learn are Lava's own class.
    """

    network: Network
    encoder: LearningSource
    layers: tuple[LearningSynapses | LearningDense | Dense | Conv, ...]
    neurons: tuple[LearningNeuron | LearningReadout, ...]
    feedback: tuple[Dense, ...]
    schedule: TickSchedule
    seed: int
    fixed: dict[int, np.ndarray]
    updates: int = 0
    stock: bool = False

    learning = True

    __repr__ = short_repr

    @property
    def readout(self) -> LearningReadout:
        """The output neurons."""
        return self.neurons[-1]

    @property
    def processes(self) -> tuple[AbstractProcess, ...]:
        """All Processes, from input to output."""
        between = (p for pair in zip(self.layers, self.neurons) for p in pair)
        return (self.encoder, *between, *self.feedback)

    @property
    def plastic(self) -> dict[int, LearningSynapses]:
        """The layers that learn, by index."""
        return {k: layer for k, layer in enumerate(self.layers) if k not in self.fixed}

    @property
    def ticks(self) -> int:
        """Lava time steps of one sample."""
        return self.schedule.ticks

    @property
    def latency(self) -> int:
        """Lava time steps from a sample's first spikes to its spike counts."""
        return self.schedule.ticks - 2

    def state(self) -> State:
        """Return the learned state, which is exact between any two samples.

        Raises
        ------
        ValueError
            If the synapses are Lava's own class, which keeps its weights to itself: the session's
            ``state()`` reads them.
        """
        if self.stock:
            raise ValueError(
                "Lava's own LearningDense keeps its weights to itself: call state() of the session "
                "while it runs"
            )
        learned = {k: layer.memory for k, layer in self.plastic.items()}
        weights = self.fixed | {k: memory.w_shadow for k, memory in learned.items()}
        updates = next(iter(learned.values())).updates
        return State(
            weights=tuple(weights[k].copy() for k in range(len(self.layers))),
            seed=self.seed,
            updates=int(updates[0]),
        )


@checks_kinds
def build(
    network: Network,
    state: State,
    *,
    capacity: int = CAPACITY,
    stock: bool = False,
    third_factor: str = "signed",
) -> LearningSystem:
    """Return ``network`` as Lava Processes that learn as Loihi's learning engine does.

    Every layer that learns becomes a LearningDense and learning neurons, a frozen one Lava's own
    Dense or Conv and the same neurons, and every feedback matrix a Dense.
    Lava compiles a Process only once, so call ``build`` again with ``system.state()`` for a second
    session.

    Parameters
    ----------
    network : Network
        Legal for learning on Loihi 2; see :func:`lava_intsnn.loihi.legality.check`.
    state : State
    capacity : int
        Number of samples that the host may pass at once.
    stock : bool
        Use Lava's own LearningDense and its own ProcessModel, unchanged, in place of our subclass.
        Lava selects a ProcessModel by the exact class of a Process, so a model that INRC has for
        LearningDense can only replace this one. Its rounding is Lava's: one random number for all
        synapses of an update, to half a weight of ours. So the weights are not those of the
        engine; see the guide *Toward Loihi* for what is reached.
    third_factor : {"signed", "split"}
        Whether a layer's error is one trace that may be negative, or two that may not; the bits
        are the same. Which of them the chip can hold is our assumption, see :func:`rule_of`.

    Raises
    ------
    NetworkError
        If the network is not legal for learning. The message lists every reason. With ``stock``
        also if a presynaptic trace is more than the spike, which LearningDense cannot compute.
    ValueError
        If the state does not fit the network, or there is no such third factor.
    """
    findings = unlearnable(network) + (not_stock(network) if stock else [])
    if findings:
        where = "in Lava's own LearningDense" if stock else "on Loihi 2"
        raise NetworkError(
            f"network {network.name!r} cannot learn {where}:\n"
            + "\n".join(f"- {finding}" for finding in findings)
        )
    state.validate(network)
    depth = len(network.layers)
    schedules = [TickSchedule(network.steps, depth, layer) for layer in range(depth)]
    encoder = LearningSource(
        shape=(network.n_in, network.n_classes),
        schedule=schedules[0],
        encoder=network.encoder,
        slots=capacity,
        name="encoder",
    )
    layers: list[Any] = []
    neurons: list[Any] = []
    source: Any = encoder
    split = third_factor == "split"
    for index, schedule in enumerate(schedules):
        plastic = network.layers[index].plastic
        # neurons of frozen layers have a rule, which Lava asks for, and no synapses to send it to
        ruled = index if plastic else network.first_plastic
        rule = learning_rule(network, ruled, third_factor=third_factor)
        population = learning_neurons(network, index, schedule, rule, slots=capacity, split=split)
        synapses: Any
        if plastic:
            make = stock_synapses if stock else our_synapses
            synapses = make(network, state, index, schedule, rule)
            source.s_out.connect(synapses.s_in)
            synapses.a_out.connect(population.a_in)
            if split:
                population.s_out_bap.connect(synapses.s_in_bap)
            for trace in ("y1", "y2", "y3"):
                out = getattr(population, f"s_out_{trace}")
                out.connect(getattr(synapses, f"s_in_{trace}"))
        else:
            synapses = frozen_synapses(network, state, index)
            source.s_out.reshape(synapses.s_in.shape).connect(synapses.s_in)
            synapses.a_out.reshape(population.a_in.shape).connect(population.a_in)
        layers.append(synapses)
        neurons.append(population)
        source = population
    encoder.label_out.connect(source.a_third_factor_in)
    hear = [index for index in range(depth - 1) if network.layers[index].plastic]
    feedback = tuple(feedback_synapses(network, index) for index in hear)
    for index, dense in zip(hear, feedback):
        source.e_out.connect(dense.s_in)
        dense.a_out.connect(neurons[index].a_third_factor_in)
    return LearningSystem(
        network=network,
        encoder=encoder,
        layers=tuple(layers),
        neurons=tuple(neurons),
        feedback=feedback,
        schedule=schedules[0],
        seed=state.seed,
        fixed={
            index: state.weights[index].copy()
            for index, layer in enumerate(network.layers)
            if not layer.plastic
        },
        updates=state.updates,
        stock=stock,
    )


@checks_kinds
def learning_rule(
    network: Network, layer: int, *, third_factor: str = "signed"
) -> Loihi3FLearningRule:
    """Return the result of :func:`rule_of` for a layer as an object of Lava."""
    described = rule_of(network, layer, third_factor=third_factor)
    # rng_seed seeds the rounding of traces, which are whole here; weights have a fixed seed in Lava
    rule = Loihi3FLearningRule(
        dw=described["dw"], dt=described["dt"], **described["parameters"], rng_seed=1
    )
    for name, tau in described["taus"].items():
        setattr(rule, name, tau)
    return rule
