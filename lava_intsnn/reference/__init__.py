"""The oracle: plain numpy, one sample at a time, written to be read beside the paper."""

from lava_intsnn.reference.batch import infer_batch, train_batch
from lava_intsnn.reference.forward import LayerRecord, forward, predict
from lava_intsnn.reference.learn import feedback, sample_delta, update
from lava_intsnn.reference.membrane import neuron_step
from lava_intsnn.reference.output_error import output_error, prediction_error, random_signs
from lava_intsnn.reference.rate_coding import encode
from lava_intsnn.reference.reference_executor import ReferenceExecutor
