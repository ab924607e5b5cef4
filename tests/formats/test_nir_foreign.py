"""NIR graphs of others, and ours when they were changed."""

import re
from dataclasses import replace

import numpy as np
import pytest
from exchange_networks import NETWORKS, SPIKES, inputs, our_spikes
from nir_simulator import DT, Simulator

from lava_intsnn.formats.exchange import ExchangeError, ExchangeWarning
from lava_intsnn.formats.nir import export_nir, import_nir
from lava_intsnn.network import Precision
from lava_intsnn.state import initial_state
from lava_intsnn.storage import FileFormatError

nir = pytest.importorskip("nir", reason="nir is not installed (extra: nir)")


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
    neuron = net.layers[0].neuron
    assert (neuron.current_decay, neuron.voltage_decay, neuron.bias_mant) == (4096, 2048, 0)
    w = graph.nodes["affine"].weight
    scale = int(127 / np.abs(w).max())  # the largest with which the threshold of 1 is whole
    np.testing.assert_array_equal(state.w(net, 0), np.rint(w * scale))
    assert neuron.vth == scale
    error = np.abs(state.w(net, 0) / scale - w).max() / np.abs(w).max()
    assert f"weights by up to {error:.2%}" in message
    assert "thresholds by up to 0.00%" in message
    assert error < 0.5 / 126
    x = inputs(net, 40)
    wide, wide_state, _ = quantised(path, steps=15, precision=Precision.parse("16-16"))
    theirs = np.array([Simulator(graph).run(sample) for sample in x])
    assert 0.05 < theirs.mean() < 0.9
    assert (our_spikes(net, state, x) != theirs).mean() < 0.03
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
        ({"theta": -1.0}, ["node 'lif': a threshold of -1 .*must be above 0"]),
        ({"weights": np.zeros((6, 9))}, ["node 'lif': all weights are 0"]),
        ({"theta": 1e-3}, ["node 'lif': a threshold of 0.001 with weights up to"]),
        ({"theta": 1e9}, ["node 'lif': weights of at most .* all of which round to 0"]),
        ({"weights": np.full((6, 9), np.nan)}, ["node 'affine': weight that is not finite"]),
        ({"tau": np.zeros(6)}, ["node 'lif': tau = 0: must be above 0"]),
        ({"tau": np.full(6, 5e-5)}, ["node 'lif': tau = 5e-05 s, shorter than the step"]),
        (
            {"r": np.full(6, np.inf), "tau": np.full(6, -1.0)},
            ["node 'lif': tau = -1", "node 'lif': r that is not finite"],
        ),
    ],
)
def test_foreign_graphs_are_refused_with_the_full_list(changes, expected, tmp_path):
    path, _ = foreign(tmp_path, **changes)
    with pytest.raises(ExchangeError) as refused:
        import_nir(path, steps=9)
    assert len(refused.value.findings) == len(expected)
    for pattern, finding in zip(expected, refused.value.findings):
        assert re.search(pattern, finding)


@pytest.mark.parametrize("beta", [0.45, 0.9, 0.99])
def test_any_decay_has_twelve_bits(beta, tmp_path):
    path, graph = foreign(tmp_path, beta=beta)
    net, state, message = quantised(path, steps=30, precision=Precision.parse("16-16"))
    assert net.layers[0].neuron.voltage_decay == round(4096 * (1 - beta))
    assert "decays by up to 0.0" in message
    x = inputs(net, 20)
    theirs = Simulator(graph).run_batch(x)
    assert 0.02 < theirs.mean() < 0.9
    assert (our_spikes(net, state, x) != theirs).mean() < 0.003


def test_a_decay_may_be_rounded_on_request(tmp_path):
    path, _ = foreign(tmp_path, beta=0.45)
    net, _, message = quantised(path, steps=9, decay_tolerance=0.1)
    assert net.layers[0].neuron.decay_shift == 1
    assert "decays by up to 5.00%" in message
    with pytest.raises(ExchangeError, match="12 bits miss by .* raise decay_tolerance = 1e-06"):
        import_nir(path, steps=9, decay_tolerance=1e-6)


