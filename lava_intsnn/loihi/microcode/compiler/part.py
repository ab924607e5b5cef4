"""One layer and all that its programs depend on."""

from __future__ import annotations

from dataclasses import dataclass

from lava_intsnn.network import Layer, LayerBounds, Network, NeuronKind, Recurrence


@dataclass(frozen=True, kw_only=True)
class Part:
    """A layer as the compiler sees it.

    Parameters
    ----------
    name : str
        Of its group.
    network : Network
        For steps, loss, feedback and rounding.
    layer : Layer
    bounds : LayerBounds
        What is proven of the layer.
    stream : int
        Number of the layer, which keys its stochastic rounding.
    output : bool
        Whether it counts its spikes and makes the error; the others are hidden.
    learning : bool
        Whether it has a part in learning: it is plastic, or is the output, which has the error.
    sends_error : bool
        Whether there are hidden layers that learn from the output's error.
    first, last, update : int
        Core steps of the sample's first and last step, and of the weight update.
    """

    name: str
    network: Network
    layer: Layer
    bounds: LayerBounds
    stream: int
    output: bool
    learning: bool
    sends_error: bool
    first: int
    last: int
    update: int

    @property
    def neuron(self) -> NeuronKind:
        """What its neurons compute."""
        return self.layer.neuron

    @property
    def plastic(self) -> bool:
        """Whether its synapses learn."""
        return self.learning and self.layer.plastic

    @property
    def recurrence(self) -> Recurrence | None:
        """Its synapses onto itself."""
        return self.layer.recurrence
