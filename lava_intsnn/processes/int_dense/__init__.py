"""The Process :class:`~lava_intsnn.processes.int_dense.process.IntDense` and its ProcessModels."""
