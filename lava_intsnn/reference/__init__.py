"""The oracle: plain numpy, one sample at a time, written to be read beside the paper."""

from lava_intsnn.reference.batch import infer_batch as infer_batch, train_batch as train_batch
from lava_intsnn.reference.delay_learning import (
    sample_slope as sample_slope,
    update_delays as update_delays,
)
from lava_intsnn.reference.forward import (
    LayerRecord as LayerRecord,
    forward as forward,
    predict as predict,
)
from lava_intsnn.reference.learn import (
    feedback as feedback,
    sample_delta as sample_delta,
    update as update,
)
from lava_intsnn.reference.membrane import neuron_step as neuron_step
from lava_intsnn.reference.output_error import (
    output_error as output_error,
    prediction_error as prediction_error,
    random_signs as random_signs,
)
from lava_intsnn.reference.rate_coding import encode as encode
from lava_intsnn.reference.reference_executor import ReferenceExecutor as ReferenceExecutor
