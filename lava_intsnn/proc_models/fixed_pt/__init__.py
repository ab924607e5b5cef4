"""Integer cores, which run the engine's kernels one time step at a time."""
