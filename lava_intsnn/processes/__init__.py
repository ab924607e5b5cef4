"""Lava Processes, one package each: Lava looks for ProcessModels in the Process's own folder."""

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava
from lava_intsnn.processes.int_conv.process import IntConv
from lava_intsnn.processes.int_dense.process import IntDense
from lava_intsnn.processes.int_readout.process import IntReadout
from lava_intsnn.processes.spike_counter.process import SpikeCounter
from lava_intsnn.processes.spike_encoder.process import SpikeEncoder

__all__ = ["IntConv", "IntDense", "IntReadout", "SpikeCounter", "SpikeEncoder"]
