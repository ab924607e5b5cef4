"""NIR files: others get our spikes from the floats, and we get our integers back."""

import re
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from random_networks import EVERYTHING, cases

from lava_intsnn import reference
from lava_intsnn.formats import FileFormatError
from lava_intsnn.formats.exchange import ExchangeError, ExchangeWarning
from lava_intsnn.formats.nir import export_nir, import_nir
from lava_intsnn.network import Conv, Dense, FrameEncoder, Network, Neuron, Precision, Recurrence
from lava_intsnn.state import initial_state
from lava_intsnn.training import eval_keys

nir = pytest.importorskip("nir", reason="nir is not installed (extra: nir)")

DT = 1e-4


# --- an independent simulator: Euler steps of NIR's equations in float64 -------------------------


def convolved(node, x):
    padding, stride = np.ravel(node.padding)[0], np.ravel(node.stride)[0]
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    k = node.weight.shape[2]
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))
    return np.einsum("cyxij,ocij->oyx", windows[:, ::stride, ::stride], node.weight)


class Simulator:
    """Runs a graph step by step; an edge back to an earlier node takes a step."""

    def __init__(self, graph, dt=DT):
        self.graph, self.dt = graph, dt
        names, left = [], dict(graph.nodes)
        while left:  # order in which every node but the loops' has its inputs
            ready = [
                name
                for name in left
                if all(a in names or a.startswith("recurrent") for a, b in graph.edges if b == name)
            ]
            assert ready
            names.append(ready[0])
            del left[ready[0]]
        self.names = names

    def run(self, x):
        """Spikes of the output (T, ...) for input (T, ...)."""
        zeros = dict.fromkeys(self.names, 0.0)
        v, last, past = dict(zeros), dict(zeros), []
        spikes = []
        for frame in x:
            now = {}
            for name in self.names:
                node = self.graph.nodes[name]
                fed = [now[a] if a in now else last[a] for a, b in self.graph.edges if b == name]
                now[name] = self.step(name, node, frame, sum(fed), v, past)
            last = now
            past.append(now)
            spikes.append(now["output"])
        return np.array(spikes)

    def step(self, name, node, frame, fed, v, past):
        kind = type(node).__name__
        if kind == "Input":
            return frame.astype(float)
        if kind in ("Linear", "Affine"):
            return node.weight.astype(float) @ np.broadcast_to(fed, node.weight.shape[1])
        if kind == "Conv2d":
            return convolved(node, fed)
        if kind == "Flatten":
            return fed.ravel()
        if kind == "Delay":
            d = round(float(node.delay.flat[0]) / self.dt)
            source = next(a for a, b in self.graph.edges if b == name)
            return past[-d][source] if d <= len(past) else np.zeros(node.delay.shape)
        if kind == "LIF":
            v[name] = v[name] + self.dt / node.tau * ((node.v_leak - v[name]) + node.r * fed)
            s = v[name] > node.v_threshold
            v[name] = np.where(s, node.v_reset, v[name])
            return s.astype(float)
        assert kind == "Output"
        return fed


def simulated(path, net, x):
    """Spikes (N, T, O) in our order of the graph in a file, and of networks with images."""
    graph = nir.read(path)
    out = []
    for sample in x:
        if isinstance(net.layers[0], Conv):  # (T, H, W, C) -> (T, C, H, W)
            sample = sample.reshape(-1, *net.layers[0].in_shape).transpose(0, 3, 1, 2)
        spikes = Simulator(graph).run(sample)
        if spikes.ndim == 4:
            spikes = spikes.transpose(0, 2, 3, 1)
        out.append(spikes.reshape(len(spikes), -1))
    return np.array(out)


# --- networks ------------------------------------------------------------------------------------


def lif(vth=300, decay_shift=1, **fields):
    return Neuron(vth=vth, window=2 * vth, decay_shift=decay_shift, **fields)


def dense(n_in, n_out, neuron=None, **fields):
    return Dense(n_in=n_in, n_out=n_out, neuron=neuron or lif(), lr_shift=10, **fields)


def conv(in_shape, channels, **fields):
    fields = {"kernel": 3, "stride": 2, "padding": 1, "neuron": lif(150), "lr_shift": 10, **fields}
    return Conv(in_shape=in_shape, channels=channels, **fields)


def network(*layers, **fields):
    return Network(name="net", layers=layers, **{"steps": 20, **fields})


