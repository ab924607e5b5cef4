"""Cost: counts by hand and against a brute-force count, ranges, and the documented figures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from random_loihi import loihi_cases
from random_networks import EVERYTHING, networks

from lava_intsnn import loihi
from lava_intsnn.costs.activity import Activity, LayerActivity, full_activity, measured_activity
from lava_intsnn.data import Dataset
from lava_intsnn.loihi.cost import FIGURES, SOURCES, Figure, estimate, steps_per_sample
from lava_intsnn.loihi.cost.cost import si
from lava_intsnn.loihi.limits import LOIHI1, LOIHI2, Limit
from lava_intsnn.loihi.mapping import partition
from lava_intsnn.network import Conv, Dense, Feedback, Network, Neuron, Precision, Recurrence
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference import encode, forward
from lava_intsnn.state import initial_state

DOCS = Path(__file__).parents[2] / "docs" / "loihi-cost.md"
NEURON = Neuron(vth=60, window=50)


def dense(n_in, n_out, **options):
    return Dense(n_in=n_in, n_out=n_out, neuron=NEURON, lr_shift=4, **options)


def network(*layers, **options):
    options.setdefault("precision", Precision(shadow_bits=8, inference_bits=8))
    options.setdefault("feedback", Feedback(time_gated=False, weights="random"))
    options.setdefault("steps", 5)
    return Network(name="small", layers=layers, **options)


def few_neurons(table, n):
    return replace(table, neurons_per_core=Limit(n, "neurons", "test"))


def estimated(net, limits, *, learning, activity=None):
    placed = partition(net, limits=limits, learning=learning)
    return estimate(
        net, placed, limits=limits, learning=learning, activity=activity or full_activity(net)
    )


def dataset(net, images):
    return Dataset(
        name="random",
        images=images,
        labels=np.zeros(len(images), np.int32),
        n_classes=net.n_classes,
        image_shape=(1, net.n_values),
        split="test",
    )


def nonzero(counts):
    return {name: value for name, value in vars(counts).items() if value}


def test_counts_of_a_learned_sample_by_hand():
    # 4-3-2, T = 5, hidden neurons on two cores, half of the inputs and all else active
    net = network(dense(4, 3), dense(3, 2))
    activity = Activity(
        layers=(LayerActivity(inputs=0.5, traces=0.5), LayerActivity()), source="made up"
    )
    cost = estimated(net, few_neurons(LOIHI2, 2), learning=True, activity=activity)
    assert cost.cores == 3
    assert cost.steps == 5 + 1 + 1
    hidden, output = cost.layers
    assert nonzero(hidden.step) == {
        "active_updates": 3,
        "synaptic_ops": 0.5 * 4 * 3,
        "spikes_between": 3,
        "tag_updates": 6,
        "host_in": 0.5 * 4 * 2,
    }
    assert nonzero(hidden.sample) == {
        "active_updates": 15,
        "inactive_updates": 6,
        "synaptic_ops": 5 * 6 + 2 * 3,  # and the error of 2 classes
        "spikes_between": 15,
        "tag_updates": 30,
        "weight_updates": 12,
        "host_in": 20,
    }
    assert nonzero(output.sample) == {
        "active_updates": 10,
        "inactive_updates": 4,
        "synaptic_ops": 5 * 3 * 2,
        "spikes_between": 2 * 2,  # each class's error to both hidden cores
        "tag_updates": 30,
        "weight_updates": 6,
        "host_in": 2,  # labels
        "host_out": 4,  # count and potential
    }
    assert cost.total == hidden.sample + output.sample


def test_recurrent_spikes_stay_within_a_core_or_go_to_the_others():
    net = network(dense(4, 6, recurrence=Recurrence(source="spikes")), steps=3)
    cost = estimated(net, few_neurons(LOIHI2, 2), learning=False)
    assert nonzero(cost.layers[0].step) == {
        "active_updates": 6,
        "synaptic_ops": 4 * 6 + 6 * 6,
        "spikes_within": 6,
        "spikes_between": 12,
        "host_in": 12,
    }


def test_time_and_energy_of_one_core_by_hand():
    net = network(dense(10, 4), steps=3)
    cost = estimated(net, LOIHI1, learning=False)
    ns = 4 * 8.4 + 40 * 3.5 + 465
    read = 2 * 4 * 2.1
    assert cost.slowest_step.value == pytest.approx((ns + read) * 1e-9)
    assert cost.time.value == pytest.approx((3 * ns + read) * 1e-9)
    pj = {"neuron updates": 12 * 81, "synaptic operations": 120 * 23.6}
    assert {kind: cost.energy[kind].value for kind in pj} == pytest.approx(
        {kind: value * 1e-12 for kind, value in pj.items()}
    )
    assert cost.static_energy.value == pytest.approx(cost.time.value * 0.104)
    assert cost.energy["learning"].high == 0


def test_a_step_takes_as_long_as_its_slowest_core():
    # two layers, one core each: in the first and the last step only one of them is busy
    net = network(dense(100, 8), dense(8, 2), steps=2)
    cost = estimated(net, LOIHI1, learning=False)
    busy = 8 * 8.4 + 800 * 3.5 + 8 * 2.1
    idle = 8 * 5.3
    last = 2 * 8.4 + 16 * 3.5 + 2 * 2 * 2.1
    assert cost.steps == 3
    assert cost.time.value == pytest.approx((2 * busy + max(idle, last) + 3 * 465) * 1e-9)


def test_the_output_learns_a_step_before_the_hidden_layer():
    net = network(dense(6, 3), dense(3, 2), steps=2)
    cost = estimated(net, LOIHI1, learning=True)
    hidden = 3 * 8.4 + 18 * 3.5 + 3 * 2.1 + 18 * 6.1  # with a tag update of every synapse
    output = 2 * 8.4 + 6 * 3.5 + 4 * 2.1 + 6 * 6.1 + 6 * 6.1 + 2 * 2.1  # weights, and the error
    learns = 3 * 5.3 + 6 * 3.5 + 18 * 6.1  # the error reaches 3 neurons, 18 weights
    assert cost.steps == 4
    steps = [hidden, hidden, output, learns]
    assert cost.time.value == pytest.approx(sum(each + 465 for each in steps) * 1e-9)


def test_the_bound_by_hand():
    # 4 neurons, 40 synapses, reading 8 messages: the barrier takes longer than each of them
    small = estimated(network(dense(10, 4), steps=3), LOIHI1, learning=False)
    assert small.time_bound.value == pytest.approx(3 * 465e-9)
    # 800 synapses take longer than the barrier, in the two steps in which they have input
    net = network(dense(100, 8), dense(8, 2), steps=2)
    cost = estimated(net, LOIHI1, learning=False)
    assert cost.time_bound.value == pytest.approx((2 * 800 * 3.5 + 465) * 1e-9)
    assert cost.time_bound.high == pytest.approx((2 * 800 * 4.7 + 1800) * 1e-9)
    # learning: tags of 800 synapses, then their weights, each longer than anything else
    cost = estimated(net, LOIHI1, learning=True)
    assert cost.steps == 4
    output = max(16 * 3.5, 16 * 6.1 + 16 * 6.1, 465)
    assert cost.time_bound.value == pytest.approx((3 * 800 * 6.1 + output) * 1e-9)


def published():
    """Return our estimates of a network like that of Renner et al. 2024: inference, learning.

    400-400-10, in which each neuron spikes at most once. A quarter of the pixels in the middle of
    MNIST's images are above half; of hidden neurons, of which nothing is published, 30 % spike.
    """
    net = network(dense(400, 400), dense(400, 10), steps=1)
    hidden = LayerActivity(inputs=0.25, traces=0.25, spikes=0.3)
    activity = Activity(
        layers=(hidden, LayerActivity(inputs=0.3, traces=0.3)), source="stated in the text"
    )
    return [estimated(net, LOIHI1, learning=each, activity=activity) for each in (False, True)]


def test_the_documentation_compares_with_what_was_measured():
    text = DOCS.read_text(encoding="utf-8")
    for cost, name, took, energy in zip(
        published(), ("inference", "learning step"), ("170 us", "1.5 ms"), ("2.5 uJ", "590 uJ")
    ):
        cells = [f"{name}, 400-400-10, Loihi 1", took]
        for each in (cost.time, cost.time_bound):
            cells.append(f"{si(each.value, 's')} ({si(each.low, 's')} to {si(each.high, 's')})")
        cells.append(energy)
        for each in (cost.dynamic_energy, cost.static_energy):
            cells.append(f"{si(each.value, 'J')} ({si(each.low, 'J')} to {si(each.high, 'J')})")
        row = f"| {' | '.join(cells)} |"
        assert row in text, row


def test_static_power_is_that_of_all_chips():
    net = network(dense(4, 5))
    limits = replace(few_neurons(LOIHI1, 1), cores_per_chip=Limit(2, "cores", "test"))
    cost = estimated(net, limits, learning=False)
    assert cost.chips == 3
    assert cost.static_energy.value == pytest.approx(3 * 0.104 * cost.time.value)
    assert "between the 3 chips" in cost.text()


def test_period():
    assert steps_per_sample(network(dense(4, 2), steps=20), learning=True) == 20
    two = network(dense(4, 3, max_delay=7), dense(3, 2, max_delay=2), steps=20)
    assert steps_per_sample(two, learning=False) == 20 + 1 + 7
    assert steps_per_sample(two, learning=True) == 20 + 1 + 1 + 7


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
    data, state = dataset(net, images), initial_state(net, seed)
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
    data = dataset(net, case.images)
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


@family(60)
@given(
    networks(max_steps=8, max_size=12, features=EVERYTHING),
    st.booleans(),
    st.sampled_from([LOIHI1, LOIHI2]),
    st.integers(1, 9),
)
def test_every_estimate_is_a_range(net, learning, table, neurons):
    limits = few_neurons(table, neurons)
    cost = estimated(net, limits, learning=learning)
    ranges = [cost.time, cost.time_bound, cost.slowest_step, cost.static_energy]
    ranges += cost.energy.values()
    assert all(0 <= each.low <= each.value <= each.high for each in ranges)
    assert 0 < cost.time.low < cost.time.high
    for end in ("low", "value", "high"):
        assert 0 < getattr(cost.time_bound, end) <= getattr(cost.time, end) * (1 + 1e-9)
    # operations of one core in one step never take longer than the sample
    assert cost.slowest_step.value <= cost.time.value <= cost.slowest_step.value * cost.steps * 1.01
    assert (cost.total.weight_updates > 0) == learning
    text = cost.text()
    assert f"{cost.total.synaptic_ops:,.0f}" in text
    assert ("tag updates" in text) == learning


def test_figures_say_where_they_come_from():
    for figures in FIGURES.values():
        for name, figure in figures.rows():
            assert figure.source in SOURCES, name
            assert figure.note, name
            assert figure.low <= figure.value <= figure.high, name
            assert (figure.basis == "assumed") == (figure.source == "assumed"), name
    assert all("energy" in n for n, f in FIGURES["loihi2"].rows() if f.unit == "J")


def test_the_table_of_davies_2018():
    figures = FIGURES["loihi1"]
    assert {
        name: round(getattr(figures, name).value * 1e12, 3)
        for name in (
            "synaptic_op_energy",
            "active_update_energy",
            "inactive_update_energy",
            "spike_within_energy",
            "learning_update_energy",
        )
    } == {
        "synaptic_op_energy": 23.6,
        "active_update_energy": 81,
        "inactive_update_energy": 52,
        "spike_within_energy": 1.7,
        "learning_update_energy": 120,
    }
    # all pairs of the 8 x 4 tiles: mean distance along each axis
    tiles = [(x, y) for x in range(8) for y in range(4)]
    hops = np.mean([3.0 * abs(a - c) + 4.0 * abs(b - d) for a, b in tiles for c, d in tiles])
    assert figures.spike_between_energy.value * 1e12 == pytest.approx(1.7 + hops)


def test_a_figure_out_of_its_range_is_refused():
    with pytest.raises(ValueError, match="must not decrease"):
        Figure(value=1, low=2, high=3, unit="J", basis="assumed", source="assumed", note="x")


def figure_rows(figures):
    """Return a Markdown table row for each figure."""
    rows = []
    for name, each in figures:
        ends = (si(end, each.unit, digits=3) for end in (each.low, each.value, each.high))
        cells = (name.replace("_", " "), *ends, each.basis, each.source, each.note)
        rows.append(f"| {' | '.join(cells)} |")
    return rows


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_the_documentation_has_every_figure(name):
    text = DOCS.read_text(encoding="utf-8")
    for row in figure_rows(FIGURES[name].rows()):
        assert row in text, row
    for short, source in SOURCES.items():
        assert f"**{short}**: {source}" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 J"),
        (1.44e-6, "1.4 uJ"),
        (23.6e-12, "24 pJ"),
        (3e-14, "0.03 pJ"),
        (1.8e-10, "180 pJ"),
        (9.97e-10, "1 nJ"),
        (999.4, "1000 J"),
        (2.0, "2 J"),
    ],
)
def test_units(value, text):
    assert si(value, "J") == text


def test_wrong_arguments_are_refused():
    net = network(dense(4, 3), dense(3, 2))
    placed = partition(net, limits=LOIHI2, learning=False)
    options = {"limits": LOIHI2, "learning": False, "activity": full_activity(net)}
    estimate(net, placed, **options)
    with pytest.raises(ValueError, match="learning = True; call partition"):
        estimate(net, placed, **(options | {"learning": True}))
    with pytest.raises(ValueError, match="must be of 'small' on loihi1"):
        estimate(net, placed, **(options | {"limits": LOIHI1}))
    short = Activity(layers=(LayerActivity(),), source="made up")
    with pytest.raises(ValueError, match="activity has 1 layers, must have 2"):
        estimate(net, placed, **(options | {"activity": short}))
    huge = network(dense(5000, 2))
    with pytest.raises(ValueError, match="does not fit: layer 0"):
        estimated(huge, LOIHI2, learning=False)
