"""The Process :class:`~lava_intsnn.processes.int_readout.process.IntReadout` and its ProcessModels."""