SPIKES = Recurrence(source="spikes", shift=0)
NETWORKS = {
    "dense": network(dense(40, 30), dense(30, 6, lif(100, 3))),
    "no-leak": network(dense(20, 10, lif(900, 0)), dense(10, 4, lif(300, 0))),
    "frames": network(dense(12, 16, lif(4000)), dense(16, 5, lif(100)), encoder=FrameEncoder()),
    "recurrent": network(dense(24, 20, recurrence=SPIKES), dense(20, 5, lif(150, 2))),
    "delays": network(dense(24, 20, max_delay=4), dense(20, 5, lif(100), max_delay=2)),
    "conv": network(
        conv((7, 9, 2), 4), conv((4, 5, 4), 3, stride=1, padding=0), dense(2 * 3 * 3, 5, lif(40))
    ),
    "conv-delays": network(conv((6, 5, 1), 3), dense(3 * 3 * 3, 5, lif(60), max_delay=3)),
    "conv-last": network(conv((6, 5, 2), 3, padding=0)),
}
#: Where the graph's floats are not our integers: their spikes may differ by this share.
APPROXIMATE = {
    "guarded": (
        network(dense(40, 30, lif(guarded=True)), dense(30, 6, lif(200, 3, guarded=True))),
        0.01,
    ),
    "shifted-recurrence": (
        network(dense(24, 20, recurrence=replace(SPIKES, shift=2)), dense(20, 5, lif(100))),
        0.03,
    ),
}


def inputs(net, n=6):
    """Input spikes or counts, (N, T, I)."""
    rng = np.random.default_rng(7)
    values = rng.integers(0, 256, (n, net.n_values)).astype(np.uint8)
    values[rng.random(values.shape) < 0.3] = 0
    keys = eval_keys(5, n)
    return np.stack(
        [
            reference.encode(net.encoder, image, key=key, steps=net.steps)
            for image, key in zip(values, keys)
        ]
    )


def our_spikes(net, state, x):
    w = [state.w(net, layer).astype(np.int64) for layer in range(len(net.layers))]
    return np.stack([reference.forward(net, w, sample)[-1].s for sample in x])


@pytest.mark.parametrize("name", NETWORKS)
def test_the_graph_in_floats_has_our_spikes(name, tmp_path):
    net = NETWORKS[name]
    state = initial_state(net, seed=1)
    export_nir(net, state, tmp_path / "a.nir")
    x = inputs(net)
    ours = our_spikes(net, state, x)
    assert 0.01 < ours.mean() < 0.9
    np.testing.assert_array_equal(simulated(tmp_path / "a.nir", net, x), ours)


@pytest.mark.parametrize("name", APPROXIMATE)
def test_where_the_graph_only_approximates_spikes_nearly_agree(name, tmp_path):
    net, tolerance = APPROXIMATE[name]
    state = initial_state(net, seed=1)
    export_nir(net, state, tmp_path / "a.nir")
    x = inputs(net, 20)
    ours = our_spikes(net, state, x)
    assert 0.01 < ours.mean() < 0.9
    assert (simulated(tmp_path / "a.nir", net, x) != ours).mean() <= tolerance


# --- our own files -------------------------------------------------------------------------------


def fits(net):
    plain = all(
        not (isinstance(layer, Dense) and layer.recurrence and layer.recurrence.source == "voltage")
        for layer in net.layers
    )
    return plain and not any(
        isinstance(a, Dense) and isinstance(b, Conv) for a, b in zip(net.layers, net.layers[1:])
    )


