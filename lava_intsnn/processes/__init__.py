"""Lava Processes, each in its own package, where Lava searches for its ProcessModels."""

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava
from lava_intsnn.processes.dynamic_threshold.process import DynamicThreshold as DynamicThreshold
from lava_intsnn.processes.graded_conv.process import GradedConv as GradedConv
from lava_intsnn.processes.image_source.process import ImageSource as ImageSource
from lava_intsnn.processes.int_conv.process import IntConv as IntConv
from lava_intsnn.processes.int_dense.process import IntDense as IntDense
from lava_intsnn.processes.int_readout.process import IntReadout as IntReadout
from lava_intsnn.processes.logit_accumulator.process import LogitAccumulator as LogitAccumulator
from lava_intsnn.processes.spike_counter.process import SpikeCounter as SpikeCounter
from lava_intsnn.processes.spike_encoder.process import SpikeEncoder as SpikeEncoder
from lava_intsnn.processes.thermometer_encoder.process import (
    ThermometerEncoder as ThermometerEncoder,
)
