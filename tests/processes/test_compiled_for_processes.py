"""Kernels are compiled before Processes are forked."""

import sys

import numpy as np
import pytest
from layer_options import CONV, RANDOM, RECURRENT, STEPS
from numba.core.registry import CPUDispatcher

from lava_intsnn.proc_models.fixed_pt.core_choice import fixed_core
from lava_intsnn.processes import IntConv, IntDense, IntReadout


@pytest.mark.parametrize(
    ("process", "options"),
    [
        (IntConv, CONV),
        (IntConv, CONV | {"max_count": 9}),
        (IntConv, CONV | {"trace_shift": 0, "precision": "16-12"}),
        (IntDense, {"shape": (40, 30), "vth": 60}),
        (IntDense, {"shape": (40, 30), "vth": 60, "trace_shift": 0}),
        (IntDense, {"shape": (40, 30), "vth": 60, "max_delay": 3, "max_count": 9} | RECURRENT),
        (IntConv, CONV | {"feedback_weights": np.ones((27, 5), int)} | RANDOM),
        (
            IntDense,
            {"shape": (40, 30), "vth": 6, "feedback_weights": np.eye(40, dtype=int)} | RANDOM,
        ),
        (IntReadout, {"shape": (40, 30), "vth": 6, "feedback": "random"} | RANDOM),
    ],
)
@pytest.mark.parametrize("batch", [1, 3, 20])
def test_nothing_is_left_to_compile_for_the_processes(process, options, batch):
    """What the parent has not compiled, each forked Process would compile for itself: seconds."""
    layer = process(**options, lr_shift=1, steps=STEPS, batch=batch)
    before = compiled_signatures()
    core, spec = fixed_core(layer.spec, layer.memory), layer.spec.layer
    for t in range(STEPS):
        core.step(np.ones((batch, spec.n_in), np.uint8), t, record=True)
    heard = [core.from_error(np.ones((batch, spec.n_out), np.int64))]
    if process is not IntReadout:
        message = np.ones(layer.fb_in.shape, np.int64)
        heard.append(core.from_messages(iter([message] * STEPS)))
    for v_fb in heard:
        for _ in core.feedback(v_fb):
            pass
        core.learn(v_fb)
    assert compiled_signatures() == before


def compiled_signatures():
    modules = [m for name, m in sys.modules.items() if name.startswith("lava_intsnn.")]
    found = {
        f"{value.py_func.__module__}.{value.__name__}": len(value.signatures)
        for module in modules
        for value in vars(module).values()
        if isinstance(value, CPUDispatcher)
    }
    assert len(found) > 20
    return found
