"""Profiles: counts of each core and step against reference, virtual chip and estimate."""

import json
from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from random_loihi import loihi_cases
from unlabelled_samples import unlabelled

import lava_intsnn as ls
from lava_intsnn import loihi, network as nw, presets
from lava_intsnn.costs.activity import measured_activity
from lava_intsnn.loihi.cost import estimate
from lava_intsnn.loihi.limits import LOIHI2, Limit
from lava_intsnn.loihi.mapping import partition
from lava_intsnn.loihi.profiling.core_meter import KINDS, CoreMeter
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference import encode, forward
from lava_intsnn.state import initial_state

NET = presets.digits_snn_loihi()
DIGITS = ls.data.digits("test").head(3)


def metered(net, state, images, keys, *, neurons, labels=None):
    """Run samples on cores of few neurons; return the meter, counts of each step, and the chip."""
    limits = replace(LOIHI2, neurons_per_core=Limit(neurons, "neurons", "test"))
    learning = labels is not None
    placement = partition(net, limits=limits, learning=learning)
    meter = CoreMeter(net, placement, learning=learning)
    counts = []
    chip = loihi.VirtualChip(
        loihi.compile(net, state, learning=learning),
        network=net,
        batch=1,
        seed=state.seed,
        updates=state.updates,
        watch=lambda *step: counts.append(meter.measure(*step)),
    )
    if learning:
        chip.train_online(images, labels, keys)
    else:
        chip.infer_batch(images, keys)
    return meter, np.array(counts), chip


