"""What a network is: layers, widths, shifts, rounding, loss and feedback. No executor in here."""

from lava_intsnn.network.adaptation import Adaptation as Adaptation
from lava_intsnn.network.adaptive_cuba import AdaptiveCUBA as AdaptiveCUBA
from lava_intsnn.network.alif import ALIF as ALIF
from lava_intsnn.network.bounds import Bounds as Bounds, LayerBounds as LayerBounds, Width as Width
from lava_intsnn.network.branches import Branch as Branch
from lava_intsnn.network.conv import Conv as Conv
from lava_intsnn.network.cuba import CUBA as CUBA
from lava_intsnn.network.dense import Dense as Dense
from lava_intsnn.network.encoders import (
    Encoder as Encoder,
    FrameEncoder as FrameEncoder,
    NeuronEncoder as NeuronEncoder,
    RateEncoder as RateEncoder,
)
from lava_intsnn.network.errors import NetworkError as NetworkError
from lava_intsnn.network.feedback import PROPAGATIONS as PROPAGATIONS, Feedback as Feedback
from lava_intsnn.network.freezing import frozen as frozen
from lava_intsnn.network.layer import Layer as Layer
from lava_intsnn.network.leaky_readout import LeakyReadout as LeakyReadout
from lava_intsnn.network.local_readouts import with_local_readouts as with_local_readouts
from lava_intsnn.network.loss import LOSSES as LOSSES, Loss as Loss
from lava_intsnn.network.network import Network as Network
from lava_intsnn.network.neuron import Neuron as Neuron
from lava_intsnn.network.neuron_kind import NeuronKind as NeuronKind, NeuronState as NeuronState
from lava_intsnn.network.pool import Pool as Pool
from lava_intsnn.network.precision import PRECISIONS as PRECISIONS, Precision as Precision
from lava_intsnn.network.recurrence import Recurrence as Recurrence
