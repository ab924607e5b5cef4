"""The description of frozen layers: JSON, weight blocks, and the widths they do without."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from random_changes import freezing
from random_networks import EVERYTHING, cases

from lava_intsnn.network import Dense, Loss, Network, NetworkError, Neuron, Precision, Recurrence

NEURON = Neuron(vth=100, window=200)


def _two_layers(**hidden) -> Network:
    return Network(
        name="two",
        layers=(
            Dense(n_in=9, n_out=6, neuron=NEURON, lr_shift=3, **hidden),
            Dense(n_in=6, n_out=3, neuron=NEURON, lr_shift=3),
        ),
    )


def test_layers_are_plastic_unless_told_otherwise():
    network = _two_layers()
    assert [layer.plastic for layer in network.layers] == [True, True]
    assert network.first_plastic == 0


def test_a_description_without_the_field_is_plastic():
    text = json.loads(_two_layers(plastic=False).to_json())
    del text["layers"][0]["plastic"]
    assert Network.from_json(json.dumps(text)) == _two_layers()


@given(freezing(cases(features=EVERYTHING)))
def test_json_reads_back_equal(case):
    assert Network.from_json(case.network.to_json()) == case.network


@pytest.mark.parametrize("value", [0, 1, "no", None])
def test_plastic_is_a_truth_value(value):
    with pytest.raises(NetworkError, match="plastic = .*True or False"):
        _two_layers(plastic=value)


def test_no_block_of_a_frozen_layer_learns():
    recurrent = _two_layers(
        plastic=False, recurrence=Recurrence(learned=True, lr_shift=4), trace_shift=0
    )
    assert [block.lr_shift for block in recurrent.layers[0].blocks] == [None, None]
    assert not recurrent.layers[0].learns_recurrence


def test_a_frozen_layer_keeps_its_inference_weights_and_neurons_alone():
    table = _two_layers(plastic=False).check().table
    assert [row.state for row in table if row.layer == 0] == ["w", "a", "v"]
    plastic = _two_layers().check().table
    assert [row for row in table if row.layer == 1] == [row for row in plastic if row.layer == 1]


def test_a_frozen_layer_passes_feedback_to_plastic_ones_below():
    network = _two_layers()
    network = replace(
        network,
        layers=(network.layers[0], replace(network.layers[1], plastic=False)),
    )
    assert network.first_plastic == 0
    rows = {(row.layer, row.state) for row in network.check().table}
    assert {(0, "v_fb"), (0, "delta"), (1, "err")} <= rows
    assert not {(1, "delta"), (1, "t_corr"), (1, "w_shadow")} & rows


def test_learning_bounds_of_frozen_layers_are_not_asked_for():
    network = replace(
        _two_layers(trace_shift=0),
        steps=4000,
        batch=1 << 16,
        precision=Precision.parse("16-16"),
        loss=Loss(alpha=30000),
    )
    with pytest.raises(NetworkError, match="layer 0: summed update delta"):
        network.check()
    frozen = replace(network, layers=tuple(replace(one, plastic=False) for one in network.layers))
    assert frozen.first_plastic == 2
    assert frozen.check().layers[0].delta == 0


def test_a_frozen_trace_does_not_keep_a_network_out_of_the_popcount_form():
    assert not _two_layers(trace_shift=0).check().popcount
    assert _two_layers(trace_shift=0, plastic=False).check().popcount
