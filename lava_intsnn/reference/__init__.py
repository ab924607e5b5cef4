"""The oracle: plain numpy, one sample at a time, written to be read beside the paper."""

from lava_intsnn.reference.encode import encode
from lava_intsnn.reference.error import output_error, prediction_error, random_signs
from lava_intsnn.reference.forward import LayerRecord, forward, predict
from lava_intsnn.reference.learn import feedback, sample_delta, update, update_key
from lava_intsnn.reference.neuron import neuron_step
from lava_intsnn.reference.train import BatchResult, infer_batch, train_batch

__all__ = [
    "BatchResult",
    "LayerRecord",
    "encode",
    "feedback",
    "forward",
    "infer_batch",
    "neuron_step",
    "output_error",
    "predict",
    "prediction_error",
    "random_signs",
    "sample_delta",
    "train_batch",
    "update",
    "update_key",
]