@given(cases(max_size=8, max_steps=12, features=EVERYTHING))
@settings(max_examples=80, deadline=None)
def test_every_network_that_fits_comes_back_bit_for_bit(tmp_path_factory, case):
    path = tmp_path_factory.mktemp("nir") / "a.nir"
    if not fits(case.network):
        with pytest.raises(ExchangeError):
            export_nir(case.network, case.state, path)
        return
    export_nir(case.network, case.state, path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net, state = import_nir(path)
    assert net == case.network
    assert state.equals(case.state)
    assert (state.seed, state.updates) == (case.state.seed, case.state.updates)
    nir.read(path)  # types agree along every edge


def test_floating_networks_come_back_too(tmp_path):
    net = replace(NETWORKS["dense"], precision=Precision.parse("fp32"))
    state = initial_state(net)
    export_nir(net, state, tmp_path / "a.nir")
    back, back_state = import_nir(tmp_path / "a.nir")
    assert back == net
    assert back_state.equals(state)
    graph = nir.read(tmp_path / "a.nir")
    scale = 2.0 ** -(300).bit_length()
    np.testing.assert_allclose(graph.nodes["lif_0"].v_threshold, 300 * scale)
    np.testing.assert_allclose(graph.nodes["linear_0"].weight, state.w(net, 0) * scale)


def test_the_time_step_only_scales_time_constants(tmp_path):
    net = NETWORKS["delays"]
    state = initial_state(net)
    for dt in (1e-4, 1e-3):
        export_nir(net, state, tmp_path / f"{dt}.nir", dt=dt)
    slow, fast = nir.read(tmp_path / "0.001.nir"), nir.read(tmp_path / "0.0001.nir")
    np.testing.assert_allclose(slow.nodes["lif_0"].tau, 10 * fast.nodes["lif_0"].tau)
    np.testing.assert_allclose(slow.nodes["delay_0_3"].delay, 10 * fast.nodes["delay_0_3"].delay)
    np.testing.assert_allclose(fast.nodes["lif_0"].tau, 2e-4)
    with pytest.raises(ValueError, match="dt = 0"):
        export_nir(net, state, tmp_path / "a.nir", dt=0)


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        (
            network(
                dense(9, 9, recurrence=Recurrence(source="voltage")),
                dense(9, 12, recurrence=Recurrence(source="voltage")),
            ),
            ["layer 0: recurrence on voltage", "layer 1: recurrence on voltage"],
        ),
        (network(dense(9, 12), conv((2, 3, 2), 2)), ["layer 1: a Conv layer after a Dense"]),
    ],
)
def test_everything_that_does_not_fit_is_listed(net, expected, tmp_path):
    with pytest.raises(ExchangeError) as refused:
        export_nir(net, initial_state(net), tmp_path / "a.nir")
    assert not (tmp_path / "a.nir").exists()
    assert len(refused.value.findings) == len(expected)
    for pattern, finding in zip(expected, refused.value.findings):
        assert re.search(pattern, finding)


# --- graphs of others, and ours when they were changed -------------------------------------------


def quantised(path, **options):
    with pytest.warns(ExchangeWarning, match="quantised from floats") as warned:
        net, state = import_nir(path, **options)
    return net, state, str(warned[0].message)


@pytest.mark.parametrize("name", ["dense", "no-leak", "recurrent", "conv", "conv-last"])
def test_without_its_integers_a_graph_of_ours_gives_our_spikes(name, tmp_path):
    net = NETWORKS[name]
    state = initial_state(net, seed=1)
    export_nir(net, state, tmp_path / "a.nir")
    graph = nir.read(tmp_path / "a.nir")
    graph.metadata = {}
    nir.write(tmp_path / "b.nir", graph)
    back, back_state, message = quantised(tmp_path / "b.nir", steps=net.steps)
    assert "carries no integers" in message
    assert "weights by up to 0.00%" in message
    x = inputs(net)
    ours = our_spikes(net, state, x)
    assert (our_spikes(back, back_state, x) != ours).mean() < 0.005


@pytest.mark.parametrize("what", ["weight", "threshold", "integers", "edge"])
def test_integers_are_used_only_with_the_graph_they_came_with(what, tmp_path):
    net = NETWORKS["dense"]
    state = initial_state(net, seed=1)
    export_nir(net, state, tmp_path / "a.nir")
    graph = nir.read(tmp_path / "a.nir")
    if what == "weight":
        graph.nodes["linear_0"].weight[0, 0] += np.float32(2**-9)
    elif what == "threshold":
        graph.nodes["lif_1"].v_threshold[:] *= 2
    elif what == "integers":
        graph.metadata["lava_intsnn"]["w0"][0, 0] ^= 1
    else:
        graph.nodes["lif_x"] = graph.nodes.pop("lif_1")
        graph.edges = [tuple("lif_x" if n == "lif_1" else n for n in e) for e in graph.edges]
    nir.write(tmp_path / "b.nir", graph)
    back, back_state, message = quantised(tmp_path / "b.nir", steps=net.steps)
    assert "have been changed" in message
    if what == "threshold":
        assert back.layers[1].neuron.vth > 1.9 * net.layers[1].neuron.vth
    with pytest.raises(ExchangeError, match="pass steps"):
        import_nir(tmp_path / "b.nir")


def foreign(tmp_path, *, beta=0.5, bias=0.0, theta=1.0, weights=None, **changes):
    """A graph as snnTorch writes it: dense, floats of any size, one scalar neuron."""
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 0.4, (6, 9)) if weights is None else weights
    tau = DT / (1 - beta)
    neuron = {
        "tau": np.full(6, tau),
        "r": np.full(6, tau / DT),
        "v_leak": np.zeros(6),
        "v_threshold": np.full(6, theta),
        "v_reset": np.zeros(6),
        **changes,
    }
    graph = nir.NIRGraph.from_list(
        nir.Affine(weights.astype(np.float32), np.full(6, bias, np.float32)), nir.LIF(**neuron)
    )
    nir.write(tmp_path / "f.nir", graph)
    return tmp_path / "f.nir", graph


