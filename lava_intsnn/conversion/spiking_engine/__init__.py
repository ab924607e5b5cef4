"""Inference at desktop speed: event-driven integer kernels, all cores, the reference's bits."""

from lava_intsnn.conversion.spiking_engine.inference import Runner, infer, infer_batches

__all__ = ["Runner", "infer", "infer_batches"]
