"""What Processes are given by keyword, and what they refuse."""

import inspect

import numpy as np
import pytest

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.network import Conv, Dense, Feedback, Network, NetworkError, Neuron, Precision
from lava_intsnn.processes import (
    DynamicThreshold,
    GradedConv,
    ImageSource,
    IntConv,
    IntDense,
    IntReadout,
    LogitAccumulator,
    SpikeCounter,
    SpikeEncoder,
    ThermometerEncoder,
)
from lava_intsnn.processes.learning_neuron.process import LearningNeuron
from lava_intsnn.processes.learning_readout.process import LearningReadout
from lava_intsnn.processes.learning_source.process import LearningSource
from lava_intsnn.processes.learning_synapses.process import LearningSynapses

DENSE = {"shape": (3, 6), "vth": 60, "learning": False}


@pytest.mark.parametrize(
    ("process", "keyword", "nearest"),
    [
        (IntDense, "windw", "window"),
        (IntDense, "weights", "w_shadow"),
        (IntConv, "strid", "stride"),
        (IntReadout, "tie_brake", "tie_break"),
        (SpikeEncoder, "step", "steps"),
        (SpikeCounter, "stps", "steps"),
        (DynamicThreshold, "threshold", "thresholds"),
        (ThermometerEncoder, "amplitud", "amplitude"),
        (GradedConv, "weight", "weights"),
        (ImageSource, "input", "inputs"),
        (LogitAccumulator, "ofset", "offset"),
        (LearningNeuron, "neurons", "neuron"),
        (LearningReadout, "slot", "slots"),
        (LearningSource, "encode", "encoder"),
        (LearningSynapses, "max_counts", "max_count"),
    ],
)
def test_an_unknown_keyword_is_refused_with_the_nearest_one(process, keyword, nearest):
    message = f"{process.__name__} takes no keyword '{keyword}': did you mean '{nearest}'"
    with pytest.raises(TypeError, match=message):
        process(**{keyword: 7})


def test_where_no_keyword_is_near_all_are_named():
    with pytest.raises(TypeError, match=r"'xyz': it takes batch, encoder, images, .*steps"):
        SpikeEncoder(xyz=1)


class LayerOfATeacher(IntDense):
    """Takes a keyword of its own and hands on the others."""

    def __init__(self, *, teacher, **keywords):
        super().__init__(**keywords)
        self.teacher = teacher


def test_a_derived_process_adds_keywords():
    assert LayerOfATeacher(teacher="me", **DENSE).teacher == "me"
    with pytest.raises(TypeError, match="did you mean 'teacher'"):
        LayerOfATeacher(teecher="me", **DENSE)


def test_a_missing_keyword_is_named():
    for options, message in (({"vth": 60}, "misses the keyword 'shape'"), ({}, "'shape'")):
        with pytest.raises(TypeError, match=message):
            IntDense(learning=False, **options)
    with pytest.raises(TypeError, match="vth is missing: give it, or .* neuron="):
        IntDense(shape=(3, 6), learning=False)


COMMON = {
    "window": None,
    "decay_shift": 1,
    "v_bits": 24,
    "guarded": False,
    "clip": 2048,
    "init_shift": 0,
    "init_centred": False,
    "normalise": False,
    "weight_decay_shift": None,
    "trace_shift": 1,
    "precision": Precision.parse("16-8"),
    "rounding": Rounding.STOCHASTIC,
    "time_gated": True,
    "v_fb_bits": 31,
    "max_count": 1,
    "steps": 20,
    "batch": 1,
    "learning": True,
    "seed": 0,
    "updates": 0,
    "offset": 0,
}


@pytest.mark.parametrize(
    ("process", "own"),
    [
        (IntDense, {"fb_shift": 0, "recurrence": None, "max_delay": 0, "layer_index": 0}),
        (IntConv, {"fb_shift": 0, "kernel": 5, "stride": 2, "padding": 0, "layer_index": 0}),
        (
            IntReadout,
            {
                "propagation": "direct",
                "feedback": "transposed",
                "soft_start": 5,
                "err_vth": 64,
                "err_shift": 3,
                "loss": None,
                "tie_break": True,
                "layer_index": 1,
                "slots": 1,
            },
        ),
    ],
)
def test_the_signature_shows_keywords_and_defaults(process, own):
    parameters = inspect.signature(process).parameters
    assert {n: parameters[n].default for n in COMMON | own} == COMMON | own
    assert ("fb_shift" in parameters) == (process is not IntReadout)


