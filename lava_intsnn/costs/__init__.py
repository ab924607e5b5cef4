"""Costs: memory, operations and energy of a network, as numbers."""
