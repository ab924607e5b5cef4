"""Random NIR graphs: the layers that are rounded have exactly the graph's spikes."""

from __future__ import annotations

import numpy as np
import pytest
from families import family
from hypothesis import given, reject, strategies as st
from nir_simulator import DT, Simulator, channel_first

from lava_intsnn.formats.nir.bias_neurons import with_bias_neurons
from lava_intsnn.formats.nir.chain import float_chain
from lava_intsnn.formats.nir.layer_runs import float_spikes
from lava_intsnn.formats.nir.linear_nodes import UnfitNode
from lava_intsnn.formats.nir.nir_graph import read_graph
from lava_intsnn.formats.nir.quantise import quantise

nir = pytest.importorskip("nir", reason="nir is not installed (extra: nir)")


class Maker:
    """Draws a graph: a chain of layers, each of linear nodes and neurons."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.edges, self.last = {}, [], "input"
        images = self.rng.random() < 0.6
        sides = (self.rng.integers(1, 4), *self.rng.integers(5, 9, 2))
        self.shape = sides if images else (self.rng.integers(3, 9),)
        self.shape = self.first = tuple(int(n) for n in self.shape)
        self.nodes["input"] = nir.Input(np.array(self.shape))
        for _ in range(self.rng.integers(1, 4)):
            self.layer()
        self.add("output", nir.Output(np.array(self.shape)))

    def add(self, name, node):
        name = name if name == "output" else f"{name}{len(self.nodes)}"
        self.nodes[name] = node
        self.edges.append((self.last, name))
        self.last = name
        return name

    def normal(self, *shape, scale=0.5):
        return self.rng.normal(0.1, scale, shape).astype(np.float32)

    def layer(self):
        for _ in range(self.rng.choice([0, 1, 1, 1, 2])):
            image = len(self.shape) == 3
            kinds = ["conv", "sum", "avg", "flatten"] if image else ["linear", "affine", "scale"]
            getattr(self, self.rng.choice(kinds))()
        convolved = self.nodes[self.last].__class__ in (nir.Conv2d, nir.Flatten)
        if len(self.shape) == 1 and not convolved and self.rng.random() < 0.2:
            delays = self.rng.integers(0, 5, self.shape)
            self.add("delay", nir.Delay(delays * DT))
        self.neurons()

    def conv(self):
        c, h, w = self.shape
        groups = int(self.rng.choice([g for g in (1, 2, 3) if c % g == 0]))
        out = groups * int(self.rng.integers(1, 3))
        kernel = self.rng.integers(1, 4, 2)
        dilation, stride = self.rng.integers(1, 3, 2), self.rng.integers(1, 3, 2)
        reach = (kernel - 1) * dilation + 1
        padding = np.minimum(self.rng.integers(0, 2, 2), reach - 1)
        if (np.array((h, w)) + 2 * padding < reach).any():
            return
        self.add(
            "conv",
            nir.Conv2d(
                input_shape=(h, w),
                weight=self.normal(out, c // groups, *kernel),
                bias=self.normal(out, scale=0.05),
                groups=groups,
                **{
                    k: tuple(map(int, v))
                    for k, v in (("stride", stride), ("padding", padding), ("dilation", dilation))
                },
            ),
        )
        sizes = (np.array((h, w)) + 2 * padding - reach) // stride + 1
        self.shape = (out, *map(int, sizes))

    def pool(self, kind):
        c, *sizes = self.shape
        kernel, stride = self.rng.integers(1, 4, 2), self.rng.integers(1, 4, 2)
        padding = np.minimum(self.rng.integers(0, 2, 2), kernel - 1)
        if (np.array(sizes) + 2 * padding < kernel).any():
            return
        self.add(kind, getattr(nir, f"{kind}Pool2d")(kernel, stride, padding))
        sizes = (np.array(sizes) + 2 * padding - kernel) // stride + 1
        self.shape = (c, *map(int, sizes))

    def sum(self):
        self.pool("Sum")

    def avg(self):
        self.pool("Avg")

    def flatten(self):
        shape = {"input": np.array(self.shape)}
        self.add("flatten", nir.Flatten(input_type=shape, start_dim=0, end_dim=-1))
        self.shape = (int(np.prod(self.shape)),)

    def linear(self):
        n = int(self.rng.integers(3, 9))
        self.add("linear", nir.Linear(self.normal(n, *self.shape)))
        self.shape = (n,)

    def affine(self):
        n = int(self.rng.integers(3, 9))
        self.add("affine", nir.Affine(self.normal(n, *self.shape), self.normal(n, scale=0.1)))
        self.shape = (n,)

    def scale(self):
        self.add("scale", nir.Scale(self.rng.uniform(0.5, 2, self.shape)))

    def neurons(self):
        def each(low, high):
            one = self.rng.random() < 0.5
            return (
                np.full(self.shape, self.rng.uniform(low, high))
                if one
                else self.rng.uniform(low, high, self.shape)
            )

        kind = self.rng.choice(["LIF", "IF", "CubaLIF", "Threshold"])
        tau = each(1, 12) * DT
        fields = {
            "r": tau / DT,
            "v_threshold": each(0.4, 1.2),
            "v_reset": each(-0.2, 0.2) if self.rng.random() < 0.3 else np.zeros(self.shape),
        }
        leak = each(-0.1, 0.2)
        if kind == "Threshold":
            node = nir.Threshold(each(-0.5, 1.0))
        elif kind == "IF":
            node = nir.IF(**{**fields, "r": np.ones(self.shape)})
        elif kind == "LIF":
            node = nir.LIF(tau=tau, v_leak=leak, **fields)
        else:
            node = nir.CubaLIF(
                tau_mem=tau, tau_syn=each(1, 6) * DT, w_in=each(0.5, 2), v_leak=leak, **fields
            )
        name = self.add("neurons", node)
        n = int(np.prod(self.shape))
        if kind != "Threshold" and len(self.shape) == 1 and self.rng.random() < 0.3:
            back = f"back{len(self.nodes)}"
            self.nodes[back] = nir.Affine(self.normal(n, n), self.normal(n, scale=0.05))
            self.edges += [(name, back), (back, name)]


def as_read(value):
    if isinstance(value, dict):
        return {key: as_read(part) for key, part in value.items() if key != "metadata"}
    if isinstance(value, list):
        return np.array([[str(name) for name in edge] for edge in value])
    return value


@given(st.integers(0, 1 << 32))
@family(300, quick=10)
def test_the_layers_of_floats_have_the_spikes_of_the_graph(seed):
    made = Maker(seed)
    graph = nir.NIRGraph(made.nodes, made.edges, type_check=False, metadata={})
    x = (made.rng.random((3, 12, int(np.prod(made.first)))) < 0.4).astype(np.uint8)
    image = (*made.first[1:], made.first[0]) if len(made.first) == 3 else None
    theirs = Simulator(graph).run_batch(channel_first(x, image))
    if theirs.ndim == 5:
        theirs = np.moveaxis(theirs, 2, -1)
    tree = {"node": as_read(graph.to_dict())}
    chain = float_chain("g", read_graph("g", tree), dt=DT, hard=True)
    stages, s = with_bias_neurons(chain.layers, counts=False), x
    for stage in stages:
        try:
            layer = quantise(stage, bits=12).layer
        except UnfitNode:  # no weights, or some too far from the threshold
            reject()
        s = float_spikes(stage, layer, s)
    np.testing.assert_array_equal(s, theirs.reshape(s.shape))
