"""What a network is: layers, widths, shifts, rounding, loss and feedback. No executor in here."""

from lava_intsnn.network.alif import ALIF
from lava_intsnn.network.bounds import Bounds, LayerBounds, Width
from lava_intsnn.network.conv import Conv
from lava_intsnn.network.dense import Dense
from lava_intsnn.network.encoders import FrameEncoder, RateEncoder
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.feedback import PROPAGATIONS, Feedback
from lava_intsnn.network.layer import Layer
from lava_intsnn.network.loss import LOSSES, Loss
from lava_intsnn.network.network import Network
from lava_intsnn.network.neuron import Neuron
from lava_intsnn.network.precision import PRECISIONS, Precision
from lava_intsnn.network.recurrence import Recurrence