def test_a_foreign_graph_is_quantised_within_what_is_said(tmp_path):
    path, graph = foreign(tmp_path)
    net, state, message = quantised(path, steps=15, precision=Precision(), name="mine")
    assert (net.name, net.steps, net.shape) == ("mine", 15, (9, 6))
    assert net.layers[0].neuron.decay_shift == 1
    w = graph.nodes["affine"].weight
    scale = 127 / np.abs(w).max()
    np.testing.assert_array_equal(state.w(net, 0), np.rint(w * scale))
    assert net.layers[0].neuron.vth == int(scale)
    error = np.abs(state.w(net, 0) / scale - w).max() / np.abs(w).max()
    assert f"weights by up to {error:.2%}" in message
    assert error < 0.5 / 127 + 1e-9
    x = inputs(net, 40)
    wide, wide_state, _ = quantised(path, steps=15, precision=Precision.parse("16-16"))
    theirs = np.array([Simulator(graph).run(sample) for sample in x])
    assert 0.05 < theirs.mean() < 0.9
    assert (our_spikes(net, state, x) != theirs).mean() < 0.05
    assert (our_spikes(wide, wide_state, x) != theirs).mean() < 0.001


def test_neurons_of_different_gain_and_threshold_become_one(tmp_path):
    gains = np.array([1.0, 1.5, 0.7, 2.5, 1.0, 1.0])
    thetas = np.array([1.0, 1.0, 1.2, 2.0, 0.5, 1.0])
    weights = np.random.default_rng(2).uniform(-0.2, 0.5, (6, 9))
    path, graph = foreign(tmp_path, r=2 * gains, v_threshold=thetas, weights=weights)
    net, state, _ = quantised(path, steps=20, precision=Precision.parse("16-16"))
    x = inputs(net, 20)
    theirs = np.array([Simulator(graph).run(sample) for sample in x])
    assert theirs.mean(axis=(0, 1)).min() > 0.01
    assert (our_spikes(net, state, x) != theirs).mean() < 0.002


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"beta": 0.9}, ["decay of 0.9 .*nearest is 1 .*decay_tolerance"]),
        ({"beta": 0.45}, ["decay of 0.45 .*nearest is 0.5 .tau = 2 dt"]),
        ({"bias": 0.1, "theta": -1.0}, ["a bias", "threshold of -1"]),
        ({"v_leak": np.ones(6), "v_reset": np.ones(6)}, ["v_reset", "v_leak"]),
        ({"tau": np.array([2e-4] * 5 + [4e-4])}, ["decays from 0.5 to 0.75"]),
        ({"weights": np.zeros((6, 9))}, ["all weights are 0"]),
        ({"theta": 1e-3}, ["threshold of 0.001 with weights up to"]),
        ({"theta": 1e9}, ["vth"]),
    ],
)
def test_foreign_graphs_are_refused_with_the_full_list(changes, expected, tmp_path):
    path, _ = foreign(tmp_path, **changes)
    with pytest.raises(ExchangeError) as refused:
        import_nir(path, steps=9)
    assert len(refused.value.findings) == len(expected)
    for pattern, finding in zip(expected, refused.value.findings):
        assert re.search("node 'lif': .*" + pattern, finding)


def test_a_decay_may_be_rounded_on_request(tmp_path):
    path, _ = foreign(tmp_path, beta=0.45)
    net, _, message = quantised(path, steps=9, decay_tolerance=0.1)
    assert net.layers[0].neuron.decay_shift == 1
    assert "decays by up to 5.00%" in message


def neurons(kind, n, **fields):
    ones = np.ones(n)
    common = {"r": ones, "v_threshold": ones}
    if kind == "IF":
        return nir.IF(**common)
    common["v_leak"] = 0 * ones
    if kind == "CubaLIF":
        return nir.CubaLIF(**{"tau_syn": DT * ones, "tau_mem": DT * ones, **common, **fields})
    return nir.LIF(**{"tau": 2 * DT * ones, **common, **fields})


