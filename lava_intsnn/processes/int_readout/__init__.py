"""`IntReadout` and its ProcessModels."""
