"""The virtual core: one group of neurons, the synapses into it, and what they count.

Plain numpy on all neurons at once, ``B`` chips side by side. The chip that connects cores calls, in
each step, :meth:`GroupCore.deliver` for the spikes of the step before and then
:meth:`GroupCore.tick`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from lava_intsnn.loihi.microcode.errors import (
    MicrocodeError,
    payload_range,
    require_within,
    signed_range,
)
from lava_intsnn.loihi.microcode.image import Image
from lava_intsnn.loihi.microcode.instruction_set import Interpreter, Words, axon_payloads
from lava_intsnn.loihi.microcode.plasticity import Plasticity
from lava_intsnn.loihi.microcode.synapse_memory import SynapseMemory, synapses
from lava_intsnn.random_keys import update_key


@dataclass(frozen=True)
class CoreCounts:
    """What a core has done since it was built or last asked to forget it, over all its chips.

    ``instructions`` over all neurons, HALT included; ``spikes`` with a payload other than 0, over
    all axons; ``synaptic_ops`` synapses visited by arriving spikes; ``tag_updates`` and
    ``weight_updates`` synapses visited by learning rules; ``state_reads`` and ``state_writes``
    words of neurons (states, traces, accumulators, whose reading clears them and so is both);
    ``synapse_reads`` and ``synapse_writes`` words of synapses (weight or tag).
    """

    instructions: int = 0
    spikes: int = 0
    synaptic_ops: int = 0
    tag_updates: int = 0
    weight_updates: int = 0
    state_reads: int = 0
    state_writes: int = 0
    synapse_reads: int = 0
    synapse_writes: int = 0

    def __add__(self, other: CoreCounts) -> CoreCounts:
        names = [f.name for f in fields(CoreCounts)]
        return CoreCounts(**{name: getattr(self, name) + getattr(other, name) for name in names})


class GroupCore:
    """A core that runs one group of a program.

    Parameters
    ----------
    image : Image
    group : str
        Name of the group.
    batch : int
        ``B``: chips side by side, with the same weights.
    learning : bool
        Whether learning rules run; only with one chip.

    Raises
    ------
    MicrocodeError
        If rules shall run with more than one chip, or sums could be inexact.
    """

    def __init__(self, image: Image, group: str, *, batch: int = 1, learning: bool = True) -> None:
        program = image.program
        self.group = program.group(group)
        self.batch = batch
        blocks = program.blocks_into(group)
        if batch < 1:
            raise MicrocodeError(f"batch = {batch}: must be at least 1")
        if learning and batch > 1 and any(block.learning for block in blocks):
            raise MicrocodeError(
                f"group {group}: its synapses learn, with batch = {batch}: must be 1; or give "
                "learning=False"
            )
        self._sources: dict[str, tuple[int, tuple[int, int]]] = {}
        self._synapses: dict[str, SynapseMemory] = {}
        for block in blocks:
            n, bits = program.source_size(block.source)
            span = payload_range(bits)
            self._sources[block.name] = n, span
            self._synapses[block.name] = synapses(
                block, image.data[block.name], payload_max=max(map(abs, span)), batch=batch
            )
        self._plastic = {
            b.name: Plasticity(b.learning, self._synapses[b.name])
            for b in blocks
            if b.learning and learning
        }
        executors = {
            phase.name: Interpreter(self.group, phase, period=program.period, batch=batch)
            for phase in self.group.phases
        }
        self._executors = []
        for step in range(program.period):
            phase = self.group.phase_at(step)
            self._executors.append(executors[phase.name] if phase else None)
        self._parameters = image.parameters
        self._words = Words.zeros(self.group, batch, self._parameters)
        self._silent = dict(self._words.ports)
        self._arrived: dict[str, np.ndarray] = {}
        self._counts = CoreCounts()
        self._unproven_ports = self._ports_to_check()

    def _ports_to_check(self) -> list[str]:
        open_ones = []
        for port in self.group.ports:
            blocks = [s for s in self._synapses.values() if s.block.port == port.name]
            if sum(s.bound() for s in blocks) > signed_range(port.bits)[1]:
                open_ones.append(port.name)
        return open_ones

    # --- one step -------------------------------------------------------------------------------

    def deliver(self, block: str, payload: np.ndarray) -> None:
        """Let the spikes of a block's sources arrive.

        Parameters
        ----------
        block : str
        payload : integer array (B, I)
            One payload per source, 0 for no spike, in the width of the source.

        Raises
        ------
        MicrocodeError
            On another shape or payloads out of range, or if the block had its spikes in this step.
        """
        here = f"synapse block {block}: "
        if block not in self._synapses:
            known = ", ".join(self._synapses) or "none"
            raise MicrocodeError(f"{here}group {self.group.name} has {known}")
        if block in self._arrived:
            raise MicrocodeError(here + "spikes have arrived in this step already")
        payload = self._numbers(here + "payload", payload, *self._sources[block])
        self._arrived[block] = payload
        synapse = self._synapses[block]
        self._accumulate(synapse.block.port, synapse.deliver(payload))

    def inject(self, port: str, values: np.ndarray) -> None:
        """Write one number per neuron, integers ``(B, n)``, into a port of the host."""
        declared = self.group.find("port", port)
        if not declared.host:
            raise MicrocodeError(f"group {self.group.name}: port {port} is fed by synapses only")
        here = f"group {self.group.name}: port {port}"
        self._words.ports[port] = self._numbers(
            here, values, self.group.n, signed_range(declared.bits)
        )

    def tick(self, step: int, *, seed: int = 0, updates: int = 0) -> dict[str, np.ndarray]:
        """Run one step: the phase, then the learning rules.

        Parameters
        ----------
        step : int
            Step within the period.
        seed, updates : int
            Seed of the weight updates' random bits, and updates before this one.

        Returns
        -------
        dict of str to int64 array (B, n)
            The payloads of each axon, 0 for no spike; they arrive one step later.

        Raises
        ------
        MicrocodeError
            If a number leaves its declared width.
        """
        if not 0 <= step < len(self._executors):
            raise MicrocodeError(f"step {step}: the period is 0..{len(self._executors) - 1}")
        for synapse in self._synapses.values():
            self._accumulate(synapse.block.port, synapse.due())
        for name in self._unproven_ports:
            self._check_port(name)
        spikes = self._run(self._executors[step], step)
        for block, plastic in self._plastic.items():
            arrived = self._arrived.get(block)
            if arrived is None:
                arrived = np.zeros((1, self._sources[block][0]), np.int64)
            rule = self._synapses[block].block.learning
            assert rule is not None
            key = update_key(seed, rule.stream, updates)
            traces = {name: held[0] for name, held in self._words.traces.items()}
            plastic.step(step, arrived[0], traces, key)
        self._arrived.clear()
        self._words.ports.update(self._silent)
        return axon_payloads(self.group, spikes, self.batch)

    def _run(self, executor: Interpreter | None, step: int) -> dict[str, np.ndarray]:
        if executor is None:
            return {}
        spikes = executor.run(self._words, step)
        neurons = self.batch * self.group.n
        self._counts += CoreCounts(
            instructions=executor.instructions * neurons,
            spikes=sum(int(np.count_nonzero(payload)) for payload in spikes.values()),
            state_reads=executor.reads * neurons,
            state_writes=executor.writes * neurons,
        )
        return spikes

    def _accumulate(self, port: str, sums: np.ndarray | None) -> None:
        if sums is not None:
            held = self._words.ports[port]
            self._words.ports[port] = sums if held is self._silent[port] else held + sums

    def _check_port(self, name: str) -> None:
        bits = self.group.find("port", name).bits
        low, high = signed_range(bits)
        held = self._words.ports[name]
        if held.min() < low or held.max() > high:
            worst = held.min() if held.min() < low else held.max()
            raise MicrocodeError(
                f"group {self.group.name}: sum {worst} at port {name}: must be in {low}..{high}, "
                f"{bits} bits: widen the port"
            )

    def _numbers(self, what: str, values: np.ndarray, n: int, span: tuple[int, int]) -> np.ndarray:
        """Return a copy as int64, or refuse what is not (B, n) integers in range."""
        array = np.asarray(values)
        if array.shape != (self.batch, n) or array.dtype.kind not in "biu":
            raise MicrocodeError(
                f"{what} of shape {array.shape}, {array.dtype}: must be integers {(self.batch, n)}"
            )
        array = array.astype(np.int64)
        require_within(what, array, *span)
        return array

    # --- what it holds --------------------------------------------------------------------------

    def state(self, name: str) -> np.ndarray:
        """Return a state of all neurons, int64 ``(B, n)``."""
        self.group.find("state", name)
        return self._words.states[name].copy()

    def trace(self, name: str) -> np.ndarray:
        """Return a postsynaptic trace (``"y1"``, ``"y2"`` or ``"y3"``), int64 ``(B, n)``."""
        return self._words.traces[name].copy()

    def weights(self, block: str) -> np.ndarray:
        """Return the weights of a block as they are now, int64 ``(O, I)``."""
        return self._synapses[block].weights()

    def tags(self, block: str) -> np.ndarray:
        """Return the tags of a block that learns, int64 ``(O, I)``."""
        return self._plastic[block].tags()

    def load(self, block: str, weights: np.ndarray) -> None:
        """Replace the weights of a block, integers ``(O, I)`` in its range."""
        self._synapses[block].load(np.asarray(weights))
        self._unproven_ports = self._ports_to_check()

    def clear(self) -> None:
        """Set states, traces, tags, accumulators and spikes under way to 0; weights stay."""
        self._words = Words.zeros(self.group, self.batch, self._parameters)
        self._silent = dict(self._words.ports)
        self._arrived.clear()
        for synapse in self._synapses.values():
            synapse.clear()
        for plastic in self._plastic.values():
            plastic.clear()

    # --- what it has done -----------------------------------------------------------------------

    def visits(self) -> tuple[np.ndarray, np.ndarray]:
        """Return how many tags and weights of each neuron rules have visited, int64 ``(n,)``."""
        none = np.zeros(self.group.n, np.int64)
        tags = sum((p.tag_visits for p in self._plastic.values()), none)
        weights = sum((p.weight_visits for p in self._plastic.values()), none)
        return tags, weights

    def counts(self) -> CoreCounts:
        """Return what the core has done since it was built."""
        ops = sum(s.operations for s in self._synapses.values())
        tags = sum(p.tag_updates for p in self._plastic.values())
        weights = sum(p.weight_updates for p in self._plastic.values())
        return self._counts + CoreCounts(
            synaptic_ops=ops,
            tag_updates=tags,
            weight_updates=weights,
            # A tag update reads and writes the tag; a weight update reads tag and weight.
            synapse_reads=ops + tags + 2 * weights,
            synapse_writes=tags + weights,
        )
