"""Working memory of one sample: what online learning holds, and what the engine does."""

from __future__ import annotations

from dataclasses import dataclass

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.costs.element import layer_parts
from lava_intsnn.costs.memory import memory
from lava_intsnn.network import Network


@dataclass(frozen=True, kw_only=True)
class WorkingState:
    """Bytes that one sample needs while it runs and is learned; weights and updates are apart.

    Parameters
    ----------
    rule : int
        The learning rule in the widths of :func:`~.memory.memory`, all that follows included.
    trains : int
        The part of ``rule`` that grows with the steps: spikes and gates of each step, where
        feedback is time-gated. Without it the rule holds eligibility traces, whose number is that
        of the synapses, however long a sample is.
    engine : int
        Input, spikes, gates, potentials and feedback voltages in the engine's form, which keeps
        whole samples and adds no eligibility up. Buffers that samples share are apart.
    form : str
        ``"popcount"``, whose words of 32 steps count once, or ``"general"``, a byte a step.
    """

    rule: int
    trains: int
    engine: int
    form: str

    def text(self) -> str:
        """Return one line in plain words."""
        grows = f"{self.trains:,} of them grow with T" if self.trains else "whatever T"
        return (
            f"Working state of a sample: {self.rule:,} bytes by the learning rule, {grows}; "
            f"{self.engine:,} bytes in the engine ({self.form} form, which grows with T)"
        )


@checks_kinds
def sample_memory(network: Network) -> WorkingState:
    """Return the working memory of one sample of ``network``.

    By the rule it is bounded by the network where the error comes at the sample's end and either
    feedback is not time-gated or only the output learns. Time-gated feedback is a product of two
    neurons' gates at each step, which no trace of single synapses holds: there each input's train
    and each neuron's gates are kept, one bit a step.
    """
    batch, steps = network.batch, network.steps
    elements = [e for e in memory(network).elements if e.kind == "dynamic"]
    own = [e for e in elements if not e.name.startswith(("delta", "slope"))]
    rule = sum(e.total_bits[0] for e in own) // batch
    trains = sum(e.total_bits[0] for e in own if e.name.endswith("train")) // batch
    popcount = not network.precision.floating and network.check().popcount
    return WorkingState(
        rule=-(-rule // 8),
        trains=-(-trains // 8),
        engine=_words(network) if popcount else _bytes(network, steps),
        form="popcount" if popcount else "general",
    )


def _per_step(network: Network, index: int) -> int:
    """Return how many feedback voltages a neuron of a layer gets."""
    if index == len(network.layers) - 1:
        return 1
    heard = index >= network.first_plastic
    return (network.steps if network.feedback.time_gated else 1) if heard else 0


def _words(network: Network) -> int:
    """Return the bytes of words: spikes and gates of a neuron, its potential, its feedback."""
    total = network.n_in
    for part in layer_parts(network):
        here, index = part.network, part.index
        total += (3 + _per_step(here, index)) * here.layers[index].n_out
    return 4 * total


def _bytes(network: Network, steps: int) -> int:
    """Return the bytes of arrays by steps: the input's, and spikes and gates of each neuron."""
    total = network.n_in * steps
    for part in layer_parts(network):
        here, index = part.network, part.index
        layer = here.layers[index]
        states = len(layer.neuron.states(0))
        total += layer.n_out * (2 * steps + 4 * states + 4 * _per_step(here, index))
        if layer.recurrence:
            total += 2 * (steps + 1) * layer.n_out
    return total
