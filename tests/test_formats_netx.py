"""netx files: lava-dl runs them with our spikes, and they come back equal."""

import re
from dataclasses import replace

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_intsnn import reference
from lava_intsnn.arithmetic import shift_floor
from lava_intsnn.formats import FileFormatError
from lava_intsnn.formats.exchange import ExchangeError, shadow_weights
from lava_intsnn.formats.netx import export_netx, import_netx
from lava_intsnn.network import (
    Conv,
    Dense,
    FrameEncoder,
    Network,
    Neuron,
    Precision,
    Recurrence,
)
from lava_intsnn.state import State, initial_state
from lava_intsnn.training import eval_keys

LAVA_DL = "lava-dl is not installed (extra: dl)"


def lif(vth=300, decay_shift=1, **fields):
    return Neuron(vth=vth, window=2 * vth, decay_shift=decay_shift, **{"guarded": True, **fields})


def dense(n_in, n_out, neuron=None, **fields):
    return Dense(n_in=n_in, n_out=n_out, neuron=neuron or lif(), lr_shift=10, **fields)


def conv(in_shape, channels, **fields):
    fields = {"kernel": 3, "stride": 2, "padding": 1, "neuron": lif(150), "lr_shift": 10, **fields}
    return Conv(in_shape=in_shape, channels=channels, **fields)


def network(*layers, **fields):
    return Network(name="net", layers=layers, **{"steps": 12, "tie_break": False, **fields})


SPIKES = Recurrence(source="spikes", shift=0)
NETWORKS = {
    "dense": network(dense(40, 30), dense(30, 6, lif(200, 3))),
    "no-leak": network(dense(20, 10, lif(300, 0)), dense(10, 4, lif(100, 0))),
    "four-bits": network(
        dense(40, 30, lif(20)), dense(30, 6, lif(9)), precision=Precision.parse("16-4")
    ),
    "nine-even-bits": network(
        dense(40, 30, lif(600)), dense(30, 6, lif(300)), precision=Precision.parse("16-9")
    ),
    "frames": network(
        dense(12, 16, lif(4000)),
        dense(16, 5, lif(100)),
        encoder=FrameEncoder(max_count=255),
        steps=8,
    ),
    "recurrent": network(dense(24, 20, recurrence=SPIKES), dense(20, 5, lif(150))),
    "delays": network(
        dense(24, 20, max_delay=4, delay_seed=3), dense(20, 5, lif(100), max_delay=2)
    ),
    "conv": network(
        conv((7, 9, 2), 4), conv((4, 5, 4), 3, stride=1, padding=0), dense(2 * 3 * 3, 5, lif(40))
    ),
    "conv-delays": network(conv((6, 5, 1), 3), dense(3 * 3 * 3, 5, lif(60), max_delay=3)),
    "conv-last": network(conv((6, 5, 2), 3, padding=0)),
    "conv-frames": network(
        conv((6, 5, 1), 3, neuron=lif(5000)), dense(27, 4, lif(50)), encoder=FrameEncoder()
    ),
}


def images(net, n=3):
    rng = np.random.default_rng(7)
    values = rng.integers(0, 256, (n, net.n_values)).astype(np.uint8)
    values[rng.random(values.shape) < 0.3] = 0
    return values


def inputs(net, n=3):
    """Input spikes or counts, (N, T, I)."""
    keys = eval_keys(5, n)
    return np.stack(
        [
            reference.encode(net.encoder, image, key=key, steps=net.steps)
            for image, key in zip(images(net, n), keys)
        ]
    )


def our_spikes(net, state, x):
    w = [state.w(net, layer).astype(np.int64) for layer in range(len(net.layers))]
    return np.stack([reference.forward(net, w, sample)[-1].s for sample in x])


