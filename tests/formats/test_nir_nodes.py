"""Every kind of NIR's nodes: floats equal an independent simulator, integers nearly."""

from __future__ import annotations

import warnings
import zlib

import numpy as np
import pytest
from nir_simulator import DT, Simulator, channel_first

from lava_intsnn import reference
from lava_intsnn.engine import Engine
from lava_intsnn.formats.nir import read_nir
from lava_intsnn.formats.nir.bias_neurons import with_bias_neurons
from lava_intsnn.formats.nir.chain import float_chain
from lava_intsnn.formats.nir.layer_runs import float_spikes, integer_spikes
from lava_intsnn.formats.nir.nir_graph import read_graph
from lava_intsnn.formats.nir.quantise import quantise
from lava_intsnn.network import FrameEncoder, Precision
from lava_intsnn.random_keys import eval_keys

nir = pytest.importorskip("nir", reason="nir is not installed (extra: nir)")

RNG = np.random.default_rng(3)


def seeded(name):
    """Draw the numbers of a test from its own seed, whatever ran before."""
    RNG.bit_generator.state = np.random.default_rng(zlib.crc32(name.encode())).bit_generator.state


def weights(*shape, scale=0.4):
    return RNG.normal(0.05, scale, shape).astype(np.float32)


def lif(*shape, threshold=1.0, **fields):
    """Neurons whose leak is no power of two, with an own threshold each."""
    one = np.ones(shape)
    fields = {"tau": 4.3 * DT * one, "r": 4.3 * one, "v_leak": 0 * one, **fields}
    fields["v_threshold"] = threshold * RNG.uniform(0.9, 1.1, shape)
    fields["v_reset"] = 0 * fields["v_threshold"]
    # files hold a number for all neurons as a scalar
    return nir.LIF(**{name: np.asarray(value)[()] for name, value in fields.items()})


def cuba(n, **fields):
    one = np.ones(n)
    fields = {"tau_mem": 5.2 * DT * one, "r": 5.2 * one, "v_leak": 0 * one, **fields}
    return nir.CubaLIF(
        tau_syn=2.7 * DT * one, w_in=2.7 * one, v_threshold=RNG.uniform(0.9, 1.1, n), **fields
    )


