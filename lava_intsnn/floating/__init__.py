"""The float32 twin: every network without rounding or widths; the paper's baseline.

Nothing saturates but the potential that recurrent synapses read, which 3.23 itself limits.

Plain numpy and BLAS, a batch at a time and one time step after the other, so that
:class:`FloatEngine` and the ``floating_pt`` ProcessModels carry out the same operations in the same
order. Nothing here imports Lava.
"""

from lava_intsnn.floating.float_engine import FloatEngine as FloatEngine
from lava_intsnn.floating.float_layer import FloatLayer as FloatLayer
from lava_intsnn.floating.float_readout import FloatReadout as FloatReadout
