"""`SpikeEncoder` and its ProcessModels."""
