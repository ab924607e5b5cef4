"""What leaves us of delays that have learned is the delays in use."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
from exchange_networks import dense, lif, network

from lava_intsnn import loihi
from lava_intsnn.board.board_recording import state_of
from lava_intsnn.formats.netx import export_netx
from lava_intsnn.formats.program_file import Compiled
from lava_intsnn.network.guarded import inference_network
from lava_intsnn.state import initial_state

FIELDS = {"max_delay": 5, "delay_source": "state", "delay_bits": 8, "delay_lr_shift": 9}


@pytest.fixture
def learned():
    """A network, a state whose shadow delays lie between whole steps, and the delays in use."""
    net = inference_network(network(dense(12, 8, lif(20), **FIELDS), dense(8, 3, lif(9))))
    state, rng = initial_state(net, 2), np.random.default_rng(4)
    state = replace(state, delays=(rng.integers(0, 6 << 8, (8, 12)), None))
    return net, state, state.delays[0] >> 8


def test_netx_files_hold_whole_steps(learned, tmp_path):
    net, state, in_use = learned
    export_netx(net, state, tmp_path / "a.net")
    with h5py.File(tmp_path / "a.net") as file:
        assert np.array_equal(file["layer/1/delay"], in_use)


def test_programs_hold_whole_steps(learned):
    net, state, in_use = learned
    image = loihi.compile(net, state, learning=False)
    (held,) = (data.delays for data in image.data.values() if data.delays is not None)
    assert np.array_equal(held, in_use)
    back = state_of(Compiled(image, net, "loihi2", state.seed, state.updates))
    back.validate(net)
    assert np.array_equal(net.layers[0].delays(back.delays[0]), in_use)


def test_graphs_hold_whole_steps_and_the_metadata_the_shadow(learned, tmp_path):
    nir = pytest.importorskip("nir", reason="the extra nir is not installed")
    from lava_intsnn.formats.nir import export_nir, import_nir
    from lava_intsnn.formats.nir.nir_write import DT

    net, state, in_use = learned
    export_nir(net, state, tmp_path / "a.nir")
    found = [node.delay for node in nir.read(tmp_path / "a.nir").nodes.values() if _delays(node)]
    steps = {round(float(d.flat[0]) / DT) for d in found}
    assert steps | {0} == {*np.unique(in_use).tolist(), 0}
    network_back, state_back = import_nir(tmp_path / "a.nir")[:2]
    assert network_back == net
    assert state_back.equals(state)


def _delays(node):
    return type(node).__name__ == "Delay"
