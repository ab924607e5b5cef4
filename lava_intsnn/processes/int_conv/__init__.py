"""`IntConv` and its ProcessModels."""
