"""Integer cores: the engine's kernels, one time step at a time."""
