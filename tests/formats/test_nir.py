"""NIR files: others get our spikes from the floats, and we get our integers back."""

import re
import warnings
from dataclasses import replace

import numpy as np
import pytest
from exchange_networks import NETWORKS, SPIKES, conv, dense, inputs, lif, network, our_spikes
from families import family
from hypothesis import given
from nir_simulator import simulated
from random_networks import EVERYTHING, cases

from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.formats.nir import export_nir, import_nir
from lava_intsnn.formats.nir.graph import misread_shapes
from lava_intsnn.network import Conv, Dense, Precision, Recurrence
from lava_intsnn.state import initial_state

nir = pytest.importorskip("nir", reason="nir is not installed (extra: nir)")

#: Where the graph's floats are not our integers: their spikes may differ by this share.
APPROXIMATE = {
    "guarded": (
        network(dense(40, 30, lif(guarded=True)), dense(30, 6, lif(100, 3, guarded=True))),
        0.002,
    ),
    "shifted-recurrence": (
        network(dense(24, 20, recurrence=replace(SPIKES, shift=2)), dense(20, 5, lif(100))),
        0.01,
    ),
}


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


def fits(net):
    plain = all(
        not (isinstance(layer, Dense) and layer.recurrence and layer.recurrence.source == "voltage")
        for layer in net.layers
    )
    return (
        plain
        and net.readout is None
        and not any(
            isinstance(a, Dense) and isinstance(b, Conv) for a, b in zip(net.layers, net.layers[1:])
        )
    )


@given(cases(max_size=8, max_steps=12, features=EVERYTHING))
@family(80)
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


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"groups": 2, "kernel": 3}, "layer 0: groups = 2: nir expects the input of one group"),
        ({"kernel": (3, 1)}, "layer 0: a kernel of 3 x 1: nir takes the output of a square kernel"),
        ({"kernel": (1, 2)}, "layer 0: a kernel of 1 x 2"),
    ],
)
def test_shapes_that_nir_itself_misreads_are_refused_by_name(tmp_path, fields, why):
    first = conv((7, 6, 2), 4, padding=0, **fields)
    net = network(first, dense(first.n_out, 5))
    state, path = initial_state(net, seed=1), tmp_path / "a.nir"
    if misread_shapes(first):
        with pytest.raises(ExchangeError, match=re.escape(why)):
            export_nir(net, state, path)
    else:  # a version of nir that knows them
        export_nir(net, state, path)
        assert import_nir(path)[0] == net
