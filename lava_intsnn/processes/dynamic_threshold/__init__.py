"""`DynamicThreshold` and its ProcessModel."""
