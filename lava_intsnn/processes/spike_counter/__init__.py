"""`SpikeCounter` and its ProcessModels."""
