"""import of netx files of CUBA networks, and training on from there."""

import h5py
import numpy as np
import pytest

from lava_intsnn.formats.checkpoint import load
from lava_intsnn.formats.netx import export_netx
from lava_intsnn.network import CUBA, Dense, Network, NeuronEncoder
from lava_intsnn.state import initial_state


def test_a_cuba_network_is_imported_with_notes_and_trained_on(cli, tmp_path):
    neuron = CUBA(vth=300, window=600, current_decay=1500, voltage_decay=700)
    layers = [
        Dense(n_in=n_in, n_out=n_out, neuron=neuron, lr_shift=10)
        for n_in, n_out in ((64, 30), (30, 10))
    ]
    network = Network(name="net", layers=tuple(layers), steps=12, tie_break=False)
    path, back, on = (tmp_path / name for name in ("a.net", "a.npz", "b.npz"))
    export_netx(network, initial_state(network), path)
    with h5py.File(path, "r+") as file:
        file["layer/1/neuron/refDelay"][()] = 3
    status, out, err = cli("import", path, "--preset", "digits-snn", "--out", back)
    assert status == 0, err
    assert "note: layer 1 (dense): refDelay = 3 has no effect" in out + err
    assert load(back).network.steps == 12  # the file's, not the preset's
    status, _, err = cli("train", "--from", back, "--epochs", 1, "--out", on)
    assert status == 0, err
    assert not load(on).state.equals(load(back).state)
    assert load(on).network.layers[0].neuron == load(back).network.layers[0].neuron


def test_pixels_of_input_neurons_are_chosen(cli, tmp_path, capsys):
    neuron = CUBA(vth=80, window=160, current_decay=4096, voltage_decay=100)
    layer = Dense(n_in=64, n_out=10, neuron=neuron, lr_shift=10)
    encoder = NeuronEncoder(neuron=neuron, weight=100, shift=8)
    network = Network(name="net", layers=(layer,), steps=9, encoder=encoder, tie_break=False)
    path, back = tmp_path / "a.net", tmp_path / "a.npz"
    export_netx(network, initial_state(network), path)
    with h5py.File(path, "r+") as file:  # as lava-dl would have written it
        for name in list(file["layer/0"].attrs):
            del file["layer/0"].attrs[name]
        file["layer/0/weight"][...], file["layer/0/bias"][...] = 76, 64
    for pixels, ends in (((), (-12, 140)), (("--pixels", "0:1"), (64, 140))):
        status, _, err = cli("import", path, "--preset", "digits-snn", *pixels, "--out", back)
        assert status == 0, err
        encoder = load(back).network.encoder
        assert tuple(encoder.current(np.array([0, 255]))) == ends
    with pytest.raises(SystemExit):
        cli("import", path, "--pixels", "1", "--out", back)
    assert "must be two numbers" in capsys.readouterr().err
