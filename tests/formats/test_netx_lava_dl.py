"""Networks of real netx files have lava-dl's own spikes, in every layer and step."""

import h5py
import numpy as np
import pytest
from exchange_networks import NETWORKS, inputs
from foreign_netx import CUBA_FILES, SIGMA_DELTA_FILE, events, foreign, quietly_imported
from netx_in_lava import lava_spikes
from netx_models import LavaDlNetwork, as_ours

from lava_intsnn import reference
from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.formats.netx import export_netx, import_netx
from lava_intsnn.network import NeuronEncoder
from lava_intsnn.network.guarded import inference_network
from lava_intsnn.state import initial_state

#: Steps of each file; few where a step is long.
STEPS = {name: 40 for name in CUBA_FILES} | {
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
        weight, bias = (int(np.ravel(file[f"layer/0/{name}"][()])[0]) for name in ("weight", "bias"))
    x = image / 255
    return image, (2 * weight * x - weight + bias).astype(np.int32)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in LONG else ()) for n in CUBA_FILES]
)
def test_every_layer_spikes_as_in_lava_dl(name):
    path, steps = foreign(name), STEPS[name]
    network, state, _ = quietly_imported(path, steps=steps)
    # with biases, neurons must be at rest when the first input reaches them, not at the first step
    from_input = isinstance(network.encoder, NeuronEncoder)
    theirs = LavaDlNetwork(path, reset_interval=1 << 14, reset_offset=int(not from_input))
    assert len(theirs.layers) == CUBA_FILES[name]
    assert theirs.has_input_neurons == from_input
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
