"""Conversion of an integer network to a NIR graph of floats.

NIR's LIF is ``tau dv/dt = (v_leak - v) + R I``; a step of Euler's method over ``dt`` is
``v = (1 - dt/tau) v + (dt/tau) R I``. Ours, ``v = (v >> b) + a``, is that step without its rounding
for ``dt/tau = 1 - 2**-b`` and ``R = tau/dt``.

Rounding loses nothing. Floors nest, ``floor(floor(x) / n) = floor(x / n)``, so our potential is the
floor of the float at every step, and ``v > vth`` on integers is ``v >= vth + 1`` on floats. NIR's
comparison is strict, so the threshold is the float32 just below ``vth + 1``.

Scaling by a power of two brings thresholds into 0.5..1, as other tools expect, and changes no bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lava_intsnn.formats.exchange import channel_first, filters
from lava_intsnn.formats.nir.package import nir_package
from lava_intsnn.network import Conv, Dense, Network, Neuron
from lava_intsnn.state import State

#: ``tau/dt`` of neurons that do not leak: ``1 - dt/tau`` is then 1 in float64. (NIR's IF would
#: express this, but tools disagree on the unit of its ``R``, and some give it a leak.)
NO_LEAK = 2.0**60


def graph_of(network: Network, state: State, *, dt: float) -> Any:
    """Return the ``nir.NIRGraph`` of a network that fits one; see :func:`.nir_write.export_nir`."""
    nir = nir_package()
    first = network.layers[0]
    builder = _Builder(dt, first.in_image)
    builder.last = builder.add("input", nir.Input(_shape(first.in_image or (first.n_in,))))
    for index, layer in enumerate(network.layers):
        w = state.w(network, index).astype(np.float32) * np.float32(unit(layer.neuron))
        if builder.image and not layer.in_image:
            shape = {"input": _shape(builder.image)}
            flatten = nir.Flatten(input_type=shape, start_dim=0, end_dim=-1)
            builder.last = builder.add(f"flatten_{index}", flatten, builder.last)
        synapses = _SYNAPSES[layer.kind](builder, index, layer, w)
        builder.image = layer.out_image
        neurons_shape = tuple(_shape(layer.out_image or (layer.n_out,)))
        neurons = _lif(layer.neuron, neurons_shape, dt, floating=network.precision.floating)
        builder.last = builder.add(f"lif_{index}", neurons, *synapses)
        if layer.recurrence:
            w_rec = w[:, layer.n_in :] * np.float32(2.0**-layer.recurrence.shift)
            recurrent = builder.add(f"recurrent_{index}", nir.Linear(w_rec), builder.last)
            builder.edges.append((recurrent, builder.last))
    builder.add("output", nir.Output(_shape(builder.image or (network.n_classes,))), builder.last)
    return nir.NIRGraph(nodes=builder.nodes, edges=builder.edges, metadata={})


def unit(neuron: Neuron) -> float:
    """Return the value in the graph of an integer of 1."""
    return 2.0 ** -neuron.vth.bit_length()


class _Builder:
    """A graph in the making: its last node, and the shape of what that gives if it is an image."""

    def __init__(self, dt: float, image: tuple[int, int, int] | None) -> None:
        self.dt, self.image, self.last = dt, image, ""
        self.nodes: dict[str, Any] = {}
        self.edges: list[tuple[str, str]] = []

    def add(self, name: str, node: Any, *before: str) -> str:
        self.nodes[name] = node
        self.edges += [(source, name) for source in before]
        return name


def _shape(shape: tuple[int, ...]) -> np.ndarray:
    """Return a shape with the channel first, as in torch."""
    if len(shape) == 3:
        height, width, channels = shape
        shape = channels, height, width
    return np.array(shape)


def _conv(builder: _Builder, index: int, layer: Conv, w: np.ndarray) -> list[str]:
    conv = nir_package().Conv2d(
        input_shape=layer.in_shape[:2],
        weight=filters(layer, w),
        stride=layer.windows.stride,
        padding=layer.windows.padding,
        dilation=layer.windows.dilation,
        groups=layer.groups,
        bias=np.zeros(layer.channels, np.float32),
    )
    return [builder.add(f"conv_{index}", conv, builder.last)]


def _dense(builder: _Builder, index: int, layer: Dense, w: np.ndarray) -> list[str]:
    """Add the feed-forward synapses and return their names: one matrix for each delay."""
    nir = nir_package()
    columns = channel_first(builder.image) if builder.image else np.arange(layer.n_in)
    w = w[:, columns]
    if not layer.max_delay:
        return [builder.add(f"linear_{index}", nir.Linear(w), builder.last)]
    delays = layer.delays()[:, columns]
    names = []
    for d in np.unique(delays):
        source = builder.last
        if d:
            line = nir.Delay(np.full(layer.n_in, d * builder.dt))
            source = builder.add(f"delay_{index}_{d}", line, source)
        part = np.where(delays == d, w, np.float32(0))
        names.append(builder.add(f"linear_{index}_{d}", nir.Linear(part), source))
    return names


#: Kind of layer -> what adds its feed-forward synapses and returns their names.
_SYNAPSES: dict[str, Callable[..., list[str]]] = {Conv.kind: _conv, Dense.kind: _dense}


def _lif(neuron: Neuron, shape: tuple[int, ...], dt: float, *, floating: bool) -> Any:
    steps = 1 / (1 - 2.0**-neuron.decay_shift) if neuron.decay_shift else NO_LEAK
    threshold = float(neuron.vth)
    if not floating:
        above = np.float32(neuron.vth + 2.0**-neuron.guard_bits)
        threshold = float(np.nextafter(above, np.float32(0)))
    return nir_package().LIF(
        tau=np.full(shape, dt * steps),
        r=np.full(shape, steps),
        v_leak=np.zeros(shape),
        v_threshold=np.full(shape, threshold * unit(neuron)),
        v_reset=np.zeros(shape),
    )
