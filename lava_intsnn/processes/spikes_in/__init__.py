"""`SpikesIn` and its ProcessModel."""
