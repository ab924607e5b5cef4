"""netx files: lava-dl runs them with our spikes, and they come back equal."""

import re
from dataclasses import replace

import numpy as np
import pytest
from exchange_networks import (
    NETWORKS as EXCHANGED,
    SPIKES,
    conv,
    dense,
    inputs,
    lif,
    network,
    our_spikes,
)
from families import family
from hypothesis import given, strategies as st
from netx_in_lava import LAVA_DL, lava_spikes

from lava_intsnn import data, presets, reference
from lava_intsnn.arithmetic import shift_floor
from lava_intsnn.engine import Engine
from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.formats.imported_learning import with_learning
from lava_intsnn.formats.netx import export_netx, import_netx
from lava_intsnn.network import Dense, Precision, Recurrence
from lava_intsnn.network.guarded import inference_network
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.state import State, initial_state
from lava_intsnn.training.epochs import train

NETWORKS = {
    name: inference_network(net)
    for name, net in {
        **EXCHANGED,
        "four-bits": network(
            dense(40, 30, lif(20)), dense(30, 6, lif(9)), precision=Precision.parse("16-4")
        ),
        "nine-even-bits": network(
            dense(40, 30, lif(600)), dense(30, 6, lif(300)), precision=Precision.parse("16-9")
        ),
    }.items()
}


def learned(net, seed=1):
    state = initial_state(net, seed=seed)
    if net.precision.inference_bits == 9:  # Loihi has nine bits if the last one is 0
        shift = net.precision.w_shift + 1
        halved = (np.maximum(shift_floor(w, shift), -127) for w in state.weights)
        state = replace(state, weights=tuple(np.int32(w * (1 << shift)) for w in halved))
    return state


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=() if n == "recurrent" else pytest.mark.slow) for n in NETWORKS],
)
def test_lava_dl_has_our_spikes(name, tmp_path):
    net = NETWORKS[name]
    state = learned(net)
    export_netx(net, state, tmp_path / "a.net")
    # recurrent spikes cross from one sample to the next, so one sample a run
    x = inputs(net, 1 if name == "recurrent" else 3)
    pause = sum(getattr(layer, "max_delay", 0) for layer in net.layers)
    theirs = lava_spikes(net, tmp_path / "a.net", x, pause)
    ours = our_spikes(net, state, x)
    assert 0.01 < ours.mean() < 0.9
    np.testing.assert_array_equal(theirs, ours)


def assert_comes_back(net, state, path):
    export_netx(net, state, path)
    back, back_state = import_netx(path, steps=net.steps, encoder=net.encoder, name=net.name)
    assert len(back.layers) == len(net.layers)
    expected = with_learning(replace(net, precision=back.precision))
    for index, (a, b) in enumerate(zip(expected.layers, back.layers)):
        recurrence = a.recurrence and replace(SPIKES, b16_shift=8)
        fields = {"recurrence": recurrence} if isinstance(a, Dense) else {}
        assert b == replace(a, neuron=replace(a.neuron, window=2 * a.neuron.vth), **fields)
        np.testing.assert_array_equal(back_state.w(back, index), state.w(net, index))
    assert (back.steps, back.encoder, back.tie_break) == (net.steps, net.encoder, False)
    back_state.validate(back)
    return back, back_state


@pytest.mark.parametrize("name", NETWORKS)
def test_reading_back_gives_an_equal_network(name, tmp_path):
    net = NETWORKS[name]
    state = learned(net)
    back, back_state = assert_comes_back(net, state, tmp_path / "a.net")
    x = inputs(net)
    np.testing.assert_array_equal(our_spikes(back, back_state, x), our_spikes(net, state, x))


@st.composite
def fitting(draw):
    """A random network netx can hold."""

    def neuron():
        return lif(draw(st.integers(1, (1 << 17) - 1)), draw(st.integers(0, 12)))

    layers = []
    n_in = draw(st.integers(1, 9))
    if draw(st.booleans()):
        shape = (draw(st.integers(3, 6)), draw(st.integers(3, 6)), draw(st.integers(1, 3)))
        for _ in range(draw(st.integers(1, 2))):
            kernel = draw(st.integers(1, min(shape[:2])))
            layer = conv(
                shape,
                draw(st.integers(1, 3)),
                kernel=kernel,
                stride=draw(st.integers(1, 3)),
                padding=draw(st.integers(0, kernel - 1)),
                neuron=neuron(),
            )
            layers.append(layer)
            shape = layer.out_shape
        n_in = layers[-1].n_out
    for _ in range(draw(st.integers(0 if layers else 1, 2))):
        n_out = draw(st.integers(1, 9))
        kind = draw(st.sampled_from(("plain", "recurrent", "delays")))
        fields = {
            "plain": {},
            "recurrent": {"recurrence": SPIKES},
            "delays": {
                "max_delay": draw(st.integers(1, 62)),
                "delay_seed": draw(st.integers(0, 9)),
            },
        }[kind]
        layers.append(dense(n_in, n_out, neuron(), **fields))
        n_in = n_out
    net = inference_network(network(*layers, steps=draw(st.integers(1, 99))))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    top = draw(st.integers(256, (1 << 15) - 1))
    weights = [rng.integers(-top, top + 1, layer.weight_shape, dtype=np.int32) for layer in layers]
    for w in weights:
        w[0, [0, -1]] = top  # without positive weights some do not fit lava-dl
    return net, State(weights=tuple(weights))