def lava_spikes(net, path, x, pause):
    """Spikes of lava-dl's Network, samples one after the other, (N, T, O) in our order."""
    hdf5 = pytest.importorskip("lava.lib.dl.netx.hdf5", reason=LAVA_DL)
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc.io.sink import RingBuffer as Sink
    from lava.proc.io.source import RingBuffer as Source

    interval = net.steps + pause
    loaded = hdf5.Network(
        net_config=str(path),
        reset_interval=interval,
        reset_offset=1,
        input_message_bits=8 if net.graded else 0,
    )
    x = np.pad(x.astype(np.int64), ((0, 0), (0, pause), (0, 0)))
    data = x.reshape(-1, net.n_in).T  # (I, steps)
    if isinstance(net.layers[0], Conv):  # (H, W, C, steps) -> (W, H, C, steps)
        data = data.reshape(*net.layers[0].in_shape, -1).transpose(1, 0, 2, 3)
    latency = len(net.layers)
    steps = data.shape[-1] + latency
    source, sink = Source(data=data), Sink(shape=loaded.out.shape, buffer=steps)
    source.s_out.connect(loaded.inp)
    loaded.out.connect(sink.a_in)
    try:
        loaded.run(condition=RunSteps(steps), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
        out = sink.data.get().astype(np.int64)[..., latency:]
    finally:
        loaded.stop()
    if out.ndim == 4:  # (W, H, C, steps)
        out = out.transpose(1, 0, 2, 3).reshape(-1, out.shape[-1])
    return out.T.reshape(len(x), interval, -1)[:, : net.steps]


def learned(net, seed=1):
    state = initial_state(net, seed=seed)
    if net.precision.inference_bits == 9:  # Loihi has nine bits if the last one is 0
        shift = net.precision.w_shift + 1
        halved = (np.maximum(shift_floor(w, shift), -127) for w in state.weights)
        state = replace(state, weights=tuple(np.int32(w * (1 << shift)) for w in halved))
    return state


@pytest.mark.parametrize("name", NETWORKS)
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
    for index, (a, b) in enumerate(zip(net.layers, back.layers)):
        assert (
            b
            == replace(
                a,
                neuron=replace(a.neuron, window=2 * a.neuron.vth),
                lr_shift=10,
                recurrence=a.recurrence and replace(SPIKES, b16_shift=8),
            )
            if isinstance(a, Dense)
            else b == replace(a, neuron=replace(a.neuron, window=2 * a.neuron.vth), lr_shift=10)
        )
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
    net = network(*layers, steps=draw(st.integers(1, 99)))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    top = draw(st.integers(256, (1 << 15) - 1))
    weights = [rng.integers(-top, top + 1, layer.weight_shape, dtype=np.int32) for layer in layers]
    for w in weights:
        w[0, [0, -1]] = top  # without positive weights some do not fit lava-dl
    return net, State(weights=tuple(weights))


@given(fitting())
@settings(max_examples=60, deadline=None)
def test_random_networks_come_back(tmp_path_factory, case):
    assert_comes_back(*case, tmp_path_factory.mktemp("netx") / "a.net")


@given(
    seed=st.integers(0, 2**32 - 1),
    recurrent=st.booleans(),
    ends=st.lists(st.integers(-128, 127) | st.sampled_from((-1, 0, -64)), min_size=4, max_size=4),
)
@settings(max_examples=300, deadline=None)
def test_lava_dl_keeps_every_weight_we_write(tmp_path_factory, seed, recurrent, ends):
    """What lava-dl scales and Lava truncates is the weights, or they were refused."""
    utils = pytest.importorskip("lava.lib.dl.netx.utils", reason=LAVA_DL)
    from lava.utils.weightutils import clip_weights, determine_sign_mode, truncate_weights

    rng = np.random.default_rng(seed)
    parts = [rng.integers(min(a, b), max(a, b) + 1, (4, 4)) for a, b in (ends[:2], ends[2:])]
    w = np.hstack(parts if recurrent else parts[:1])
    net = network(dense(4, 4, recurrence=SPIKES if recurrent else None))
    state = State(weights=(shadow_weights(net.precision, w),))
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
        (unguarded(NETWORKS["dense"]), ["layer 0: .*guarded=True", "layer 1: .*guarded=True"]),
        (replace(NETWORKS["dense"], tie_break=True), ["tie_break=False"]),
        (replace(NETWORKS["dense"], precision=Precision.parse("fp32")), ["fp32"]),
        (
            network(dense(9, 9, recurrence=VOLTAGE, max_delay=1), dense(9, 4)),
            ["layer 0: .*source='spikes'", "layer 0: .*shift=0", "layer 0: .*max_delay = 1"],
        ),
        (network(dense(9, 12), conv((2, 3, 2), 2)), ["layer 1: a Conv layer after a Dense"]),
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


def change(path, **values):
    """Replace data sets of layer 1, by name with __ for /."""
    with h5py.File(path, "r+") as file:
        for name, value in values.items():
            name = f"layer/1/{name.replace('__', '/')}"
            if name in file:
                del file[name]
            if value is not None:
                file[name] = value


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("dense", {"neuron__iDecay": 1024}, ["iDecay = 1024"]),
        ("dense", {"neuron__vDecay": 128}, ["vDecay = 128.*nearest 0"]),
        ("dense", {"neuron__vDecay": 3000}, ["vDecay = 3000.*nearest 3072"]),
        ("dense", {"neuron__refDelay": 2}, ["refDelay = 2"]),
        ("dense", {"neuron__gradedSpike": True}, ["graded spikes"]),
        ("dense", {"neuron__vThMant": 1 << 17}, ["vThMant = 131072"]),
        ("dense", {"neuron__vThMant": [300] * 30}, ["vThMant differs"]),
        ("dense", {"neuron__type": [b"SDNN"]}, ["SDNN neurons"]),
        ("dense", {"neuron": None}, ["no neurons"]),
        ("dense", {"bias": np.ones(30)}, ["a bias"]),
        ("dense", {"bias": np.ones(30), "neuron__iDecay": 0}, ["a bias", "iDecay = 0"]),
        ("dense", {"weight": np.full((30, 40), 0.5)}, ["weight is not whole"]),
        ("dense", {"delay": np.arange(30)}, ["delays up to 29"]),
        ("delays", {"delay": np.full((20, 24), 2)}, ["delays up to 2"]),
        ("dense", {"type": [b"average"]}, ["type 'average'"]),
        ("conv", {"dilation": [2, 2]}, ["dilation = 2"]),
        ("conv", {"stride": [1, 2], "groups": 2}, ["stride = .1, 2.", "groups = 2"]),
        ("conv", {"weight": np.ones((4, 2, 3, 2, 1))}, ["kernel of 3 by 2"]),
    ],
)
def test_foreign_files_are_refused_with_the_full_list(name, changes, expected, tmp_path):
    net = NETWORKS[name]
    export_netx(net, learned(net), tmp_path / "a.net")
    change(tmp_path / "a.net", **changes)
    with pytest.raises(ExchangeError) as refused:
        import_netx(tmp_path / "a.net", steps=net.steps)
    assert len(refused.value.findings) == len(expected)
    for pattern, finding in zip(expected, refused.value.findings):
        assert re.search(r"layer 1 \(\w+\): .*" + pattern, finding)


