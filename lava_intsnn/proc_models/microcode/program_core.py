"""The core of a ProcessModel that runs a layer's compiled program on the virtual core."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np

from lava_intsnn.loihi.labels import label_numbers
from lava_intsnn.loihi.microcode import names
from lava_intsnn.loihi.microcode.compiler import block_name, compile_layer
from lava_intsnn.loihi.microcode.machine import Machine
from lava_intsnn.proc_models.layer_spec import LayerSpec
from lava_intsnn.proc_models.shared_memory import LayerMemory, StepCounts

_BETWEEN_SAMPLES = "{} was set within a sample: microcode holds it, so set it between two samples"


class MicrocodeCore:
    """Runs the neuron phase in each step, and the error phase and the learning rule in ``learn``.

    It has the interface of :class:`~lava_intsnn.proc_models.fixed_pt.layer_core.LayerCore`. Samples
    that are learned run the program compiled for learning, other samples the one for inference, on
    one chip per sample of the batch. Each program is compiled when it is first needed.

    Parameters
    ----------
    spec : LayerSpec
    memory : LayerMemory
        Weights are read from it and written back after each update.
    output : bool
        Whether this is the output layer.

    Attributes
    ----------
    states : dict of int32 (B, O)
        All states of the neurons, including ``v``, by the names that their kind declares.
    v : int32 (B, O)
        Membrane potentials, guard bits included.
    w : int32, of the layer's weight shape
        Weights of the synapses.
    counts : StepCounts or None
        Where to count what the virtual cores do, for a profiler. To be set before the first step.
    """

    spike_dtype = np.uint8

    def __init__(self, spec: LayerSpec, memory: LayerMemory, *, output: bool) -> None:
        self.spec, self.memory, self.output = spec, memory, output
        network, layer = spec.network, spec.layer
        self._network = network
        shape, neuron = (network.batch, layer.n_out), layer.neuron
        self.states = {state.name: np.zeros(shape, np.int32) for state in neuron.states(0)}
        self.v = self.states["v"]
        self.w = np.zeros(layer.weight_shape, np.int32)
        self._s = np.zeros((network.batch, layer.n_out), np.uint8)
        self._labels = np.full(network.batch, -1, np.int32)
        self._error = np.zeros((network.batch, spec.n_classes or layer.n_out), np.int64)
        self._machines: dict[bool, Machine] = {}
        self._stale: set[bool] = set()
        self._step, self._lr_shift = network.steps - 1, layer.lr_shift
        self.recording = False
        self.counts: StepCounts | None = None
        self.load()

    def load(self) -> None:
        """Load the weights from memory."""
        self.w[:] = self._network.precision.inference(self.memory.w_shadow)
        self._stale = {False, True}

    def set_vth(self, vth: int | tuple[int, ...]) -> None:
        """Change the threshold. It is part of the program, which is compiled again.

        Raises
        ------
        ValueError
            Within a sample, because its state would be lost.
        """
        layer = self._network.layers[0]
        if vth == layer.neuron.vth:
            return
        if self._step < self._network.steps - 1:
            raise ValueError(_BETWEEN_SAMPLES.format("vth"))
        layer = replace(layer, neuron=replace(cast(Any, layer.neuron), vth=vth))
        self._network = replace(self._network, layers=(layer,))
        self._machines.clear()

    def receive_labels(self, labels: np.ndarray) -> None:
        """Receive the labels ``(B,)`` of the sample, -1 for none, before its last step."""
        self._labels = labels

    def step(self, s_in: np.ndarray, t: int, *, record: bool) -> np.ndarray:
        """Advance by step ``t`` of the sample.

        Parameters
        ----------
        s_in : uint8 (B, I)
            Spikes, or counts.
        record : bool
            Whether the sample will be learned. The value at its first step counts.

        Returns
        -------
        uint8 (B, O)
            Spikes, in a buffer that the next step overwrites.

        Raises
        ------
        LegalityError
            If the layer is not legal on Loihi 2.
        MicrocodeError
            If a number leaves its declared width.
        """
        if t == 0:
            self._begin(record)
        self._step = t
        if self.counts is not None:
            self.counts.begin()
        host = {}
        if self.output and self.recording and t == self._network.steps - 1:
            host[self._group, names.LABEL] = label_numbers(self._labels, self.spec.layer.n_out)
        sent = self._machine.tick({names.INPUT: s_in}, host)
        if host and self.counts is not None:
            self.counts.labelled()
        self._s[:] = sent[f"{self._group}.{names.SPIKE}"]
        for name, state in self.states.items():
            state[:] = self._machine.cores[self._group].state(name)
        return self._s

    def count(self) -> np.ndarray:
        """Return the output spikes of the sample so far, ``(B, O)``."""
        return self._machine.cores[self._group].state(names.COUNT)

    def error(self) -> np.ndarray:
        """Return the output's error ``(B, O)`` after a sample's last step."""
        return self._machine.cores[self._group].trace("y2")

    def from_error(self, err: np.ndarray) -> np.ndarray:
        """Return the output's error, which its program already holds."""
        self._error = err.astype(np.int64)
        return self._error

    def from_messages(self, messages: Iterator[np.ndarray]) -> np.ndarray:
        """Return the one message of random feedback: the output's error ``(B, n_classes)``."""
        self._error = next(messages)
        return self._error

    def feedback(self, v_fb: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the message for the layer below: the error."""
        yield self._error

    def learn(self, v_fb: np.ndarray) -> None:
        """Run the step after the sample, where hidden layers receive the error and weights change.

        Raises
        ------
        ValueError
            If ``lr_shift`` has changed since the sample began.
        """
        if int(self.memory.lr_shift[0]) != self._lr_shift:
            raise ValueError(_BETWEEN_SAMPLES.format("lr_shift"))
        if not self.recording:
            self.memory.updates[0] += 1
            return
        machine = self._machine
        machine.updates = int(self.memory.updates[0])
        machine.tick({} if self.output else {names.ERROR_INPUT: v_fb})
        self.memory.w_shadow[:] = machine.weights()[block_name(self._group, names.SUM)]
        self.memory.updates[0] += 1
        self.load()
        self._stale.remove(True)  # the new weights are from the learning program

    def _begin(self, record: bool) -> None:
        """Prepare the program for a sample, with or without learning."""
        # a frozen hidden layer only passes the error on
        record = record and (self.output or self.spec.layer.plastic)
        self.recording = record
        lr_shift = int(self.memory.lr_shift[0])
        if lr_shift != self._lr_shift:
            self._lr_shift = lr_shift
            self._machines.pop(True, None)
        if record in self._stale and self.memory.delays is not None:
            self._machines.pop(record, None)  # delays are part of the program
        if record not in self._machines:
            self._machines[record] = self._compiled(record)
        elif record in self._stale:
            self._machine.load(self._blocks())
        self._stale.discard(record)
        self._machine.restart()

    def _compiled(self, learning: bool) -> Machine:
        layer = replace(self._network.layers[0], lr_shift=self._lr_shift)
        image = compile_layer(
            replace(self._network, layers=(layer,)),
            self.memory.w_shadow,
            index=self.spec.index,
            output=self.output,
            learning=learning,
            bounds=self.spec.bounds,
            feedback_weights=self.memory.feedback_weights,
            delays=self.memory.delays,
        )
        batch = self._network.batch
        watch = None if self.counts is None else self.counts.watch
        return Machine(image, batch=batch, learning=learning, seed=self.spec.seed, watch=watch)

    def _blocks(self) -> dict[str, np.ndarray]:
        """Return the weights in the format of the synapse blocks."""
        layer = self.spec.layer
        blocks = {block_name(self._group, names.SUM): self.w[:, : layer.fan_in]}
        if layer.recurrence:
            blocks[block_name(self._group, names.RECURRENT)] = self.w[:, layer.fan_in :]
        return blocks

    @property
    def _machine(self) -> Machine:
        return self._machines[self.recording]

    @property
    def _group(self) -> str:
        return self._machine.program.groups[0].name
