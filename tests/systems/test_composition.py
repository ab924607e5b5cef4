"""Compositions that cannot work are refused in a plain Lava run, too, and none hangs."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.io.source import RingBuffer as Source

from lava_intsnn.network import NetworkError
from lava_intsnn.processes import IntDense, IntReadout, SpikeEncoder
from lava_intsnn.runtime import ProcessModelError
from lava_intsnn.systems.network_session import session

STEPS = 8
FIXED = Loihi2SimCfg(select_tag="fixed_pt")
IMAGES = np.random.default_rng(0).integers(0, 256, (5, 6)).astype(np.uint8)
LABELS = np.array([0, 1, 1, 0, 1])
CODE = """
import numpy as np
import lava_intsnn
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.io.source import RingBuffer as Source
from lava_intsnn.processes import IntDense, IntReadout, SpikeEncoder

FIXED = Loihi2SimCfg(select_tag="fixed_pt")
IMAGES = np.random.default_rng(0).integers(0, 256, (5, 6)).astype(np.uint8)
encoder = SpikeEncoder(images=IMAGES, labels=np.array([0, 1, 1, 0, 1]), steps=8)
"""


def plain_run(code):
    """Return what ``code`` prints in an interpreter of its own; a hang fails the test."""
    process = subprocess.Popen(
        [sys.executable, "-c", CODE + textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Lava's actors outlive a killed parent
    )
    try:
        output, _ = process.communicate(timeout=200)
    except subprocess.TimeoutExpired:
        pytest.fail("the run hangs")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, output
    return output.splitlines()[-1]


def learned(labels, **readout):
    """Train an IntReadout on the images with the labels that ``labels`` sends."""
    encoder = SpikeEncoder(images=IMAGES, labels=LABELS, steps=STEPS)
    layer = IntReadout(shape=(2, 6), vth=60, lr_shift=1, steps=STEPS, **readout)
    encoder.s_out.connect(layer.s_in)
    (labels.s_out if labels else encoder.label_out).connect(layer.label_in)
    with session(encoder, timeout=100) as run:
        run.run(20 * STEPS)
        assert run.get(layer.updates) == [20]
    return layer.weights


@pytest.mark.parametrize("readout", [{}, {"propagation": "feedback", "soft_start": 3}])
def test_labels_may_come_from_a_ring_buffer(readout):
    """Of its messages, one a step, that at the label's step counts."""
    sent = np.full((1, 5 * STEPS), 7)  # no class
    step = 3 if readout else STEPS - 1
    sent[0, step::STEPS] = LABELS
    encoder = SpikeEncoder(images=IMAGES, labels=LABELS, steps=STEPS, label_step=step)
    layer = IntReadout(shape=(2, 6), vth=60, lr_shift=1, steps=STEPS, **readout)
    encoder.s_out.connect(layer.s_in)
    encoder.label_out.connect(layer.label_in)
    with session(encoder, timeout=100) as run:
        run.run(20 * STEPS)
    np.testing.assert_array_equal(learned(Source(data=sent), **readout), layer.weights)


@pytest.mark.slow
def test_labels_from_a_ring_buffer_in_a_plain_run():
    assert (
        plain_run(
            """
        readout = IntReadout(shape=(2, 6), vth=60, lr_shift=1, steps=8)
        labels = Source(data=np.repeat([[0, 1, 1, 0, 1]], 8, axis=1))
        encoder.s_out.connect(readout.s_in)
        labels.s_out.connect(readout.label_in)
        labels.run(RunSteps(20 * 8), FIXED)
        print(int(readout.updates.get()[0]))
        readout.stop()
        """
        )
        == "20"
    )


def test_a_readout_that_learns_above_a_layer_that_does_not():
    """The feedback that nobody learns from does not pile up."""
    assert (
        plain_run(
            """
        hidden = IntDense(shape=(3, 6), vth=60, learning=False, steps=8)
        readout = IntReadout(shape=(2, 3), vth=60, lr_shift=1, steps=8)
        encoder.s_out.connect(hidden.s_in)
        hidden.s_out.connect(readout.s_in)
        readout.fb_out.connect(hidden.fb_in)
        encoder.label_out.connect(readout.label_in)
        hidden.run(RunSteps(20 * 8), FIXED)
        print(int(readout.updates.get()[0]), int(hidden.updates.get()[0]))
        hidden.stop()
        """
        )
        == "20 0"
    )


def two_layers(encoder, **readout):
    hidden = IntDense(shape=(3, 6), vth=60, lr_shift=1, steps=STEPS, name="hidden")
    above = IntReadout(shape=(2, 3), vth=60, steps=STEPS, name="readout", **readout)
    encoder.s_out.connect(hidden.s_in)
    hidden.s_out.connect(above.s_in)
    above.fb_out.connect(hidden.fb_in)
    return hidden, above


@pytest.mark.parametrize("entry", ["stock", "ours"])
def test_a_layer_that_would_wait_is_refused_in_a_plain_run(entry):
    """Whichever Process is told to run; and it can be put right and run after that."""
    source = Source(data=np.zeros((1, 6, STEPS)))
    hidden, _ = two_layers(source, learning=False)
    started = source if entry == "stock" else hidden
    with pytest.raises(NetworkError, match="hidden learns and would wait .* readout does not"):
        started.run(RunSteps(1), FIXED)
    hidden.memory.learning[:] = 0
    with session(started, FIXED, timeout=60) as run:
        run.run(STEPS)


def test_labels_at_another_step_are_refused_in_a_plain_run():
    encoder = SpikeEncoder(images=IMAGES, labels=LABELS, steps=STEPS, label_step=2)
    hidden, readout = two_layers(encoder, lr_shift=1)
    encoder.label_out.connect(readout.label_in)
    with pytest.raises(NetworkError, match="label_step = 2.*at 7: .*label_step=7"):
        hidden.run(RunSteps(1), FIXED)


def test_a_layer_that_can_never_learn_says_so():
    layer = IntDense(shape=(3, 6), vth=60, lr_shift=1, steps=STEPS, name="lonely")
    encoder = SpikeEncoder(images=IMAGES, steps=STEPS)
    encoder.s_out.connect(layer.s_in)
    message = "lonely has learning=True and will not learn: nothing is connected to its fb_in"
    with pytest.warns(UserWarning, match=message) as caught:
        session(layer)
    assert caught[0].filename == __file__


def test_what_is_no_class_is_refused_from_a_ring_buffer():
    message = "label 7 of sample 0: must be in 0..1"
    with pytest.raises(ProcessModelError, match=message):
        learned(Source(data=np.array([[7]])))
