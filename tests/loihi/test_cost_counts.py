"""Cost: operations counted in other ways, by brute force and by the virtual chip."""

import numpy as np
import pytest
from cost_estimates import NEURON, dense, estimated, few_neurons, network
from families import family
from hypothesis import given, strategies as st
from random_loihi import loihi_cases
from random_networks import networks
from unlabelled_samples import unlabelled

from lava_intsnn import loihi
from lava_intsnn.costs.activity import measured_activity
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.network import Conv
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference import encode, forward
from lava_intsnn.state import initial_state


@family(40)
@given(
    networks(max_steps=8, max_size=12, features=frozenset({"recurrence", "delays", "frames"})),
    st.integers(0, 99),
    st.integers(1, 5),
)
def test_counts_are_those_of_a_brute_force_count(net, seed, neurons):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (3, net.n_values)).astype(np.uint8)
    images[rng.random(images.shape) < 0.4] = 0
    data, state = unlabelled(net, images), initial_state(net, seed)
    limits = few_neurons(LOIHI2, neurons)
    cost = estimated(net, limits, learning=False, activity=measured_activity(net, state, data))
    w = [state.w(net, k).astype(np.int64) for k in range(len(net.layers))]
    ops = np.zeros(len(net.layers))
    messages, host_in = np.zeros(len(net.layers)), 0
    cores = [-(-layer.n_out // neurons) for layer in net.layers]
    for image, key in zip(images, eval_keys(state.seed, 3)):
        s_in = encode(net.encoder, image, key=key, steps=net.steps)
        host_in += np.count_nonzero(s_in) * cores[0]
        for k, (layer, record) in enumerate(zip(net.layers, forward(net, w, s_in))):
            for t in range(net.steps):
                ops[k] += sum(layer.n_out for value in s_in[t] if value)
                spikes = int(record.s[t].sum())
                if layer.recurrence and layer.recurrence.source == "spikes":
                    ops[k] += spikes * layer.n_out
                    messages[k] += spikes * cores[k]
                if k + 1 < len(net.layers):
                    messages[k] += spikes * cores[k + 1]
            s_in = record.s
    for k, layer in enumerate(net.layers):
        if layer.recurrence and layer.recurrence.source == "voltage":
            continue  # Loihi has no such synapses
        found = cost.layers[k].sample
        assert found.synaptic_ops == pytest.approx(ops[k] / 3)
        assert found.spikes_within + found.spikes_between == pytest.approx(messages[k] / 3)
        assert found.active_updates == layer.n_out * net.steps
    assert cost.total.host_in == pytest.approx(host_in / 3)
    assert cost.total.host_out == 2 * net.n_classes


@family(25)
@given(loihi_cases())
def test_counts_are_those_of_the_virtual_chip(case):
    net, state, n = case.network, case.state, len(case.images)
    data = unlabelled(net, case.images)
    activity = measured_activity(net, state, data)
    cost = estimated(net, LOIHI2, learning=False, activity=activity)
    keys = eval_keys(state.seed, n)
    chip = loihi.VirtualChip(loihi.compile(net, state, learning=False), network=net)
    chip.infer_batch(case.images, keys)
    counted = chip.counters
    assert counted.steps == cost.steps * n
    assert counted.total.synaptic_ops == pytest.approx(cost.total.synaptic_ops * n)
    # learning, the engine skips synapses whose gate or error is 0; the estimate visits them
    learner = loihi.VirtualChip(
        loihi.compile(net, state, learning=True),
        network=net,
        seed=state.seed,
        updates=state.updates,
    )
    learner.train_batch(case.images[:1], case.labels[:1], keys[:1])
    did = learner.counters.total
    activity = measured_activity(net, state, data.head(1))
    most = estimated(net, LOIHI2, learning=True, activity=activity).total
    assert did.synaptic_ops <= most.synaptic_ops + 1e-6
    assert did.tag_updates <= most.tag_updates + 1e-6
    assert did.weight_updates <= most.weight_updates


def test_a_convolution_counts_the_synapses_that_exist():
    conv = Conv(
        in_shape=(5, 4, 2), channels=3, kernel=3, stride=2, padding=1, neuron=NEURON, lr_shift=4
    )
    net = network(conv, dense(conv.n_out, 2), steps=4)
    pairs = sum(
        0 <= y * 2 + ky - 1 < 5 and 0 <= x * 2 + kx - 1 < 4
        for y in range(3)
        for x in range(2)
        for ky in range(3)
        for kx in range(3)
    )
    cost = estimated(net, LOIHI2, learning=False)
    assert cost.layers[0].sample.synaptic_ops == 4 * pairs * 2 * 3
