"""`SpikesOut` and its ProcessModel."""