def test_a_loss_has_a_window_beside_that_of_the_neuron():
    heard = {"points": 4, "time_gated": False, "v_fb_bits": 16}
    layer = IntDense(**DENSE, **heard, window=7, loss_window="start")
    assert layer.spec.layer.neuron.window == 7
    assert (layer.spec.network.loss.points, layer.spec.network.loss.window) == (4, "start")
    with pytest.raises(NetworkError, match="window = 'begin'"):
        IntDense(**DENSE, **heard, loss_window="begin")


def test_keywords_and_a_whole_neuron_describe_the_same_layer():
    neuron = Neuron(vth=60, window=120, decay_shift=2, v_bits=20)
    by_keywords = IntDense(**DENSE, decay_shift=2, v_bits=20, name="x")
    whole = IntDense(shape=(3, 6), neuron=neuron, learning=False, name="x")
    assert whole.spec == by_keywords.spec
    with pytest.raises(TypeError, match="neuron= and v_bits= are given"):
        IntDense(shape=(3, 6), neuron=neuron, v_bits=20, learning=False)


def test_a_layer_composed_by_hand_is_the_one_that_was_described():
    layer = IntReadout(shape=(3, 6), vth=60, lr_shift=4, clip=9, soft_start=3, name="out")
    expected = Dense(n_in=6, n_out=3, neuron=Neuron(vth=60, window=120), lr_shift=4, clip=9)
    assert layer.spec.layer == expected
    assert layer.spec.network == Network(
        name="out", layers=(expected,), batch=1, feedback=Feedback(soft_start=3)
    )
    again = IntReadout.of(layer.spec, layer.memory, name="again")
    assert again.spec is layer.spec
    assert sorted(again.vars.member_names) == sorted(layer.vars.member_names)
    np.testing.assert_array_equal(again.weights, layer.weights)
    assert IntConv(in_shape=(5, 5, 1), channels=2, vth=9, learning=False).spec.layer.kind == (
        Conv.kind
    )


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("learning", 5),
        ("learning", "1"),
        ("learning", None),
        ("layer_index", "0"),
        ("layer_index", -1),
        ("seed", 1.5),
        ("seed", 2**70),
        ("updates", -1),
        ("updates", "1"),
        ("max_count", True),
        ("offset", "3"),
        ("bounds", 3),
        ("shape", (3,)),
        ("shape", 3),
    ],
)
def test_keywords_of_the_host_are_checked(keyword, value):
    with pytest.raises(NetworkError, match=keyword):
        IntDense(**({"shape": (3, 4), "vth": 3, "lr_shift": 1} | {keyword: value}))


def test_an_encoder_that_is_none_is_refused_before_the_session():
    with pytest.raises(NetworkError, match="encoder = 'x'"):
        SpikeEncoder(images=np.zeros((1, 4), np.uint8), encoder="x")


GIVEN = DENSE | {"max_delay": 4, "delay_source": "state"}


@pytest.mark.parametrize("process", [IntDense, IntReadout])
def test_delays_are_given_beside_the_weights(process):
    delays = np.arange(18).reshape(3, 6) % 5
    held = process(**GIVEN, delays=delays).memory.delays
    np.testing.assert_array_equal(held, delays)
    assert process(**DENSE).memory.delays is None


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        (GIVEN, "delay_source = 'state' and none in the state"),
        (GIVEN | {"delays": np.full((3, 6), 5)}, r"a delay of 5 is outside 0\.\.4"),
        (
            GIVEN | {"delays": np.full((3, 6), 80), "delay_bits": 4, "delay_lr_shift": 0},
            r"a shadow delay of 80 is outside 0\.\.79, the layer's max_delay = 4 with 4 fractional",
        ),
        (GIVEN | {"delays": np.zeros((6, 3), int)}, r"the network needs integers \(3, 6\)"),
        (DENSE | {"delays": np.zeros((3, 6), int)}, "delay_source = 'seed' and delays in the"),
    ],
)
def test_delays_that_do_not_fit_are_refused(keywords, message):
    with pytest.raises(ValueError, match=message):
        IntDense(**keywords)
