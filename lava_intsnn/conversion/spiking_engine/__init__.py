"""Fast inference with the reference's bits: event-driven integer kernels on all cores."""

from lava_intsnn.conversion.spiking_engine.inference import (
    Runner as Runner,
    infer as infer,
    infer_batches as infer_batches,
)

__all__ = ["Runner", "infer", "infer_batches"]
