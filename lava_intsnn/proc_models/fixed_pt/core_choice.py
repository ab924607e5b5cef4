"""The choice of the integer core of a layer, and the compilation of its kernels."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, cast

import numpy as np

from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.network import CUBA, Dense, LeakyReadout, Neuron
from lava_intsnn.network.popcount_form import WORD_BITS, fits_words
from lava_intsnn.proc_models.fixed_pt.conv_core import ConvWordCore
from lava_intsnn.proc_models.fixed_pt.layer_core import LayerCore
from lava_intsnn.proc_models.fixed_pt.step_core import StepCore
from lava_intsnn.proc_models.fixed_pt.word_core import WordCore
from lava_intsnn.proc_models.layer_spec import LayerSpec
from lava_intsnn.proc_models.shared_memory import LayerMemory

_WORD_CORES = {"dense": WordCore, "conv": ConvWordCore}


def fixed_core(spec: LayerSpec, memory: LayerMemory) -> LayerCore:
    """Return the integer core for the layer of ``spec``."""
    network, layer = spec.network, spec.layer
    kernel = LayerKernel(
        layer,
        precision=network.precision,
        rounding=network.rounding,
        feedback=network.feedback,
        bounds=spec.bounds,
    )
    if not _in_words(spec):
        return StepCore(spec, memory, kernel)
    return _WORD_CORES[layer.kind](spec, memory, kernel)


def _in_words(spec: LayerSpec) -> bool:
    return spec.network.steps <= WORD_BITS and fits_words(spec.network, spec.layer)


def warm_up(spec: LayerSpec) -> None:
    """Compile, or load from numba's cache, every kernel that a layer like ``spec`` will call.

    Processes forked afterwards inherit the code and do not compile it again.
    """
    network, layer = spec.network, spec.layer

    def few(n: int) -> int:
        return min(n, 2)  # not 1 if the layer has more, because numba distinguishes memory layouts

    if layer.kind == "dense" and not layer.pool:
        # recurrent sums of more than 16 neurons have kernels of their own
        n_out = min(layer.n_out, 17) if layer.recurrence else few(layer.n_out)
        size: dict[str, Any] = {"n_in": few(layer.n_in), "n_out": n_out}
        size |= {name: _first(getattr(layer, name)) for name in ("trace_shift", "trace_decay")}
        layer = replace(cast(Dense, layer), neuron=alike(layer.neuron), **size)
    one = replace(
        network,
        name="",
        layers=(layer,),
        steps=few(network.steps) if _in_words(spec) else network.steps,
        batch=few(network.batch),
        feedback=replace(network.feedback, propagation="direct"),
    )
    n_classes = few(spec.n_classes) if spec.n_classes else None
    _run_once(replace(spec, network=one, index=0, seed=0, n_classes=n_classes))


def alike(neuron: Neuron | CUBA | LeakyReadout) -> Neuron | CUBA | LeakyReadout:
    """Return ``neuron`` with the first neuron's numbers for all of them."""
    first: dict[str, Any] = {name: _first(getattr(neuron, name)) for name in neuron.per_neuron}
    return replace(neuron, **first)


def _first(values: Any) -> Any:
    """Return the first of some numbers: still a tuple, since kernels differ with it."""
    return values[:1] if isinstance(values, tuple) else values


@lru_cache(maxsize=64)
def _run_once(spec: LayerSpec) -> None:
    layer, network = spec.layer, spec.network
    n_received = spec.n_classes or layer.n_out
    memory = LayerMemory.of(
        np.zeros(layer.weight_shape, np.int32),
        lr_shift=layer.lr_shift,
        learning=True,
        updates=0,
        feedback_weights=np.zeros((layer.n_out, n_received)),
        delays=np.zeros((layer.rows, layer.fan_in)) if layer.delays_in_state else None,
        learns_delays=layer.learns_delays,
    )
    core = fixed_core(spec, memory)
    for t in range(min(network.steps, 2)):
        core.step(np.ones((network.batch, layer.n_in), np.uint8), t, record=True)
    err = np.ones((network.batch, network.loss.points, layer.n_out), np.int32)
    at = np.zeros((network.loss.points, network.batch, layer.n_out), np.int32)
    total = np.ones((network.batch, n_received), np.int64)
    for v_fb in (core.from_error(err, at), core.from_messages(iter([total] * network.steps))):
        for _ in core.feedback(v_fb):
            pass
        core.learn(v_fb)