def conv(c_out, c_in, kernel, in_shape, **fields):
    fields = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1, **fields}
    return nir.Conv2d(
        input_shape=in_shape,
        weight=weights(c_out, c_in // fields["groups"], *kernel),
        bias=RNG.uniform(-0.05, 0.1, c_out).astype(np.float32),
        **fields,
    )


def pool(kind, kernel, stride, padding=(0, 0)):
    return getattr(nir, f"{kind}Pool2d")(*map(np.array, (kernel, stride, padding)))


def flatten(*shape):
    return nir.Flatten(input_type={"input": np.array(shape)}, start_dim=0, end_dim=-1)


def chain(shape, *nodes):
    """Nodes one after the other, by their positions."""
    nodes = [nir.Input(np.array(shape)), *nodes]
    names = {f"n{index}": node for index, node in enumerate(nodes)}
    names["out"] = nir.Output(np.array(nodes[-1].output_type["output"]))
    order = list(names)
    return nir.NIRGraph(names, list(zip(order, order[1:])), type_check=False, metadata={})


def graph(nodes, edges):
    return nir.NIRGraph(nodes, edges, type_check=False, metadata={})


def ways(*delays):
    """Several ways from the input into one LIF, each with a delay."""
    nodes = {"in": nir.Input(np.array([6])), "lif": lif(5), "out": nir.Output(np.array([5]))}
    edges = [("lif", "out")]
    owner = RNG.integers(0, len(delays), (5, 6))  # a synapse has one delay
    for k, d in enumerate(delays):
        nodes[f"w{k}"] = nir.Linear(np.where(owner == k, weights(5, 6, scale=0.8), 0))
        nodes[f"d{k}"] = nir.Delay(np.full(6, d * DT))
        edges += [("in", f"d{k}"), (f"d{k}", f"w{k}"), (f"w{k}", "lif")]
    return graph(nodes, edges)


def recurrent(node, w_rec):
    n = 7
    inner = graph(
        {
            "input": nir.Input(np.array([n])),
            "lif": node,
            "w_rec": w_rec,
            "output": nir.Output(np.array([n])),
        },
        [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
    )
    return graph(
        {
            "in": nir.Input(np.array([5])),
            "fc": nir.Affine(weights(n, 5), RNG.uniform(-0.1, 0.3, n).astype(np.float32)),
            "layer": inner,
            "fc2": nir.Affine(weights(4, n), RNG.uniform(0, 0.3, 4).astype(np.float32)),
            "lif2": cuba(4),
            "out": nir.Output(np.array([4])),
        },
        [("in", "fc"), ("fc", "layer"), ("layer", "fc2"), ("fc2", "lif2"), ("lif2", "out")],
    )


#: Largest share of spikes that 12 bits may change. A spike that comes a step late changes two.
BOUND = 0.012

GRAPHS = {
    "linear": lambda: chain([9], nir.Linear(weights(6, 9)), lif(6)),
    "two layers of currents": lambda: chain(
        [9],
        nir.Affine(weights(8, 9), RNG.uniform(0, 0.2, 8).astype(np.float32)),
        cuba(8),
        nir.Affine(weights(5, 8), RNG.uniform(0, 0.2, 5).astype(np.float32)),
        cuba(5),
    ),
    "decays of each neuron": lambda: chain(
        [9],
        nir.Linear(weights(6, 9)),
        lif(6, tau=RNG.uniform(2, 9, 6) * DT, r=RNG.uniform(2, 9, 6)),
    ),
    "neurons alone": lambda: chain([11], lif(11, threshold=1.7)),
    "neurons alone on an image": lambda: chain([2, 4, 3], lif(2, 4, 3, threshold=1.7)),
    "one number for all": lambda: chain(
        [11], lif(threshold=1.7), nir.Linear(weights(4, 11)), lif()
    ),
    "threshold": lambda: chain([9], nir.Linear(weights(6, 9)), nir.Threshold(np.full(6, 0.4))),
    "threshold below 0": lambda: chain(
        [9], nir.Linear(weights(6, 9)), nir.Threshold(np.full(6, -0.4))
    ),
    "scale": lambda: chain(
        [9], nir.Scale(RNG.uniform(0.5, 2, 9)), nir.Linear(weights(6, 9)), lif(6)
    ),
    "scaled neurons": lambda: chain([9], nir.Scale(np.full(9, 1.5)), lif(9, threshold=1.7)),
    "neurons scaled one by one": lambda: chain(
        [9], nir.Scale(RNG.uniform(0.5, 2, 9)), lif(9, threshold=1.7)
    ),
    "linear and scale": lambda: chain(
        [9], nir.Linear(weights(6, 9)), nir.Scale(RNG.uniform(0.5, 2, 6)), lif(6)
    ),
    "linear after linear": lambda: chain(
        [9], nir.Affine(weights(7, 9), weights(7) * 0.2), nir.Linear(weights(6, 7)), lif(6)
    ),
    "integrators": lambda: chain(
        [9], nir.Linear(weights(6, 9)), nir.IF(r=np.ones(6), v_threshold=np.ones(6))
    ),
    "conv": lambda: chain(
        [2, 7, 6],
        conv(3, 2, (3, 2), (7, 6), stride=(2, 1), padding=(2, 1)),
        lif(3, 5, 7),
        flatten(3, 5, 7),
        nir.Linear(weights(4, 105, scale=0.2)),
        lif(4),
    ),
    "conv with dilation and groups": lambda: chain(
        [4, 8, 7], conv(6, 4, (2, 3), (8, 7), dilation=(3, 2), groups=2), lif(6, 5, 3)
    ),
    "conv padded to the same size": lambda: chain(
        [2, 6, 5], conv(3, 2, (3, 3), (6, 5), padding="same"), lif(3, 6, 5)
    ),
    "conv with an even kernel padded to the same size": lambda: chain(
        [2, 6, 5], conv(3, 2, (2, 4), (6, 5), padding="same"), lif(3, 6, 5)
    ),
    "conv after conv": lambda: chain(
        [2, 6, 5],
        conv(3, 2, (3, 3), (6, 5)),
        conv(2, 3, (2, 2), (4, 3)),
        lif(2, 3, 2, threshold=0.4),
    ),
    "conv and pool before the neurons": lambda: chain(
        [2, 8, 6],
        conv(3, 2, (3, 3), (8, 6)),
        pool("Sum", (2, 2), (2, 2)),
        lif(3, 3, 2),
    ),
    "sum pool and conv": lambda: chain(
        [2, 9, 8],
        pool("Sum", (3, 2), (2, 2), (1, 0)),
        conv(3, 2, (2, 2), (5, 4)),
        lif(3, 4, 3, threshold=2.0),
    ),
    "average pool and linear": lambda: chain(
        [3, 6, 6],
        pool("Avg", (3, 3), (3, 3)),
        flatten(3, 2, 2),
        nir.Linear(weights(5, 12, scale=0.9)),
        lif(5),
    ),
    "average pool and neurons": lambda: chain(
        [3, 6, 6], pool("Avg", (2, 2), (2, 2)), lif(3, 3, 3, threshold=1.3)
    ),
    "pool after pool": lambda: chain(
        [1, 8, 8],
        pool("Sum", (2, 2), (2, 2)),
        pool("Avg", (2, 2), (1, 1)),
        lif(1, 3, 3, threshold=5.0),
    ),
    "neurons flattened": lambda: chain(
        [2, 6, 5],
        conv(3, 2, (3, 3), (6, 5)),
        flatten(3, 4, 3),
        lif(36),
        nir.Linear(weights(4, 36, scale=0.3)),
        lif(4),
    ),
    "delay": lambda: chain(
        [6],
        nir.Delay(np.array([0, 1, 2, 3, 5, 8]) * DT),
        nir.Linear(weights(5, 6, scale=0.8)),
        lif(5),
    ),
    "delay before the neurons": lambda: chain(
        [6], nir.Linear(weights(5, 6, scale=0.8)), nir.Delay(np.array([4, 0, 1, 2, 3]) * DT), lif(5)
    ),
    "delays of one layer": lambda: ways(0, 2, 5),
    "recurrent LIF": lambda: recurrent(lif(7), nir.Linear(weights(7, 7))),
    "recurrent currents with biases": lambda: recurrent(
        cuba(7), nir.Affine(weights(7, 7), RNG.uniform(-0.1, 0.2, 7).astype(np.float32))
    ),
    "neurons that feed themselves": lambda: graph(
        {"in": nir.Input(np.array([6])), "lif": lif(6), "out": nir.Output(np.array([6]))},
        [("in", "lif"), ("lif", "lif"), ("lif", "out")],
    ),
}


def spikes_for(shape, n=8, steps=40):
    """Input spikes (N, T, I) in our order."""
    return (RNG.random((n, steps, int(np.prod(shape)))) < 0.35).astype(np.uint8)


def theirs_of(graph, x, **options):
    """Output spikes (N, T, O) in our order, by the independent simulator."""
    shape = graph.nodes[next(iter(graph.nodes))].input_type["input"]
    image = (int(shape[1]), int(shape[2]), int(shape[0])) if len(shape) == 3 else None
    out = Simulator(graph, **options).run_batch(channel_first(x, image))
    if out.ndim == 5:
        out = np.moveaxis(out, 2, -1)
    return out.reshape(*out.shape[:2], -1)


#: Graphs that are also run with a soft reset: another reset changes nothing else.
SOFT = ("two layers of currents", "integrators", "recurrent LIF", "sum pool and conv")


def stages_of(graph, *, reset):
    """The graph's layers of floats, read from what its file would hold."""
    tree = graph.to_dict()
    return float_chain("g", read_graph("g", {"node": as_read(tree)}), dt=DT, hard=reset == "hard")


def as_read(value):
    """A dict of nir's as it comes from a file."""
    if isinstance(value, dict):
        found = {key: as_read(part) for key, part in value.items() if part is not None}
        return {key: part for key, part in found.items() if key != "metadata"}
    if isinstance(value, list):
        return np.array([[str(name) for name in edge] for edge in value])
    return value


@pytest.mark.parametrize(
    ("name", "reset"), [(name, "hard") for name in GRAPHS] + [(name, "soft") for name in SOFT]
)
def test_a_graph_becomes_the_nearest_integer_network(name, reset, tmp_path):
    seeded(name)
    made = GRAPHS[name]()
    x = spikes_for(made.nodes[next(iter(made.nodes))].input_type["input"])
    theirs = theirs_of(made, x, reset=reset)
    assert 0.01 < theirs.mean() < 0.99
    # the layers of floats are exactly the graph
    stages, s = with_bias_neurons(stages_of(made, reset=reset).layers, counts=False), x
    for stage in stages:
        s = float_spikes(stage, quantise(stage, bits=8).layer, s)
    np.testing.assert_array_equal(s, theirs)
    # and the integers nearly
    nir.write(tmp_path / "g.nir", made)
    precision = Precision.parse("16-12")
    net, state, report = read_nir(
        tmp_path / "g.nir", steps=x.shape[1], dt=DT, reset=reset, precision=precision
    )
    w = [state.w(net, index).astype(np.int64) for index in range(len(net.layers))]
    ours = np.stack([reference.forward(net, w, sample, state.delays)[-1].s for sample in x])
    assert (ours != theirs).mean() < BOUND
    assert len(report.layers) == len(net.layers)
    # what compares them runs integers as the reference does
    s = x
    for stage in stages:
        s = integer_spikes(quantise(stage, bits=12), s)
    np.testing.assert_array_equal(s, ours)


def test_the_engine_runs_what_is_imported(tmp_path):
    """A few graphs of the list, with spikes of bytes."""
    seeded("engine")
    for name in ("recurrent currents with biases", "sum pool and conv", "delays of one layer"):
        nir.write(tmp_path / "g.nir", GRAPHS[name]())
        net, state, _ = read_nir(tmp_path / "g.nir", steps=20)
        images = RNG.integers(0, 256, (9, net.n_in)).astype(np.uint8)
        keys = eval_keys(0, 9)
        with Engine(net, state) as engine:
            counts = engine.infer_batch(images, keys).counts
        w = [state.w(net, index).astype(np.int64) for index in range(len(net.layers))]
        wanted = []
        for image, key in zip(images, keys):
            x = reference.encode(net.encoder, image, key=key, steps=20)
            wanted.append(reference.forward(net, w, x, state.delays)[-1].s.sum(axis=0))
        np.testing.assert_array_equal(counts, wanted)
        assert counts.any()


def test_calibration_finds_scales_with_fewer_differences(tmp_path):
    seeded("calibration")
    # one weight far beyond the others, which makes 8 bits coarse for all
    w = weights(12, 20, scale=0.25)
    w[0, 0] = 6.0
    graph = chain([20], nir.Linear(w), lif(12), nir.Linear(weights(5, 12)), lif(5))
    nir.write(tmp_path / "g.nir", graph)
    x = spikes_for([20], n=20)
    options = {"steps": 40, "encoder": FrameEncoder(max_count=1), "samples": x.reshape(20, -1)}
    plain = read_nir(tmp_path / "g.nir", **options)
    best = read_nir(tmp_path / "g.nir", **options, calibrate=True)
    for before, after in zip(plain.report.layers, best.report.layers):
        assert after.rate == before.rate
        assert after.differ < before.differ
    assert best.report.layers[0].scale > plain.report.layers[0].scale
    assert best.report.layers[0].clipped == 1
    assert best.report.samples == 20
    # and the network has these scales
    w_int = [best.state.w(best.network, index).astype(np.int64) for index in range(2)]
    ours = np.stack([reference.forward(best.network, w_int, sample)[-1].s for sample in x])
    theirs = theirs_of(graph, x)
    assert (ours != theirs).mean() == best.report.layers[-1].differ


def test_what_is_compared_must_fit(tmp_path):
    nir.write(tmp_path / "g.nir", GRAPHS["linear"]())
    with pytest.raises(ValueError, match="calibrate = True without samples"):
        read_nir(tmp_path / "g.nir", steps=3, calibrate=True)
    with pytest.raises(ValueError, match=r"9 inputs, so give uint8 \(samples, 9\)"):
        read_nir(tmp_path / "g.nir", steps=3, samples=np.zeros((2, 8), np.uint8))
    with pytest.raises(ValueError, match="no samples"):
        read_nir(tmp_path / "g.nir", steps=3, samples=np.zeros((0, 9), np.uint8))
    with pytest.raises(ValueError, match="dt = -1"):
        read_nir(tmp_path / "g.nir", steps=3, dt=-1.0)


def test_time_constants_in_steps_are_taken_as_such(tmp_path):
    """As old files have them: 2.2 and no seconds."""
    seeded("steps")
    one = np.ones(6)
    node = nir.LIF(tau=2.5 * one, r=2.5 * one, v_leak=0 * one, v_threshold=one)
    nir.write(tmp_path / "g.nir", chain([9], nir.Linear(weights(6, 9)), node))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net, _, report = read_nir(tmp_path / "g.nir", steps=10)
    assert report.dt == 1
    assert net.layers[0].neuron.voltage_decay == round(4096 / 2.5)
    with pytest.raises(ValueError, match=r"is dt right\?"):
        read_nir(tmp_path / "g.nir", steps=10, dt=1e-6)
