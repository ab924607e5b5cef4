"""What a network is: layers, widths, shifts, rounding, loss and feedback. No executor in here."""

from lava_intsnn.network.bounds import Bounds, LayerBounds, Width
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.layer import Dense, Neuron
from lava_intsnn.network.network import Network
from lava_intsnn.network.rules import PRECISIONS, Feedback, Loss, Precision, RateEncoder

__all__ = [
    "PRECISIONS",
    "Bounds",
    "Dense",
    "Feedback",
    "LayerBounds",
    "Loss",
    "Network",
    "NetworkError",
    "Neuron",
    "Precision",
    "RateEncoder",
    "Width",
]