def test_delays_other_than_those_of_the_seed_are_refused(tmp_path):
    net = NETWORKS["delays"]
    export_netx(net, learned(net), tmp_path / "a.net")
    with h5py.File(tmp_path / "a.net", "r+") as file:
        file["layer/1/delay"][0, 0] += 1
    with pytest.raises(ExchangeError, match="delays other than"):
        import_netx(tmp_path / "a.net", steps=net.steps)


def test_what_is_no_netx_file_is_said_to_be_none(tmp_path):
    (tmp_path / "text").write_text("no")
    with h5py.File(tmp_path / "empty", "w") as file:
        file["a"] = 1
    for name in ("text", "empty", "missing"):
        with pytest.raises(FileFormatError, match=name):
            import_netx(tmp_path / name, steps=3)
    net = NETWORKS["dense"]
    export_netx(net, learned(net), tmp_path / "gap")
    with h5py.File(tmp_path / "gap", "r+") as file:
        del file["layer/1"]
    with pytest.raises(FileFormatError, match="a part is missing"):
        import_netx(tmp_path / "gap", steps=3)


def test_a_given_precision_must_hold_the_weights(tmp_path):
    net = NETWORKS["dense"]
    state = learned(net)
    export_netx(net, state, tmp_path / "a.net")
    whole = Precision(shadow_bits=8, inference_bits=8, full_range=True)
    back, back_state = import_netx(tmp_path / "a.net", steps=3, precision=whole)
    np.testing.assert_array_equal(back_state.w(back, 0), state.w(net, 0))
    for text in ("8-4", "8-8"):  # symmetric 8-8 lacks the -128 of layer 1
        with pytest.raises(ExchangeError, match="layer 1: weights from -128 to 127"):
            import_netx(tmp_path / "a.net", steps=3, precision=Precision.parse(text))


def test_a_file_lava_dl_wrote_is_read(tmp_path):
    slayer = pytest.importorskip("lava.lib.dl.slayer", reason=LAVA_DL)
    torch = pytest.importorskip("torch", reason="torch is not installed (extra: dl)")

    torch.manual_seed(0)
    params = {"threshold": 1.0, "current_decay": 1.0, "voltage_decay": 0.5}
    blocks = [slayer.block.cuba.Dense(params, 20, 12), slayer.block.cuba.Dense(params, 12, 4)]
    x = torch.zeros(1, 20, 5)
    for block in blocks:  # shapes are known after the first pass
        x = block(x)
    with h5py.File(tmp_path / "a.net", "w") as file:
        for index, block in enumerate(blocks):
            block.export_hdf5(file.create_group(f"layer/{index}"))
        held = [file[f"layer/{index}/weight"][()].astype(int) for index in range(2)]
        vth = int(file["layer/0/neuron/vThMant"][()])
    net, state = import_netx(tmp_path / "a.net", steps=10)
    assert net.shape == (20, 12, 4)
    for index, layer in enumerate(net.layers):
        assert (layer.neuron.vth, layer.neuron.decay_shift) == (vth, 1)
        np.testing.assert_array_equal(state.w(net, index), held[index])
    export_netx(net, state, tmp_path / "again.net")
    samples = inputs(net)
    np.testing.assert_array_equal(
        lava_spikes(net, tmp_path / "again.net", samples, 0), our_spikes(net, state, samples)
    )
