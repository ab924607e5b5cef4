"""CUBA networks as netx files: lava-dl runs them with our spikes, and they come back equal."""

import re
from dataclasses import replace

import numpy as np
import pytest
from families import family
from foreign_netx import quietly_imported
from hypothesis import given, strategies as st
from netx_models import LavaDlNetwork, as_ours

from lava_intsnn import reference
from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.formats.imported_learning import imported_window, with_learning
from lava_intsnn.formats.netx import export_netx
from lava_intsnn.network import (
    CUBA,
    Conv,
    Dense,
    Network,
    NeuronEncoder,
    Precision,
    RateEncoder,
    Recurrence,
)
from lava_intsnn.network.cuba import NEVER_FIRES
from lava_intsnn.state import State, initial_state

SPIKES = Recurrence(source="spikes", shift=0)


@st.composite
def cuba_neurons(draw, rows):
    """Neurons with one number for all, or one for each row; none of them beyond what netx has."""

    def numbers(low, high):
        if draw(st.booleans()):
            return draw(st.integers(low, high))
        each = [draw(st.integers(low, high)) for _ in range(rows)]
        return each[0] if len(set(each)) == 1 else tuple(each)

    vth = numbers(1, draw(st.sampled_from((200, 131071))))
    return CUBA(
        vth=vth,
        window=imported_window(vth),
        current_decay=draw(st.sampled_from((4096, numbers(0, 4096)))),
        voltage_decay=numbers(0, 4096),
        bias_mant=draw(st.sampled_from((0, numbers(-30, 90)))),
    )


def learned(neuron):
    return {"neuron": neuron, "lr_shift": 10}


@st.composite
def convolutions(draw, in_shape):
    height, width, channels = in_shape
    groups = draw(st.sampled_from([g for g in (1, 2, 3) if channels % g == 0]))
    filters = groups * draw(st.integers(1, 2))

    def pair(low, highs):
        return tuple(draw(st.integers(low, high)) for high in highs)

    kernel = pair(1, (min(3, height), min(3, width)))
    most = [(side - 1) // max(k - 1, 1) or 1 for side, k in zip((height, width), kernel)]
    return Conv(
        in_shape=in_shape,
        channels=filters,
        kernel=kernel,
        stride=pair(1, (2, 3)),
        padding=pair(0, [k - 1 for k in kernel]),
        dilation=pair(1, [min(3, m) for m in most]),
        groups=groups,
        **learned(draw(cuba_neurons(filters))),
    )


@st.composite
def networks(draw):
    """A random network that netx can hold, and a state."""
    layers, delays = [], []
    n_in = draw(st.integers(1, 9))
    if draw(st.booleans()):
        shape = (draw(st.integers(3, 6)), draw(st.integers(3, 6)), draw(st.integers(1, 3)))
        for _ in range(draw(st.integers(1, 2))):
            layers.append(draw(convolutions(shape)))
            shape = layers[-1].out_shape
        delays += [None] * len(layers)
        n_in = layers[-1].n_out
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    for _ in range(draw(st.integers(0 if layers else 1, 2))):
        n_out = draw(st.integers(1, 6))
        kind = draw(st.sampled_from(("plain", "recurrent", "delays")))
        fields = {
            "plain": {},
            "recurrent": {"recurrence": SPIKES},
            "delays": {"max_delay": draw(st.integers(1, 9)), "delay_source": "state"},
        }[kind]
        neuron = draw(cuba_neurons(n_out))
        layers.append(Dense(n_in=n_in, n_out=n_out, **learned(neuron), **fields))
        delays.append(rng.integers(0, fields.get("max_delay", 1) + 1, (n_out, n_in)))
        if kind != "delays":
            delays[-1] = None
        n_in = n_out
    encoder = RateEncoder()
    if draw(st.booleans()):
        decay, vth = draw(st.integers(0, 4096)), draw(st.integers(1, 300))
        neuron = CUBA(vth=vth, window=imported_window(vth), current_decay=4096, voltage_decay=decay)
        weight, bias = draw(st.integers(-90000, 90000)), draw(st.integers(-200000, 200000))
        encoder = NeuronEncoder(neuron=neuron, weight=weight, bias=bias, shift=12)
    network = Network(
        name="net",
        layers=tuple(layers),
        steps=draw(st.integers(1, 20)),
        encoder=encoder,
        tie_break=False,
    )
    weights = [rng.integers(-32000, 32000, layer.weight_shape, dtype=np.int32) for layer in layers]
    for w in weights:
        w[0, [0, -1]] = 32000  # without positive weights some do not fit lava-dl
    held = tuple(delays) if any(d is not None for d in delays) else ()
    return network, State(weights=tuple(weights), delays=held)


@given(networks())
@family(200, quick=15)
def test_they_come_back(tmp_path_factory, case):
    network, state = case
    path = tmp_path_factory.mktemp("netx") / "net.net"
    export_netx(network, state, path)
    given_encoder = None if isinstance(network.encoder, NeuronEncoder) else network.encoder
    precision = Precision(shadow_bits=16, inference_bits=8)
    back, back_state, notes = quietly_imported(
        path, steps=network.steps, encoder=given_encoder, precision=precision
    )
    assert back == with_learning(network)
    assert notes == []
    for index in range(len(network.layers)):
        np.testing.assert_array_equal(back_state.w(back, index), state.w(network, index))
        np.testing.assert_array_equal(back_state.delays_of(index), state.delays_of(index))


@given(networks(), st.integers(0, 99))
@family(100, quick=8)
def test_lava_dl_has_our_spikes(tmp_path_factory, case, seed):
    network, state = case
    path = tmp_path_factory.mktemp("netx") / "net.net"
    export_netx(network, state, path)
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, network.n_values).astype(np.uint8)
    x = reference.encode(network.encoder, image, key=np.uint64(seed), steps=network.steps)
    w = [state.w(network, index).astype(np.int64) for index in range(len(network.layers))]
    ours = [record.s for record in reference.forward(network, w, x, state.delays)]
    current = isinstance(network.encoder, NeuronEncoder)
    theirs = LavaDlNetwork(path)
    more = len(network.layers)
    if current:
        found = theirs.run(np.tile(network.encoder.current(image), (len(x) + more, 1)))
        ours = [x, *ours]
    else:
        found = theirs.run(np.pad(x, ((0, more), (0, 0))))
    for a, b in zip(ours, as_ours(found, network.steps, first=int(not current))):
        np.testing.assert_array_equal(a, b)


