"""Lava Processes, each in its own package, where Lava searches for its ProcessModels."""

import lava_intsnn.lava_start  # before anything of Lava
from lava_intsnn.processes.dynamic_threshold.process import DynamicThreshold
from lava_intsnn.processes.graded_conv.process import GradedConv
from lava_intsnn.processes.image_source.process import ImageSource
from lava_intsnn.processes.int_conv.process import IntConv
from lava_intsnn.processes.int_dense.process import IntDense
from lava_intsnn.processes.int_readout.process import IntReadout
from lava_intsnn.processes.logit_accumulator.process import LogitAccumulator
from lava_intsnn.processes.spike_counter.process import SpikeCounter
from lava_intsnn.processes.spike_encoder.process import SpikeEncoder
from lava_intsnn.processes.thermometer_encoder.process import ThermometerEncoder
