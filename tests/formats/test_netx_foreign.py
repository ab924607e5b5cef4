"""netx files of others: read where they fit, refused with the full list where not."""

import re

import h5py
import numpy as np
import pytest
from exchange_networks import NETWORKS, inputs, our_spikes
from netx_in_lava import LAVA_DL, lava_spikes

from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.formats.netx import export_netx, import_netx
from lava_intsnn.network import Precision
from lava_intsnn.network.guarded import inference_network
from lava_intsnn.state import initial_state
from lava_intsnn.storage import FileFormatError


def written(name, path):
    net = inference_network(NETWORKS[name])
    state = initial_state(net, seed=1)
    export_netx(net, state, path)
    return net, state


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
        ("dense", {"neuron__iDecay": 4097}, ["iDecay = 4097"]),
        ("dense", {"neuron__gradedSpike": True}, ["graded spikes"]),
        ("dense", {"neuron__vThMant": [300, 301]}, ["vThMant: 2 numbers, must be 1 or 30"]),
        ("dense", {"neuron__type": [b"SDNN"]}, ["SDNN neurons: a sigma-delta neuron"]),
        ("dense", {"neuron": None, "bias": np.ones(30)}, ["a bias without neurons"]),
        ("dense", {"type": [b"average"]}, ["type 'average': lava-dl's netx does not run it"]),
        ("dense", {"type": [b"dance"]}, ["type 'dance': must be one of input, flatten, dense"]),
        ("dense", {"weight": np.ones(31)}, ["weight: an array of .31,."]),
        ("dense", {"weight": None}, ["weight: is missing"]),
        ("conv", {"groups": 3}, ["weight: 2 input channels in 3 groups"]),
        ("conv", {"stride": [1, 2, 3]}, ["stride: 3 numbers"]),
        ("conv-last", {"shape": [3, 9, 9]}, ["shape: .3, 9, 9., but weights and geometry"]),
        ("conv", {"bias": np.ones(3)}, ["bias: 3 numbers, must be 1 or 4"]),
        ("conv", {"weight": np.ones((4, 2, 3, 2, 7))}, ["weight: an array of"]),
        ("conv", {"dilation": [0, 0]}, ["dilation"]),
        ("conv", {"dilation": [9, 9]}, ["kernel"]),
    ],
)
def test_foreign_files_are_refused_with_the_full_list(name, changes, expected, tmp_path):
    net, state = written(name, tmp_path / "a.net")
    change(tmp_path / "a.net", **changes)
    with pytest.raises(ExchangeError) as refused:
        import_netx(tmp_path / "a.net", steps=net.steps)
    assert len(refused.value.findings) == len(expected)
    for pattern, finding in zip(expected, refused.value.findings):
        assert re.search(r"layer 1 \(\w+\): .*" + pattern, finding)


def test_delays_other_than_those_of_the_seed_are_refused(tmp_path):
    net, state = written("delays", tmp_path / "a.net")
    with h5py.File(tmp_path / "a.net", "r+") as file:
        file["layer/1/delay"][0, 0] += 1
    with pytest.raises(ExchangeError, match="delays other than"):
        import_netx(tmp_path / "a.net", steps=net.steps)


def test_what_is_no_netx_file_is_said_to_be_none(tmp_path):
    (tmp_path / "text").write_text("no")
    with h5py.File(tmp_path / "empty", "w") as file:
        file["a"] = 1
    for name, why in (("text", "netx"), ("empty", "netx"), ("missing", "netx.*no such file$")):
        with pytest.raises(FileFormatError, match=f"{name} cannot be read.*{why}"):
            import_netx(tmp_path / name, steps=3)
    net, state = written("dense", tmp_path / "odd")
    (tmp_path / "odd").write_bytes((tmp_path / "odd").read_bytes()[:3000])
    with pytest.raises(FileFormatError, match="odd cannot be read"):
        import_netx(tmp_path / "odd", steps=3)
    net, state = written("dense", tmp_path / "gap")
    with h5py.File(tmp_path / "gap", "r+") as file:
        del file["layer/1"]
    with pytest.raises(FileFormatError, match="a part is missing"):
        import_netx(tmp_path / "gap", steps=3)


def test_a_given_precision_must_hold_the_weights(tmp_path):
    net, state = written("dense", tmp_path / "a.net")
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
