"""Integer-only spiking networks that learn online, on Lava."""

__version__ = "0.1.0"
