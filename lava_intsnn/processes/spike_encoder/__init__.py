"""The Process :class:`~lava_intsnn.processes.spike_encoder.process.SpikeEncoder` and its ProcessModels."""
