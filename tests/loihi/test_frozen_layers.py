"""Frozen layers on Loihi: what is legal, what they compile to, and the reference's bits."""

from dataclasses import replace

import numpy as np
import pytest
from equal_executor import assert_learns_the_reference
from families import family
from hypothesis import assume, given, strategies as st
from random_case import seeded_case
from random_changes import freezing
from random_loihi import loihi_cases

from lava_intsnn import loihi, presets
from lava_intsnn.loihi import LOIHI2, VirtualChip, nearest_legal, partition, preflight
from lava_intsnn.network import Conv, Dense, Feedback, Loss, Network, Neuron, Precision, Recurrence
from lava_intsnn.state import initial_state

LEGAL = {
    "batch": 1,
    "precision": Precision(shadow_bits=8, inference_bits=8, full_range=True),
    "loss": Loss(alpha=64, err_bits=8),
}
NO_CLIP = (1 << 30) - 1


def on_features(*features, guarded=False, **options) -> Network:
    """Return a plastic head on frozen features."""
    frozen = tuple(replace(layer, plastic=False) for layer in features)
    neuron = Neuron(vth=300, window=900, v_bits=24, guarded=guarded)
    head = Dense(n_in=frozen[-1].n_out, n_out=4, neuron=neuron, lr_shift=6, clip=NO_CLIP)
    return Network(name="head", layers=(*frozen, head), **{"steps": 8, **LEGAL, **options})


def _plain(**more):
    return {"neuron": Neuron(vth=90, window=90, v_bits=24, **more), "lr_shift": 9}


CONV = Conv(in_shape=(6, 6, 1), channels=3, kernel=3, stride=2, padding=1, **_plain())
NETWORKS = {
    "convolution": on_features(CONV),
    "two convolutions": on_features(
        CONV, Conv(in_shape=CONV.out_shape, channels=4, kernel=2, stride=1, **_plain())
    ),
    "guarded": on_features(
        replace(CONV, neuron=Neuron(vth=90, window=90, v_bits=24, guarded=True)), guarded=True
    ),
    "delays": on_features(Dense(n_in=9, n_out=7, max_delay=5, **_plain())),
    "recurrence": on_features(
        Dense(
            n_in=9,
            n_out=7,
            recurrence=Recurrence(source="spikes", shift=1, learned=True, lr_shift=3),
            **_plain(),
        )
    ),
    "what no synapse learns by": on_features(
        Dense(n_in=9, n_out=7, trace_shift=0, weight_decay_shift=4, clip=3, **_plain()),
        steps=60,
        loss=Loss(alpha=4, err_bits=8),
        feedback=Feedback(weights="transposed", time_gated=True),
    ),
}
NETWORKS["what no synapse learns by"] = replace(
    NETWORKS["what no synapse learns by"],
    layers=(
        NETWORKS["what no synapse learns by"].layers[0],
        replace(NETWORKS["what no synapse learns by"].layers[1], lr_shift=8),
    ),
    steps=24,
)


def chip_of(case, **options) -> VirtualChip:
    image = loihi.compile(case.network, case.state, **options)
    state = case.state
    return VirtualChip(image, network=case.network, seed=state.seed, updates=state.updates)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_plastic_head_learns_the_references_bits_on_the_chip(name):
    case = seeded_case(NETWORKS[name], samples=5, seed=3)
    assert preflight(case.network).findings == ()
    after = assert_learns_the_reference(case, chip_of(case))
    head, features = after.weights[-1], after.weights[:-1]
    assert (head != case.state.weights[-1]).any()
    for before, now in zip(case.state.weights, features):
        np.testing.assert_array_equal(now, before)


@given(freezing(loihi_cases()))
@family(150, quick=10)
def test_any_frozen_layers_leave_the_references_bits_on_the_chip(case):
    assume(case.network.first_plastic < len(case.network.layers))
    case = replace(case, lr_boost=0)  # learning shifts are part of the program
    assert_learns_the_reference(case, chip_of(case))


@pytest.mark.parametrize("name", ["convolution", "delays"])
def test_the_program_has_nothing_to_learn_frozen_layers_with(name):
    network = NETWORKS[name]
    program = loihi.compile(network, initial_state(network)).program
    rules = {block.group: block.learning for block in program.blocks}
    frozen, head = program.groups
    assert rules[frozen.name] is None
    assert rules[head.name] is not None
    assert "feedback" not in {port.name for port in frozen.ports}
    assert not any(ins.op.name == "TRACE" for phase in frozen.phases for ins in phase.code)
    assert [axon.name for axon in head.axons] == ["spike"]  # nobody needs its error
    # without hidden layers that learn, no step is spent on their error
    assert program.period == network.steps + 1 + network.layers[0].max_delay


def test_a_frozen_layer_has_no_tags_no_traces_and_no_feedback_synapses():
    dense = on_features(Dense(n_in=40, n_out=30, **_plain()))
    head_only = partition(dense, limits=LOIHI2, learning=True)
    inference = partition(dense, limits=LOIHI2, learning=False)
    frozen, learned = (layer.cores[0] for layer in head_only.layers)
    assert frozen.regions == inference.layers[0].cores[0].regions
    assert frozen.feedback_synapses == 0
    assert learned.axons_out.feedback == 0
    assert {"tags", "traces"} <= {region.name for region in learned.regions}


def test_frozen_filters_stay_shared_where_the_head_learns():
    placed = partition(NETWORKS["convolution"], limits=LOIHI2, learning=True)
    assert placed.layers[0].format == "shared kernel"


def test_a_network_of_frozen_layers_cannot_learn():
    network = NETWORKS["convolution"]
    frozen = tuple(replace(layer, plastic=False) for layer in network.layers)
    network = replace(network, layers=frozen)
    (finding,) = preflight(network).findings
    assert str(finding).startswith("network: learning every layer is frozen")
    assert preflight(network, learning=False).fits


def test_the_nearest_legal_choice_for_a_convolution_is_to_freeze_it():
    near = nearest_legal(presets.mnist_csnn(), target="loihi2", learning=True)
    assert [layer.plastic for layer in near.layers] == [False, True]
    assert preflight(near).fits
    assert near.feedback.weights == "transposed"  # nobody hears it


@given(st.sampled_from(("lr_shift", "clip", "trace_shift", "weight_decay_shift")))
def test_learning_limits_are_asked_of_plastic_layers_alone(field):
    network = NETWORKS["what no synapse learns by"]
    values = {"lr_shift": 20, "clip": 3, "trace_shift": 0, "weight_decay_shift": 2}
    first = replace(network.layers[0], **{field: values[field]})
    assert preflight(replace(network, layers=(first, network.layers[1]))).fits


def test_the_readout_of_mnist_csnn_compiles_with_a_warning():
    network = presets.mnist_csnn()
    report = preflight(network, learning=False)
    assert report.fits
    (warning,) = report.warnings
    assert (warning.layer, warning.what, warning.found) == (1, "axons in", "4,608")
    state = initial_state(network)
    image = loihi.compile(network, state, learning=False)
    assert [group.n for group in image.program.groups] == [4608, 10]
    with pytest.raises(
        loihi.LegalityError, match="axons in 4,608; compiler takes at most 4,607, as given"
    ):
        loihi.compile(network, state, learning=False, axons=4607)