@given(loihi_cases(), st.integers(1, 5), st.booleans())
@family(60)
def test_the_cores_of_a_layer_do_what_the_virtual_core_counts(case, neurons, learning):
    net, labels = case.network, case.labels if learning else None
    meter, counts, chip = metered(
        net, case.state, case.images, case.keys, neurons=neurons, labels=labels
    )
    assert len(meter.cores) == sum(-(-layer.n_out // neurons) for layer in net.layers)
    for index, group in enumerate(chip.image.program.groups):
        own = [k for k, core in enumerate(meter.cores) if core.layer == index]
        mine = dict(zip(KINDS, counts[:, own].sum(axis=(0, 1)).tolist()))
        theirs = chip.counters.groups[group.name]
        for kind in ("instructions", "spikes", "synaptic_ops", "tag_updates", "weight_updates"):
            assert mine[kind] == getattr(theirs, kind), kind


@given(loihi_cases(), st.integers(1, 5))
@family(40)
def test_inference_step_by_step_by_brute_force(case, neurons):
    net, state = case.network, case.state
    meter, counts, _ = metered(net, state, case.images, case.keys, neurons=neurons)
    counts = counts.reshape(len(case.images), -1, *counts.shape[1:])
    w = [state.w(net, k).astype(np.int64) for k in range(len(net.layers))]
    for image, key, found in zip(case.images, case.keys, counts):
        s_in = encode(net.encoder, image, key=key, steps=net.steps)
        for index, record in enumerate(forward(net, w, s_in)):
            above = sum(core.layer == index + 1 for core in meter.cores)
            for k, core in enumerate(meter.cores):
                if core.layer != index:
                    continue
                for t in range(net.steps):
                    did = dict(zip(KINDS, found[t + index, k].tolist()))
                    arrived = np.count_nonzero(s_in[t])
                    fired = int(record.s[t][core.first : core.stop].sum())
                    assert did["synaptic_ops"] == arrived * core.neurons
                    assert (did["spikes"], did["spikes_between"]) == (fired, fired * above)
                    assert did["host_in"] == (arrived if index == 0 else 0)
                    assert (did["active_updates"], did["inactive_updates"]) == (core.neurons, 0)
                idle = np.delete(found[:, k], np.arange(index, index + net.steps), axis=0)
                assert (idle[:, KINDS.index("inactive_updates")] == core.neurons).all()
            s_in = record.s


@given(loihi_cases())
@family(30)
def test_means_are_what_the_estimate_takes_from_measured_activity(case):
    net, state = case.network, case.state
    data = unlabelled(net, case.images)
    found = loihi.profile(net, state, data)
    expected = estimate(
        net,
        found.placement,
        limits=LOIHI2,
        learning=False,
        activity=measured_activity(net, state, data),
    )
    for kind, value in vars(expected.total).items():
        assert found.per_core(kind).sum() == pytest.approx(value), kind
    for kind, energy in expected.energy.items():
        assert vars(found.energy[kind]) == pytest.approx(vars(energy))
    if len(data) == 1 or len(found.cores) == 1:  # else the slowest core differs by sample
        assert vars(found.time) == pytest.approx(vars(expected.time), rel=0.05)


def test_a_convolution_reaches_the_cores_that_it_reaches():
    """Cut through the channels of a position: brute force over all synapses."""
    neuron = nw.Neuron(vth=60, window=50, v_bits=24)
    conv = nw.Conv(
        in_shape=(5, 4, 1), channels=3, kernel=3, stride=2, padding=1, neuron=neuron, lr_shift=4
    )
    top = nw.Dense(n_in=conv.n_out, n_out=4, neuron=neuron, lr_shift=4)
    net = nw.Network(
        name="conv",
        layers=(conv, top),
        steps=5,
        batch=1,
        precision=nw.Precision(shadow_bits=8, inference_bits=8),
        feedback=nw.Feedback(time_gated=False, weights="random"),
    )
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (2, 20)).astype(np.uint8)
    keys, state = eval_keys(0, 2), initial_state(net, 1)
    meter, counts, _ = metered(net, state, images, keys, neurons=4)
    counts = counts.reshape(2, -1, *counts.shape[1:])
    patches = conv.patches()  # (positions, kernel entries): the input, or -1
    for image, key, found in zip(images, keys, counts):
        s_in = encode(net.encoder, image, key=key, steps=net.steps)
        for k, core in enumerate(meter.cores):
            if core.layer:
                continue
            for t in range(net.steps):
                reached = [
                    int(s_in[t][source] != 0)
                    for neuron_ in range(core.first, core.stop)
                    for source in patches[neuron_ // conv.channels]
                    if source >= 0
                ]
                assert found[t, k, KINDS.index("synaptic_ops")] == sum(reached)


def test_learning_samples_one_after_the_other():
    state = initial_state(NET, 2)
    found = loihi.profile(NET, state, DIGITS, learning=True)
    assert found.counts.shape == (3, NET.steps + 2, 2, len(KINDS))
    assert found.of("weight_updates")[:, : NET.steps].sum() == 0  # in the last two steps alone
    assert (found.of("weight_updates")[:, NET.steps + 1, 0] > 0).all()
    assert (found.of("weight_updates")[:, NET.steps, 1] > 0).all()
    labels = found.of("host_in")[:, NET.steps, 1]
    assert (labels == NET.n_classes).all()
    assert found.energy["learning"].value > 0
    assert loihi.profile(NET, state, DIGITS).energy["learning"].high == 0
    assert state.updates == 0


def test_a_frozen_layer_has_nothing_to_learn():
    hidden, output = NET.layers
    net = replace(NET, layers=(replace(hidden, plastic=False), output))
    found = loihi.profile(net, initial_state(net, 2), DIGITS, learning=True)
    for kind in ("tag_updates", "weight_updates"):
        assert found.per_core(kind)[0] == 0
        assert found.per_core(kind)[1] > 0


def test_ranges_text_and_json():
    found = loihi.profile(NET, initial_state(NET, 2), DIGITS, target="loihi1")
    ranges = [found.time, found.slowest_step, found.static_energy, found.dynamic_energy]
    assert all(0 < each.low <= each.value <= each.high for each in ranges)
    assert found.slowest_step.value <= found.time.value
    assert found.step_times.shape == found.step_energies.shape == (3, 3, NET.steps + 1)
    assert ((found.busy > 0) & (found.busy < 1)).all()
    text = found.text()
    assert "digits-snn-loihi on loihi1, inference: 3 samples" in text
    assert f"{found.per_core('synaptic_ops').sum():,.1f}" in text
    told = json.loads(json.dumps(found.to_json()))
    assert told["time"] == pytest.approx(vars(found.time))
    assert [core["neurons"] for core in told["cores"]] == [100, 10]
    assert sum(told["per_step"]["spikes"]) == pytest.approx(found.of("spikes").sum() / 3)
    with pytest.raises(ValueError, match="kind = 'spike': must be one of .*did you mean 'spikes'"):
        found.of("spike")


def test_a_program_compiled_before_is_profiled():
    state = initial_state(NET, 2)
    image = loihi.compile(NET, state, learning=True)
    one = loihi.profile(NET, state, DIGITS, image=image, learning=True)
    two = loihi.profile(NET, state, DIGITS, learning=True)
    np.testing.assert_array_equal(one.counts, two.counts)


def test_what_cannot_run_there_is_refused():
    net = presets.digits_snn()
    with pytest.raises(loihi.LegalityError, match="choices to mend"):
        loihi.profile(net, initial_state(net), DIGITS, learning=True)
    with pytest.raises(nw.NetworkError, match="target"):
        loihi.profile(NET, initial_state(NET), DIGITS, target="loihi3")
