"""The converted all-integer spiking network with dynamic threshold adaptation (Zou et al. 2024)."""
