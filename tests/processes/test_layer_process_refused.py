"""Processes that do not fit each other, their constants or their input are refused."""

from dataclasses import replace

import numpy as np
import pytest
from lava.proc.io.source import RingBuffer as Source
from layer_options import CONV, OUT, RECURRENT, STEPS, described, network_of, samples

from lava_intsnn.network import Conv, FrameEncoder, Loss, NetworkError
from lava_intsnn.processes import IntConv, IntDense, IntReadout, SpikeEncoder
from lava_intsnn.runtime import ProcessModelError
from lava_intsnn.state import initial_state
from lava_intsnn.systems.network_session import session
from lava_intsnn.systems.network_system import build


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": Loss(kind="random")}, "random loss.*connect key_in"),
        ({"propagation": "feedback", "soft_start": 2}, "label_step = 7.*at 2: .*label_step=2"),
    ],
)
def test_readouts_that_would_wait_or_draw_nothing_are_refused(options, message):
    encoder = SpikeEncoder(images=np.zeros((1, 6), np.uint8), steps=STEPS)
    readout = IntReadout(shape=(2, 6), vth=60, lr_shift=1, steps=STEPS, **options)
    encoder.s_out.connect(readout.s_in)
    encoder.label_out.connect(readout.label_in)
    with pytest.raises(NetworkError, match=message):
        session(encoder)


@pytest.mark.parametrize(("max_count", "bad"), [(9, 10), (255, 256), (9, -1)])
def test_counts_beyond_the_largest_are_refused(max_count, bad):
    counts = samples(2, 60, high=max_count).astype(np.int32)
    counts[1, 34, 5] = bad
    source = Source(data=np.concatenate(counts, axis=1)[None])
    layer = IntConv(**CONV, max_count=max_count, learning=False, steps=STEPS, name="picky")
    source.s_out.connect(layer.s_in)
    message = rf"picky: s_in\[0, 34\] = {bad} at time step 14 .*counts must be .* 0..{max_count}"
    with session(layer, timeout=600) as run, pytest.raises(ProcessModelError, match=message):
        run.run(2 * STEPS)


@pytest.mark.parametrize(
    ("process", "options", "message"),
    [
        (IntConv, CONV | {"kernel": 8, "padding": 0}, "the kernel does not fit in"),
        (IntConv, CONV | {"in_shape": (5, 6)}, r"in_shape = \(5, 6\)"),
        (IntConv, CONV | {"w_shadow": np.zeros((3, 17), np.int32)}, r"needs int32 \(3, 18\)"),
        (IntConv, CONV | {"max_count": 0}, "max_count = 0"),
        (IntConv, CONV | {"max_count": 256}, "max_count = 256"),
        (IntConv, CONV | {"learning": True}, "lr_shift = None"),
        (
            IntDense,
            {"shape": (3, 6), "vth": 60, "w_shadow": np.zeros((3, 6), np.int32)} | RECURRENT,
            r"needs int32 \(3, 9\)",
        ),
        (IntDense, {"shape": (3, 6), "vth": 60, "max_delay": 63}, "max_delay = 63"),
        (IntReadout, {"shape": (3, 6), "vth": 60, "soft_start": -1}, "soft_start = -1"),
    ],
)
def test_constants_that_do_not_fit_are_refused(process, options, message):
    with pytest.raises(ValueError, match=message):
        process(**({"learning": False, "steps": STEPS} | options))


def test_frames_that_do_not_fit_the_steps_are_refused():
    for options, message in (
        ({"images": np.zeros((2, 9), np.uint8)}, "images have 9 values: 4 frames must divide"),
        ({"n_in": 3, "label_step": 4}, "label_step = 4"),
    ):
        with pytest.raises(ValueError, match=message):
            SpikeEncoder(steps=4, encoder=FrameEncoder(), **options)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (network_of(described(Conv, lr_shift=1, **CONV)), "ends with a convolution"),
        (network_of(replace(OUT, max_delay=2)), "recurrence or delays"),
    ],
)
def test_what_lava_has_no_place_for_is_refused(network, message):
    with pytest.raises(NetworkError, match=message):
        build(network, initial_state(network), learning=False, decompose=True)