@pytest.mark.parametrize("kind", ["LIF", "IF", "CubaLIF"])
def test_bias_leak_and_reset_potentials_are_those_of_the_graph(kind, tmp_path):
    rng = np.random.default_rng(5)
    w = rng.normal(0, 0.4, (6, 9)).astype(np.float32)
    bias = rng.uniform(0, 0.3, 6).astype(np.float32)
    fields = {"v_threshold": rng.uniform(0.8, 1.2, 6), "v_reset": rng.uniform(-0.3, 0.1, 6)}
    if kind == "IF":
        node = nir.IF(r=np.ones(6), **fields)
    else:
        fields["v_leak"] = rng.uniform(-0.1, 0.3, 6)
        tau = rng.uniform(3, 9, 6) * DT
        fields["r"] = tau / DT
        if kind == "LIF":
            node = nir.LIF(tau=tau, **fields)
        else:
            fields["w_in"] = rng.uniform(0.5, 1.5, 6)
            node = nir.CubaLIF(tau_mem=tau, tau_syn=rng.uniform(1, 5, 6) * DT, **fields)
    graph = nir.NIRGraph.from_list(nir.Affine(w, bias), node)
    nir.write(tmp_path / "b.nir", graph)
    net, state, _ = quantised(tmp_path / "b.nir", steps=40, precision=Precision.parse("16-12"))
    x = inputs(net, 20)
    theirs = Simulator(graph).run_batch(x)
    assert 0.03 < theirs.mean() < 0.9
    assert (our_spikes(net, state, x) != theirs).mean() < 0.01


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
    leaky = nir.LI(tau=2 * DT * np.ones(4), r=np.ones(4), v_leak=np.zeros(4))
    assert "node 'li': LI has no counterpart here: it gives a potential" in refused(
        chain(nir.Linear(w), leaky)
    )
    assert "synapses without neurons after" in refused(
        chain(nir.Linear(w), neurons("LIF", 4), nir.Linear(w))
    )
    branch = chain(nir.Linear(w), neurons("LIF", 4), nir.Linear(w), neurons("LIF", 4))
    branch.edges.append(("lif", "output"))
    assert "the output must be fed by the last neurons" in refused(branch)
    skip = chain(nir.Linear(w), neurons("LIF", 4), nir.Linear(w), neurons("LIF", 4))
    skip.edges.append(("input", "lif_1"))
    assert "must be a chain of layers" in refused(skip)
    circle = chain(nir.Linear(w), neurons("LIF", 4), nir.Linear(w), neurons("LIF", 4))
    circle.edges.append(("lif_1", "linear"))
    assert "must be a chain of layers" in refused(circle)


def test_integrate_and_fire_and_currents_of_one_step_fit(tmp_path):
    w = np.random.default_rng(1).normal(0, 0.3, (4, 5)).astype(np.float32)
    nir.write(tmp_path / "if.nir", nir.NIRGraph.from_list(nir.Linear(w), neurons("IF", 4)))
    net, _, _ = quantised(tmp_path / "if.nir", steps=5)
    assert net.layers[0].neuron.decay_shift == 0
    cuba = neurons("CubaLIF", 4, tau_mem=2 * DT * np.ones(4), r=2 * np.ones(4))
    nir.write(tmp_path / "cuba.nir", nir.NIRGraph.from_list(nir.Linear(w), cuba))
    other, _, _ = quantised(tmp_path / "cuba.nir", steps=5)
    neuron = other.layers[0].neuron
    assert (neuron.current_decay, neuron.voltage_decay) == (4096, 2048)
    assert neuron.vth == net.layers[0].neuron.vth


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
    for name, why in (("text", "NIR"), ("missing", "NIR.*no such file$")):
        with pytest.raises(FileFormatError, match=f"{name} cannot be read.*{why}"):
            import_nir(tmp_path / name, steps=3)