@given(fitting())
@family(60)
def test_random_networks_come_back(tmp_path_factory, case):
    assert_comes_back(*case, tmp_path_factory.mktemp("netx") / "a.net")


@given(
    seed=st.integers(0, 2**32 - 1),
    recurrent=st.booleans(),
    ends=st.lists(st.integers(-128, 127) | st.sampled_from((-1, 0, -64)), min_size=4, max_size=4),
)
@family(300)
def test_lava_dl_keeps_every_weight_we_write(tmp_path_factory, seed, recurrent, ends):
    """What lava-dl scales and Lava truncates is the weights, or they were refused."""
    utils = pytest.importorskip("lava.lib.dl.netx.utils", reason=LAVA_DL)
    from lava.utils.weightutils import clip_weights, determine_sign_mode, truncate_weights

    rng = np.random.default_rng(seed)
    parts = [rng.integers(min(a, b), max(a, b) + 1, (4, 4)) for a, b in (ends[:2], ends[2:])]
    w = np.hstack(parts if recurrent else parts[:1])
    net = inference_network(network(dense(4, 4, recurrence=SPIKES if recurrent else None)))
    state = State(weights=(net.precision.shadow(w),))
    path = tmp_path_factory.mktemp("netx") / "a.net"
    try:
        export_netx(net, state, path)
    except ExchangeError:
        assert any(not part.any() or part.max() <= 0 for part in parts)
        return
    scaled, bits, exponent, _ = utils.optimize_weight_bits(w)
    for part, expected in zip(np.hsplit(scaled, len(w.T) // 4), parts):
        sign = determine_sign_mode(part)
        held = truncate_weights(clip_weights(part, sign, num_bits=8), sign, bits)
        np.testing.assert_array_equal(held * 2.0**exponent, expected)


def unguarded(net):
    return replace(
        net,
        layers=tuple(
            replace(layer, neuron=replace(layer.neuron, guarded=False)) for layer in net.layers
        ),
    )


VOLTAGE = Recurrence(source="voltage", shift=3)


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        (
            unguarded(NETWORKS["dense"]),
            ["layer 0: .*inference_network", "layer 1: .*inference_network"],
        ),
        (replace(NETWORKS["dense"], tie_break=True), ["inference_network"]),
        (replace(NETWORKS["dense"], precision=Precision.parse("fp32")), ["fp32"]),
        (
            inference_network(network(dense(9, 9, recurrence=VOLTAGE, max_delay=1))),
            ["layer 0: .*source='spikes'", "layer 0: .*shift=0", "layer 0: .*max_delay = 1"],
        ),
        (
            inference_network(network(dense(9, 12), conv((2, 3, 2), 2))),
            ["layer 1: a Conv layer after a Dense"],
        ),
        (
            replace(NETWORKS["dense"], precision=Precision.parse("16-12")),
            ["layer 0: weights .*inference_bits=8", "layer 1: weights .*inference_bits=8"],
        ),
    ],
)
def test_everything_that_does_not_fit_is_listed(net, expected, tmp_path):
    with pytest.raises(ExchangeError) as refused:
        export_netx(net, initial_state(net), tmp_path / "a.net")
    assert not (tmp_path / "a.net").exists()
    assert len(refused.value.findings) == len(expected)
    for pattern, finding in zip(expected, refused.value.findings):
        assert re.search(pattern, finding)
        assert finding in str(refused.value)


def test_a_network_without_weights_is_refused(tmp_path):
    net = NETWORKS["dense"]
    nothing = State(weights=tuple(np.zeros_like(w) for w in initial_state(net).weights))
    with pytest.raises(ExchangeError, match="all weights are 0"):
        export_netx(net, nothing, tmp_path / "a.net")


def test_a_trained_preset_classifies_in_lava_dl_as_in_the_engine(tmp_path):
    pytest.importorskip("lava.lib.dl.netx", reason=LAVA_DL)
    samples = data.digits("test").head(20)
    trained = presets.digits_snn()
    state = train(trained, data.digits("train"), epochs=1, progress=False)
    net = inference_network(trained)
    export_netx(net, state, tmp_path / "digits.net")
    keys = eval_keys(0, len(samples.images))
    with Engine(net, state, threads=1) as engine:
        ours = engine.infer_batch(samples.images, keys)
    x = np.stack(
        [
            reference.encode(net.encoder, image, key=key, steps=net.steps)
            for image, key in zip(samples.images, keys)
        ]
    )
    counts = lava_spikes(net, tmp_path / "digits.net", x, 0).sum(axis=1)
    np.testing.assert_array_equal(counts, ours.counts)
    np.testing.assert_array_equal(counts.argmax(axis=1), ours.predictions)
    assert (ours.predictions == samples.labels).mean() > 0.5
