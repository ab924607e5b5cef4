"""`lava-intsnn import` of NIR files: steps, scales, and what is said of roundings."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lava_intsnn.formats.checkpoint import load_checkpoint
from lava_intsnn.network import FrameEncoder

nir = pytest.importorskip("nir", reason="nir is not installed (extra: nir)")
DT = 1e-4


@pytest.fixture
def graph(tmp_path):
    """Two layers with decays of tau = 3 ms, and a weight far beyond the others."""
    rng = np.random.default_rng(0)
    w = rng.normal(0.1, 0.3, (10, 16)).astype(np.float32)
    w[0, 0] = 8
    one = np.ones(10)
    fields = {"tau": 30 * DT * one, "r": 30 * one, "v_leak": 0 * one, "v_threshold": one}
    out = {name: values[:3] for name, values in fields.items()}
    made = nir.NIRGraph.from_list(
        nir.Linear(w),
        nir.LIF(**fields),
        nir.Linear(rng.normal(0.2, 0.5, (3, 10)).astype(np.float32)),
        nir.LIF(**out),
    )
    nir.write(tmp_path / "g.nir", made)
    return tmp_path / "g.nir"


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (30, 16)).astype(np.uint8)
    np.savez(tmp_path / "data.npz", X=images, y=np.arange(30) % 3)
    return tmp_path / "data.npz"


def test_what_was_rounded_is_said_and_saved(cli, graph, tmp_path):
    status, out, _ = cli("import", graph, "--steps", 25, "--out", tmp_path / "n.npz", "--json")
    assert status == 0
    said = json.loads(out)
    assert [layer["neurons"] for layer in said["layers"]] == ["cuba", "cuba"]
    assert said["layers"][0]["scale"] == 15  # of a largest weight of 8 in 127
    assert said["layers"][0]["differ"] is None
    network = load_checkpoint(tmp_path / "n.npz").network
    assert network.steps == 25
    assert network.layers[0].neuron.voltage_decay == round(4096 / 30)


def test_the_step_is_an_option(cli, graph, tmp_path, capsys):
    words = ("import", graph, "--out", tmp_path / "n.npz")
    assert cli(*words, "--dt", "1e-3")[0] == 0
    assert load_checkpoint(tmp_path / "n.npz").network.layers[0].neuron.voltage_decay == 1365
    status, _, err = cli(*words, "--dt", "0.1")
    assert status == 2
    assert "shorter than the step dt = 0.1 s" in err
    for wrong in ("0", "-1", "inf", "fast"):
        with pytest.raises(SystemExit):
            cli(*words, "--dt", wrong)
        assert "must be a number above 0" in capsys.readouterr().err


def test_scales_are_calibrated_on_data(cli, graph, data, tmp_path):
    found = {}
    for how in ("--compare", "--calibrate"):
        words = ("import", graph, how, data, "--out", tmp_path / f"{how}.npz", "--json")
        status, out, err = cli(*words, "--samples", 12)
        assert status == 0, err
        assert "spikes of 12 samples, compared with the graph in floats" in err
        said = json.loads(out)
        assert said["samples"] == 12
        found[how] = said["layers"]
    for before, after in zip(*found.values()):
        assert after["differ"] < before["differ"]
    before, after = (load_checkpoint(tmp_path / f"{how}.npz") for how in found)
    assert before.network.layers[0].neuron.vth < after.network.layers[0].neuron.vth


def test_data_of_frames_give_the_steps_and_the_encoder(cli, graph, tmp_path):
    counts = np.random.default_rng(2).integers(0, 3, (12, 7, 16)).astype(np.uint8)
    np.savez(tmp_path / "f.npz", X=counts, y=np.arange(12) % 3)
    words = ("import", graph, "--compare", tmp_path / "f.npz", "--read", "frames=7")
    assert cli(*words, "--out", tmp_path / "n.npz")[0] == 0
    network = load_checkpoint(tmp_path / "n.npz").network
    assert (network.steps, network.encoder) == (7, FrameEncoder(max_count=2))


def test_data_that_do_not_fit_are_refused(cli, graph, tmp_path):
    np.savez(tmp_path / "d.npz", X=np.zeros((4, 5), np.uint8), y=np.arange(4))
    words = ("import", graph, "--calibrate", tmp_path / "d.npz", "--out", tmp_path / "n.npz")
    status, _, err = cli(*words)
    assert status == 2
    assert "the graph has 16 inputs" in err
    assert not (tmp_path / "n.npz").exists()


def test_options_of_nir_are_not_for_netx(cli, tmp_path):
    from exchange_networks import NETWORKS

    from lava_intsnn.formats.netx import export_netx
    from lava_intsnn.network.guarded import inference_network
    from lava_intsnn.state import initial_state

    network = inference_network(NETWORKS["dense"])
    export_netx(network, initial_state(network), tmp_path / "a.net")
    words = ("import", tmp_path / "a.net", "--out", tmp_path / "n.npz")
    status, _, err = cli(*words, "--dt", "1e-3", "--reset", "soft")
    assert status == 2
    assert "--dt and --reset: for NIR" in err
