"""The output layer's counts, error and prediction in float32."""

from lava_intsnn.floating.readout import ReadoutCore

__all__ = ["ReadoutCore"]
