"""Descriptions: what is refused, what is proven, what survives JSON."""

import json
from dataclasses import replace

import pytest
from families import family
from hypothesis import given
from random_networks import EVERYTHING, networks

from lava_intsnn import presets
from lava_intsnn.network import PRECISIONS, Dense, Loss, Network, NetworkError, Neuron, Precision


def layer(n_in=4, n_out=3, **changes):
    fields = {"neuron": Neuron(vth=500, window=1000), "lr_shift": 4} | changes
    return Dense(n_in=n_in, n_out=n_out, **fields)


@given(networks(features=EVERYTHING))
def test_json_round_trip(network):
    assert Network.from_json(network.to_json()) == network


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", presets.PRESETS)
def test_every_preset_is_proven_in_every_precision(name, precision):
    network = presets.preset(name).network(precision)
    if name == "mnist-cuba" and network.precision.inference_bits > 8:
        with pytest.raises(NetworkError, match="layer 0: a guarded current wraps once"):
            network.check()
        return
    bounds = network.check()
    in_words = presets.preset(name).data in ("mnist", "digits") and name != "mnist-cuba"
    assert bounds.popcount == in_words
    for row in bounds.table:
        if row.policy == "proven":
            assert row.bound < 1 << (row.bits - 1) or row.bound == 1 << (row.bits - 1)


def test_width_table_of_mnist_snn_by_hand():
    """784 inputs x 128; 20 steps; err <= (20*128 >> 4) + 128; feedback 10 x 128 x 160."""
    table = {(row.layer, row.state): row for row in presets.mnist_snn().check().table}
    assert table[0, "a"].bound == 784 * 128
    assert table[0, "v"].bound == (2**23 - 1 >> 1) + 1 + 784 * 128
    assert table[0, "t_corr"].bound == 20
    assert table[0, "v_fb"].bound == 10 * 128 * 160
    assert table[0, "delta"].bound == 128 * 20 * (10 * 128 * 160 + 1)
    assert table[0, "delta"].container == "int32"
    assert table[1, "delta"].bound == 128 * 20 * 160
    assert presets.mnist_snn(precision="16-16").check().layers[0].delta_dtype == "int64"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vth": 0}, r"vth = 0: must be an integer in 1\.\."),
        ({"vth": 3.5}, r"vth = 3\.5: must be an integer"),
        ({"vth": True}, r"vth = True"),
        ({"v_bits": 40}, r"v_bits = 40: must be an integer in 4\.\.31"),
        ({"decay_shift": -1}, r"decay_shift = -1"),
        ({"guarded": True, "vth": 1 << 17}, "a guarded threshold has 17 bits"),
        ({"vth": 500, "v_bits": 8}, r"vth = 500.*v_bits = 8.*never"),
    ],
)
def test_neuron_constants_out_of_range_are_refused(change, message):
    with pytest.raises(NetworkError, match=message):
        Neuron(**({"vth": 10, "window": 10} | change))


def test_layers_that_do_not_fit_are_refused():
    with pytest.raises(NetworkError, match=r"n_out = 3 feeds one with n_in = 5"):
        Network(name="x", layers=(layer(4, 3), layer(5, 2)))
    with pytest.raises(NetworkError, match="at least one layer"):
        Network(name="x", layers=())


@pytest.mark.parametrize("text", ["16", "8-16", "16-8-x", "a-b", "99-8", "16-1"])
def test_bad_precisions_are_refused(text):
    with pytest.raises(NetworkError, match=r"precision|inference_bits|shadow_bits"):
        Precision.parse(text)


def test_precisions_round_trip_as_text():
    for text in (*PRECISIONS, "16-8-unbounded"):
        assert str(Precision.parse(text)) == text


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            Network(name="x", layers=(layer(1 << 18, 3),), precision=Precision.parse("16-16")),
            r"layer 0: synaptic sum a can reach \d+ .*int32.*lower n_in or inference_bits",
        ),
        (
            Network(
                name="x",
                layers=(layer(1 << 16, 3, neuron=Neuron(vth=9, window=9, guarded=True)),),
            ),
            "layer 0: a guarded current wraps once",
        ),
        (
            Network(
                name="x",
                layers=(layer(4, 3, trace_shift=0), layer(3, 10)),
                steps=4096,
                batch=1 << 16,
                precision=Precision.parse("16-16"),
            ),
            "layer 0: summed update delta can reach",
        ),
    ],
)
def test_what_cannot_be_proven_is_refused_with_layer_bound_and_fix(network, message):
    with pytest.raises(NetworkError, match=message):
        network.check()


def test_the_rounding_offset_is_part_of_the_proof():
    """At batch 38443 delta fits int64, but not with the 2**40 that rounding may add to it."""
    largest = 668 * 669 // 2 * (2**30 - 1)  # eligibility of a counting trace, saturated feedback
    assert 2**63 - 2**40 < 38443 * largest < 2**63 < 38444 * largest
    network = Network(
        name="x",
        layers=(layer(4, 3, trace_shift=0), layer(3, 2)),
        steps=668,
        batch=38442,
        precision=Precision.parse("16-16"),
        loss=Loss(alpha=1 << 18, err_bits=31),
    )
    assert network.check().layers[0].delta == 38442 * largest
    with pytest.raises(NetworkError, match="layer 0: summed update delta can reach"):
        replace(network, batch=38443).check()


@given(networks())
@family(50)
def test_popcount_form_is_offered_exactly_where_it_holds(network):
    expected = network.steps <= 32 and all(layer.trace_shift for layer in network.layers)
    assert network.check().popcount == expected


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda d: d.update(format=99), "'format' must be 1"),
        (lambda d: d.update(colour="red"), "unknown network field colour"),
        (lambda d: d["layers"][0].update(kind="pool"), "layer kind 'pool'"),
        (lambda d: d["layers"][0]["neuron"].update(vth=-1), "vth = -1"),
        (lambda d: d["layers"][0].pop("neuron"), "missing or unknown 'neuron'"),
        (lambda d: d.pop("steps"), None),
        (lambda d: d.update(rounding="upwards"), "rounding = 'upwards': must be one of floor"),
        (lambda d: d.update(precision=8), "precision must be an object"),
    ],
)
def test_edited_descriptions_are_refused(edit, message):
    fields = json.loads(presets.digits_snn().to_json())
    edit(fields)
    if message is None:  # a field with a default may be left out
        assert Network.from_json(json.dumps(fields)) == presets.digits_snn()
        return
    with pytest.raises(NetworkError, match=message):
        Network.from_json(json.dumps(fields))


def test_text_that_is_not_json_is_refused():
    with pytest.raises(NetworkError, match="not JSON"):
        Network.from_json("{")


def test_preset_names_are_listed_when_one_is_unknown():
    with pytest.raises(NetworkError, match="'mnist': known are mnist-snn, mnist-snn-tuned, "):
        presets.preset("mnist")


def test_presets_scale_thresholds_with_the_inference_width():
    narrow = presets.mnist_snn(precision="16-4").layers
    wide = presets.mnist_snn(precision="16-16").layers
    assert [layer.neuron.vth for layer in narrow] == [31, 31]
    assert [layer.neuron.vth for layer in wide] == [128000, 128000]
    assert [layer.lr_shift for layer in narrow] == [6, 1]
    assert [layer.lr_shift for layer in presets.mnist_snn(precision="8-8").layers] == [18, 9]


def test_network_is_immutable_and_replaceable():
    network = presets.digits_snn()
    with pytest.raises(AttributeError):
        network.steps = 3
    assert replace(network, batch=1).batch == 1
