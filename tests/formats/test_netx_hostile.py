"""No content of a netx file makes anything but a network or an error of ours."""

import warnings

import h5py
import numpy as np
import pytest
from exchange_networks import NETWORKS

from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.formats.netx import export_netx, import_netx, netx_read
from lava_intsnn.network.guarded import inference_network
from lava_intsnn.state import initial_state
from lava_intsnn.storage import FileFormatError
from lava_intsnn.storage.foreign_hdf5 import ForeignGroup, read_tree

ODD = (
    np.float64("nan"),
    np.float32("inf"),
    np.float64(1e300),
    np.int64(-(1 << 63)),
    np.uint64((1 << 64) - 1),
    np.int64(0),
    np.int64(-1),
    np.bool_(True),
    "text \x1b[31m\n",
    "",
    np.zeros(0),
    np.zeros((0, 3), np.int64),
    np.zeros((2, 2, 2, 2, 2, 2), np.int8),
    np.arange(7),
    np.full(3, 1 << 23),
    np.array(["a", "b"]),
    np.array([1e18, -1e18]),
    ForeignGroup(),
)


def tree_of(name, path):
    net = inference_network(NETWORKS[name])
    export_netx(net, initial_state(net, seed=1), path)
    return read_tree(path, what="netx")


def places(group):
    """Return every value of a tree as (its dict, its name)."""
    for name, held in list(group.items()):
        yield group, name
        if isinstance(held, ForeignGroup):
            yield from places(held)
    for held in group.attributes.values():
        yield from ((held, name) for name in list(held))


@pytest.mark.parametrize("name", ["conv", "delays", "recurrent"])
def test_any_value_in_any_field(name, tmp_path, monkeypatch):
    tree = tree_of(name, tmp_path / "a.net")
    monkeypatch.setattr(netx_read, "read_tree", lambda path, what: tree)
    tried = refused = 0
    texts = []
    for place, field in list(places(tree)):
        held = place[field]
        for odd in ODD:
            place[field] = odd
            tried += 1
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    import_netx(tmp_path / "a.net", steps=3)
            except (ExchangeError, FileFormatError) as error:
                refused += 1
                texts += str(error).split("\n")
        del place[field]
        try:
            import_netx(tmp_path / "a.net", steps=3)
        except (ExchangeError, FileFormatError):
            refused += 1
        place[field] = held
    assert refused > tried / 3
    assert all(text.isprintable() for text in texts)
    import_netx(tmp_path / "a.net", steps=3)


def test_attributes_of_input_neurons_may_be_odd(tmp_path):
    net = inference_network(NETWORKS["dense"])
    export_netx(net, initial_state(net, seed=1), tmp_path / "a.net")
    for odd in (1 << 60, -(1 << 60), np.nan, "x", [1, 2]):
        with h5py.File(tmp_path / "a.net", "r+") as file:
            layer = file["layer/0"]
            if "neuron" not in layer:
                file.copy("layer/1/neuron", layer, "neuron")
            for name in ("weight", "bias", "shift"):
                layer.attrs[f"lava_intsnn_{name}"] = odd
        try:
            network, _ = import_netx(tmp_path / "a.net", steps=3)
        except ExchangeError:
            continue
        assert network.encoder.weight < 1 << 21


def test_images_without_end_are_refused_before_anything_is_made(tmp_path):
    net = inference_network(NETWORKS["conv-last"])
    export_netx(net, initial_state(net, seed=1), tmp_path / "a.net")
    with h5py.File(tmp_path / "a.net", "r+") as file:
        file["layer/0/shape"][...] = [2, 4096, 4096]
    with pytest.raises(ExchangeError, match="neurons of a shape = 33554432: must be 1..16777216"):
        import_netx(tmp_path / "a.net", steps=3)
