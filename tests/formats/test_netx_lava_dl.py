"""Networks of real netx files have lava-dl's own spikes, in every layer and step."""

import h5py
import numpy as np
import pytest
from exchange_networks import NETWORKS, inputs
from foreign_netx import CUBA_FILES, SIGMA_DELTA_FILE, events, foreign, quietly_imported
from netx_in_lava import lava_spikes
from netx_models import LavaDlNetwork, as_ours

from lava_intsnn import reference
from lava_intsnn.engine import Engine
from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.formats.netx import export_netx, import_netx
from lava_intsnn.network import NeuronEncoder
from lava_intsnn.network.guarded import inference_network
from lava_intsnn.state import initial_state

#: Steps of each file; few where a step is long.
STEPS = dict.fromkeys(CUBA_FILES, 40) | {
    "netx_tiny.net": 24,
    "bootstrap_mnist_Trained_network.net": 16,
    "netx_oxford_Trained_network.net": 300,
    "netx_pilotnet_snn_network.net": 16,
}
LONG = ("netx_oxford_Trained_network.net", "netx_pilotnet_snn_network.net")


def our_records(network, state, x):
    w = [state.w(network, layer).astype(np.int64) for layer in range(len(network.layers))]
    return reference.forward(network, w, x, state.delays)


def pixels_and_currents(path, network):
    """Return a random image, and the bias that lava-dl's tutorials give its input neurons."""
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, network.n_values).astype(np.uint8)
    with h5py.File(path) as file:
        weight, bias = (
            int(np.ravel(file[f"layer/0/{name}"][()])[0]) for name in ("weight", "bias")
        )
    x = image / 255
    return image, (2 * weight * x - weight + bias).astype(np.int32)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in LONG else ()) for n in CUBA_FILES]
)
def test_every_layer_spikes_as_in_lava_dl(name):
    path, steps = foreign(name), STEPS[name]
    network, state, _ = quietly_imported(path, steps=steps)
    theirs = LavaDlNetwork(path)
    assert len(theirs.layers) == CUBA_FILES[name]
    assert theirs.has_input_neurons == isinstance(network.encoder, NeuronEncoder)
    more = len(theirs.layers) - theirs.has_input_neurons
    if theirs.has_input_neurons:
        image, current = pixels_and_currents(path, network)
        x = reference.encode(network.encoder, image, key=np.uint64(0), steps=steps)
        found = theirs.run(np.tile(current, (steps + more, 1)))
    else:
        if name.startswith("netx_oxford"):
            x = events("oxford_input.npy")[:steps]
        else:
            x = (np.random.default_rng(3).random((steps, network.n_in)) < 0.2).astype(np.int64)
        found = theirs.run(np.pad(x, ((0, more), (0, 0))))
    records = our_records(network, state, x)
    ours = [record.s for record in records]
    if theirs.has_input_neurons:
        ours = [x, *ours]
    theirs_in_time = as_ours(found, steps, first=int(not theirs.has_input_neurons))
    for layer, (a, b) in enumerate(zip(ours, theirs_in_time)):
        np.testing.assert_array_equal(a, b, err_msg=f"layer {layer}")
        if layer + 1 < len(ours):
            assert a.any()
    np.testing.assert_array_equal(records[-1].v, theirs.potentials())
    if theirs.has_input_neurons:
        with Engine(network, state, threads=1) as engine:
            counts = engine.infer_batch(image[None], np.zeros(1, np.uint64)).counts
        np.testing.assert_array_equal(counts[0], records[-1].s.sum(axis=0))


def test_sigma_delta_layers_are_refused_by_name():
    with pytest.raises(ExchangeError) as refused:
        import_netx(foreign(SIGMA_DELTA_FILE))
    (finding,) = refused.value.findings  # one reason for all layers
    assert finding.startswith("layer 0 (input), layer 1 (conv), layer 2 (conv)")
    assert "SDNN neurons: a sigma-delta neuron, which sends graded changes" in finding


def test_oxfords_stored_output_is_that_of_a_threshold_that_may_be_met():
    """There ``v >= vth`` fires, as in SLAYER, two steps late; netx and Loihi need ``v > vth``.

    ground_truth.npy is that output; output.npy is what the network was trained towards.
    """
    network, state, _ = quietly_imported(foreign("netx_oxford_Trained_network.net"), steps=1890)
    stored = events("oxford_ground_truth.npy")
    fires_at = {}
    for name, meets in (("above", np.greater), ("from", np.greater_equal)):
        s = events("oxford_input.npy")
        for index, layer in enumerate(network.layers):
            s = integrate_and_fire(layer.neuron, s @ state.w(network, index).astype(int).T, meets)
        fires_at[name] = np.count_nonzero(np.roll(s, 2, axis=0)[2:] != stored[2:])
    assert fires_at["from"] == 0
    assert 2900 < fires_at["above"] < 3100
    assert np.count_nonzero(events("oxford_output.npy") != stored) > 17000


def integrate_and_fire(neuron, a, meets):
    """The neuron's equation by hand, for a current that does not last."""
    v = np.zeros(a.shape[1], np.int64)
    spikes = np.zeros_like(a)
    for t, sums in enumerate(a):
        kept = v * (4096 - neuron.voltage_decay)
        v = np.sign(kept) * (np.abs(kept) >> 12) + (sums << 6)
        spikes[t] = meets(v, neuron.vth << 6)
        v[spikes[t] > 0] = 0
    return spikes


@pytest.mark.slow
def test_the_stepped_models_are_what_lavas_runtime_runs(tmp_path):
    net = inference_network(NETWORKS["conv-delays"])
    export_netx(net, initial_state(net, seed=1), tmp_path / "a.net")
    x = inputs(net, 1)
    pause = sum(layer.max_delay for layer in net.layers)
    theirs = lava_spikes(net, tmp_path / "a.net", x, pause)[0]
    stepped = LavaDlNetwork(tmp_path / "a.net").run(np.pad(x[0], ((0, 2 + pause), (0, 0))))
    np.testing.assert_array_equal(theirs, as_ours(stepped, net.steps, first=1)[-1])
