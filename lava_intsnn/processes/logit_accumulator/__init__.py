"""`LogitAccumulator` and its ProcessModel."""