def test_other_nodes_and_shapes_of_graph_are_refused(tmp_path):
    w = np.eye(4, dtype=np.float32)

    def refused(graph):
        nir.write(tmp_path / "g.nir", graph)
        with pytest.raises(ExchangeError) as error:
            import_nir(tmp_path / "g.nir", steps=3)
        return str(error.value)

    chain = nir.NIRGraph.from_list
    pool = nir.AvgPool2d(kernel_size=np.array([2, 2]), stride=np.array([2, 2]), padding=np.zeros(2))
    many = chain(
        nir.Input(np.array([1, 4, 4])), pool, nir.Threshold(np.ones((1, 2, 2))), type_check=False
    )
    message = refused(many)
    assert "'avgpool2d': AvgPool2d" in message
    assert "'threshold': Threshold" in message
    assert "synapses without neurons between" in refused(
        chain(nir.Linear(w), nir.Linear(w), neurons("LIF", 4))
    )
    assert "synapses without neurons after" in refused(
        chain(nir.Linear(w), neurons("LIF", 4), nir.Linear(w))
    )
    assert "neurons without synapses" in refused(chain(neurons("LIF", 4), nir.Linear(w)))
    branch = chain(nir.Linear(w), neurons("LIF", 4), nir.Linear(w), neurons("LIF", 4))
    branch.edges.append(("lif", "lif_1"))
    assert "must be a chain" in refused(branch)
    slow = neurons("CubaLIF", 4, tau_syn=2 * DT * np.ones(4))
    assert "current that lasts" in refused(chain(nir.Linear(w), slow))


def test_integrate_and_fire_and_currents_of_one_step_fit(tmp_path):
    w = np.random.default_rng(1).normal(0, 0.3, (4, 5)).astype(np.float32)
    nir.write(tmp_path / "if.nir", nir.NIRGraph.from_list(nir.Linear(w), neurons("IF", 4)))
    net, _, _ = quantised(tmp_path / "if.nir", steps=5)
    assert net.layers[0].neuron.decay_shift == 0
    cuba = neurons("CubaLIF", 4, tau_mem=2 * DT * np.ones(4), r=2 * np.ones(4))
    nir.write(tmp_path / "cuba.nir", nir.NIRGraph.from_list(nir.Linear(w), cuba))
    other, _, _ = quantised(tmp_path / "cuba.nir", steps=5)
    assert other.layers[0].neuron.decay_shift == 1
    assert other.layers[0].neuron.vth == net.layers[0].neuron.vth


def test_recurrence_in_a_graph_of_its_own_fits(tmp_path):
    """As snnTorch nests it."""
    net = NETWORKS["recurrent"]
    state = initial_state(net, seed=1)
    export_nir(net, state, tmp_path / "a.nir")
    graph = nir.read(tmp_path / "a.nir")
    inner = nir.NIRGraph(
        nodes={
            "input": nir.Input(np.array([20])),
            "lif": graph.nodes["lif_0"],
            "w_rec": graph.nodes["recurrent_0"],
            "output": nir.Output(np.array([20])),
        },
        edges=[("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
    )
    nested = nir.NIRGraph.from_list(
        graph.nodes["linear_0"], inner, graph.nodes["linear_1"], graph.nodes["lif_1"]
    )
    nir.write(tmp_path / "b.nir", nested)
    back, back_state, _ = quantised(tmp_path / "b.nir", steps=net.steps)
    assert back.layers[0].recurrence == replace(SPIKES)
    x = inputs(net)
    assert (our_spikes(back, back_state, x) != our_spikes(net, state, x)).mean() < 0.005


def test_what_is_no_nir_file_is_said_to_be_none(tmp_path):
    (tmp_path / "text").write_text("no")
    for name in ("text", "missing"):
        with pytest.raises(FileFormatError, match=name):
            import_nir(tmp_path / name, steps=3)


@pytest.mark.parametrize("name", ["dense", "conv-last"])
def test_snntorch_has_our_spikes(name, tmp_path):
    reason = "snntorch or nirtorch is not installed (extra: bench)"
    pytest.importorskip("nirtorch", reason=reason)
    importer = pytest.importorskip("snntorch.import_nir", reason=reason)
    import torch

    net = NETWORKS[name]
    state = initial_state(net, seed=1)
    export_nir(net, state, tmp_path / "a.nir")
    x = inputs(net)
    theirs = []
    for sample in x:
        model = importer.import_from_nir(nir.read(tmp_path / "a.nir"))
        memory, spikes = None, []
        if isinstance(net.layers[0], Conv):
            sample = sample.reshape(-1, *net.layers[0].in_shape).transpose(0, 3, 1, 2)
        for frame in sample:
            out, memory = model(torch.tensor(frame, dtype=torch.float32), memory)
            spikes.append(out.detach().numpy())
        theirs.append(spikes)
    theirs = np.array(theirs)
    if theirs.ndim == 5:
        theirs = theirs.transpose(0, 1, 3, 4, 2)
    ours = our_spikes(net, state, x)
    np.testing.assert_array_equal(theirs.reshape(ours.shape), ours)