def cuba(**fields):
    return CUBA(**{"vth": 60, "window": 120, "current_decay": 900, "voltage_decay": 300, **fields})


def dense(neuron, n_in=4, n_out=3):
    return Dense(n_in=n_in, n_out=n_out, neuron=neuron, lr_shift=10)


def network_of(*layers, **fields):
    return Network(name="net", layers=layers, steps=5, **{"tie_break": False, **fields})


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (network_of(dense(cuba(reset="soft"))), "reset = 'soft': Lava's LIF resets to 0"),
        (network_of(dense(cuba(refractory=2))), "refractory = 2: lava-dl's netx ignores"),
        (network_of(dense(cuba(bias_mant=4096))), "bias: .* from -4096 to 4095"),
        (network_of(dense(cuba(bias_mant=5, bias_exp=3))), "bias: .* bias_exp=6"),
        (
            network_of(
                Conv(
                    in_shape=(3, 3, 1),
                    channels=1,
                    kernel=3,
                    padding=1,
                    stride=1,
                    neuron=cuba(vth=tuple(range(1, 10))),
                    lr_shift=10,
                )
            ),
            "vth that differs within a channel",
        ),
        (
            network_of(dense(cuba()), encoder=NeuronEncoder(neuron=cuba())),
            "input neurons: netx feeds them by their bias alone",
        ),
        (network_of(dense(cuba()), tie_break=True), "tie_break = True"),
    ],
)
def test_what_netx_cannot_hold_is_listed(network, expected, tmp_path):
    with pytest.raises(ExchangeError) as refused:
        export_netx(network, initial_state(network), tmp_path / "a.net")
    (finding,) = refused.value.findings
    assert re.search(expected, finding)


def test_a_readout_without_spikes_is_a_layer_without_neurons(tmp_path):
    readout = cuba(vth=NEVER_FIRES, window=2 * NEVER_FIRES, current_decay=0, voltage_decay=4096)
    network = network_of(dense(cuba()), dense(readout, 3, 2), tie_break=True)
    export_netx(network, initial_state(network), tmp_path / "a.net")
    back, _, notes = quietly_imported(tmp_path / "a.net", steps=5)
    assert back.tie_break
    assert replace(back.layers[1].neuron, window=1) == replace(readout, window=1)
    assert "its potential at the end is the answer" in notes[0]


def test_a_bias_comes_back_with_the_exponent_of_netx(tmp_path):
    network = network_of(dense(cuba(bias_mant=(64, -128, 0), bias_exp=1)))
    export_netx(network, initial_state(network), tmp_path / "a.net")
    neuron = quietly_imported(tmp_path / "a.net", steps=5)[0].layers[0].neuron
    assert (neuron.bias_mant, neuron.bias_exp) == ((2, -4, 0), 6)
