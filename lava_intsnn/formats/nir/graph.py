"""Conversion of an integer network to a NIR graph of floats.

NIR's LIF is ``tau dv/dt = (v_leak - v) + R I``; a step of Euler's method over ``dt`` is
``v = (1 - dt/tau) v + (dt/tau) R I``. Ours, ``v = (v >> b) + a``, is that step without its rounding
for ``dt/tau = 1 - 2**-b`` and ``R = tau/dt``.

Rounding loses nothing. Floors nest, ``floor(floor(x) / n) = floor(x / n)``, so our potential is the
floor of the float at every step, and ``v > vth`` on integers is ``v >= vth + 1`` on floats. NIR's
comparison is strict, so the threshold is the float32 just below ``vth + 1``.

Scaling by a power of two brings thresholds into 0.5..1, as other tools expect, and changes no bit.

CUBA neurons become NIR's CubaLIF, or LIF where the current lasts one step, with gains of 1 and
``tau = dt 4096 / decay``. Their bias acts on the potential, as ``v_leak`` does:
``bias = dt/tau v_leak``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lava_intsnn.arithmetic import DECAY_UNITY
from lava_intsnn.formats.exchange import channel_first, filters
from lava_intsnn.formats.nir.package import nir_package
from lava_intsnn.network import CUBA, Conv, Dense, Network, Neuron, NeuronKind, Pool
from lava_intsnn.network.cuba import spread
from lava_intsnn.state import State

#: ``tau/dt`` of neurons that do not leak: ``1 - dt/tau`` is then 1 in float64. (NIR's IF would
#: express this, but tools disagree on the unit of its ``R``, and some give it a leak.)
NO_LEAK = 2.0**60


def graph_of(network: Network, state: State, *, dt: float) -> Any:
    """Return the ``nir.NIRGraph`` of a network that fits one; see :func:`.nir_write.export_nir`."""
    nir = nir_package()
    first = network.layers[0]
    seen = first.pool.in_shape if first.pool else first.in_image
    builder = _Builder(dt, seen)
    builder.last = builder.add("input", nir.Input(_shape(seen or (first.n_in,))))
    for index, layer in enumerate(network.layers):
        w = state.w(network, index).astype(np.float32) * np.float32(unit(layer.neuron))
        if layer.pool:
            builder.last = builder.add(f"pool_{index}", _pool(layer.pool), builder.last)
            builder.image = layer.pool.out_shape
        if builder.image and not layer.out_image:
            before = {"input": _shape(builder.image)}
            flatten = nir.Flatten(input_type=before, start_dim=0, end_dim=-1)
            builder.last = builder.add(f"flatten_{index}", flatten, builder.last)
        delays = layer.delays(state.delays_of(index)) if layer.max_delay else None
        synapses = _SYNAPSES[layer.kind](builder, index, layer, w, delays)
        builder.image = layer.out_image
        shape = layer.out_image or (layer.n_out,)
        floating = network.precision.floating
        neurons = _NEURONS[layer.neuron.kind](layer.neuron, shape, dt, floating=floating)
        builder.last = builder.add(f"lif_{index}", neurons, *synapses)
        if layer.recurrence:
            w_rec = w[:, layer.fan_in :] * np.float32(2.0**-layer.recurrence.shift)
            recurrent = builder.add(f"recurrent_{index}", nir.Linear(w_rec), builder.last)
            builder.edges.append((recurrent, builder.last))
    builder.add("output", nir.Output(_shape(builder.image or (network.n_classes,))), builder.last)
    return nir.NIRGraph(nodes=builder.nodes, edges=builder.edges, metadata={})


def unit(neuron: NeuronKind) -> float:
    """Return the value in the graph of an integer of 1."""
    return 2.0 ** -int(np.max(neuron.vth)).bit_length()


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


def _conv(
    builder: _Builder, index: int, layer: Conv, w: np.ndarray, delays: np.ndarray | None
) -> list[str]:
    return [builder.add(f"conv_{index}", conv_node(layer, w), builder.last)]


def conv_node(layer: Conv, w: np.ndarray) -> Any:
    """Return the ``nir.Conv2d`` of a layer with the weights ``w``."""
    return nir_package().Conv2d(
        input_shape=layer.windows.in_shape[:2],
        weight=filters(layer, w),
        stride=layer.windows.stride,
        padding=layer.windows.padding,
        dilation=layer.windows.dilation,
        groups=layer.groups,
        bias=np.zeros(layer.channels, np.float32),
    )


def misread_shapes(layer: Conv) -> list[str]:
    """Return what nir itself takes for other shapes than ours, and would refuse in a graph.

    Its ``Conv2d`` knows one side of the kernel, and expects the channels of one group as input.
    """
    node, found = conv_node(layer, np.zeros(layer.weight_shape, np.float32)), []
    if not np.array_equal(node.input_type["input"], _shape(layer.windows.in_shape)):
        found.append(f"groups = {layer.groups}: nir expects the input of one group; use groups=1")
    if not np.array_equal(node.output_type["output"], _shape(layer.out_shape)):
        height, width = layer.windows.kernel
        found.append(
            f"a kernel of {height} x {width}: nir takes the output of a square kernel for its own; "
            "use a square kernel"
        )
    return found


def _dense(
    builder: _Builder, index: int, layer: Dense, w: np.ndarray, delays: np.ndarray | None
) -> list[str]:
    """Add the feed-forward synapses and return their names: one matrix for each delay."""
    nir = nir_package()
    columns = channel_first(builder.image) if builder.image else np.arange(layer.fan_in)
    w = w[:, columns]
    if delays is None:
        return [builder.add(f"linear_{index}", nir.Linear(w), builder.last)]
    delays = delays[:, columns]
    names = []
    for d in np.unique(delays):
        source = builder.last
        if d:
            line = nir.Delay(np.full(layer.fan_in, d * builder.dt))
            source = builder.add(f"delay_{index}_{d}", line, source)
        part = np.where(delays == d, w, np.float32(0))
        names.append(builder.add(f"linear_{index}_{d}", nir.Linear(part), source))
    return names


#: Kind of layer -> what adds its feed-forward synapses and returns their names.
_SYNAPSES: dict[str, Callable[..., list[str]]] = {Conv.kind: _conv, Dense.kind: _dense}


def _pool(pool: Pool) -> Any:
    kinds = {"sum": nir_package().SumPool2d, "average": nir_package().AvgPool2d}
    windows = pool.windows
    sides = (np.array(sides) for sides in (windows.kernel, windows.stride, windows.padding))
    return kinds[pool.kind](*sides)


def _lif(neuron: Neuron, shape: tuple[int, ...], dt: float, *, floating: bool) -> Any:
    each = _numbering(shape)
    n, zero = int(np.prod(shape)), np.zeros(tuple(_shape(shape)))
    shifts, vth = spread(neuron.decay_shift, n).tolist(), spread(neuron.vth, n).tolist()
    steps = np.array([1 / (1 - 2.0**-shift) if shift else NO_LEAK for shift in shifts])
    guard = 2.0**-neuron.guard_bits
    threshold = np.array(
        [float(value) if floating else _just_below(value + guard) for value in vth]
    )
    return nir_package().LIF(
        tau=each(dt * steps),
        r=each(steps),
        v_leak=zero,
        v_threshold=each(threshold * unit(neuron)),
        v_reset=zero,
    )


def _cuba(neuron: CUBA, shape: tuple[int, ...], dt: float, *, floating: bool) -> Any:
    nir, n, each = nir_package(), int(np.prod(shape)), _numbering(shape)

    def steps(decay: int | tuple[int, ...]) -> np.ndarray:
        taken = spread(decay, n) / DECAY_UNITY
        return np.where(taken > 0, 1 / np.maximum(taken, 0.5 / DECAY_UNITY), NO_LEAK)

    guard = 2.0**-neuron.guard_bits
    voltage, current = steps(neuron.voltage_decay), steps(neuron.current_decay)
    bias = spread(neuron.bias_mant, n) * (2.0**neuron.bias_exp * guard * unit(neuron))
    vth = np.array([_just_below(vth + guard) for vth in spread(neuron.vth, n)])
    fields = {
        "r": each(voltage),
        "v_leak": each(bias * voltage),
        "v_threshold": each(vth * unit(neuron)),
        "v_reset": np.zeros(tuple(_shape(shape))),
    }
    if (current == 1).all():
        return nir.LIF(tau=each(dt * voltage), **fields)
    return nir.CubaLIF(
        tau_syn=each(dt * current), tau_mem=each(dt * voltage), w_in=each(current), **fields
    )


def _numbering(shape: tuple[int, ...]) -> Callable[[np.ndarray], np.ndarray]:
    """Return what brings numbers of our neurons into the graph's order and shape."""
    order = channel_first(shape) if len(shape) == 3 else np.arange(int(np.prod(shape)))
    return lambda values: values[order].reshape(tuple(_shape(shape)))


def _just_below(threshold: float) -> float:
    """Return what a float exceeds as it reaches ``threshold``: NIR's comparison is strict."""
    return float(np.nextafter(np.float32(threshold), np.float32(0)))


#: Kind of neuron -> what makes its node.
_NEURONS: dict[str, Callable[..., Any]] = {Neuron.kind: _lif, CUBA.kind: _cuba}
#: Kinds of neurons that a graph can hold.
NEURON_KINDS = tuple(_NEURONS)
