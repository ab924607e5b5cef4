"""The Process :class:`~lava_intsnn.processes.spike_counter.process.SpikeCounter` and its ProcessModels."""
