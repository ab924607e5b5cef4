"""Cost: counts, time and energy by hand, and estimates that are ranges."""

from dataclasses import replace

import pytest
from cost_estimates import dense, estimated, few_neurons, network
from families import family
from hypothesis import given, strategies as st
from random_networks import EVERYTHING, networks

from lava_intsnn.costs.activity import Activity, LayerActivity, full_activity
from lava_intsnn.loihi.cost import estimate, steps_per_sample
from lava_intsnn.loihi.limits import LOIHI1, LOIHI2, Limit
from lava_intsnn.loihi.mapping import partition
from lava_intsnn.network import Recurrence


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
