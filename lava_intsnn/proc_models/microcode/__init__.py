"""Cores that run compiled neuron microcode."""
