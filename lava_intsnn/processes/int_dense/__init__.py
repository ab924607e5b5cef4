"""`IntDense` and its ProcessModels."""
