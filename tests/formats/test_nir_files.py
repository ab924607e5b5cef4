"""NIR files that Norse, Rockpool, Sinabs and snnTorch wrote: imports, and spikes beside floats."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from nir_simulator import Simulator, channel_first

from lava_intsnn import reference
from lava_intsnn.formats.nir import export_nir, import_nir, read_nir
from lava_intsnn.network import FrameEncoder, Precision

nir = pytest.importorskip("nir", reason="nir is not installed (extra: nir)")

DATA = os.environ.get("LAVA_INTSNN_DATA")
FOLDER = Path(DATA or ".") / "foreign" / "nir"
FILES = sorted(FOLDER.glob("*.nir")) if DATA else []
#: File -> share of the inputs that spike, step, largest shares of output spikes that differ with
#: 8 and with 12 bits. Integrate-and-fire networks of five layers differ more than others: a spike
#: that comes a step late differs twice, and then in every layer above.
BOUNDS = {
    "NIR_paper_01_lif_lif_norse": (0.3, 1e-4, 0.03, 0.002),
    "NIR_paper_01_lif_lif_rockpool": (0.3, 1e-4, 0.03, 0.002),
    "NIR_paper_02_cnn_cnn_sinabs": (0.05, 1e-4, 0.10, 0.04),
    "NIR_paper_03_rnn_braille_noDelay_bias_zero": (0.3, 1e-4, 0.25, 0.06),
    "hist_braille_flattened_1900430": (0.9, 1.0, 0.02, 0.01),
    "hist_lif_norse_3a3afb6": (0.3, 1e-4, 0.005, 0.0005),
    "snntorch_lif": (0.3, 1e-4, 0.03, 0.002),
}


@pytest.mark.skipif(not FILES, reason="LAVA_INTSNN_DATA names no folder with foreign/nir")
@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_files_of_other_tools_import(path):
    rate, dt, *bounds = BOUNDS.get(path.stem, (0.3, 1e-4, 0.3, 0.1))
    net, _, report = read_nir(path, steps=1)
    assert report.dt == dt
    graph = nir.read(path, type_check=False)
    (shape,) = (n.input_type["input"] for n in graph.nodes.values() if type(n) is nir.Input)
    big = len(shape) == 3
    n, steps = (2, 20) if big else (6, 80)
    x = np.random.default_rng(1).random((n, steps, net.n_in)) < rate
    image = (int(shape[1]), int(shape[2]), int(shape[0])) if big else None
    theirs = Simulator(graph, dt).run_batch(channel_first(x, image)).reshape(n, steps, -1)
    for bits, bound in zip((8, 12), bounds):
        precision = Precision(shadow_bits=16, inference_bits=bits)
        net, state, _ = read_nir(path, steps=steps, precision=precision)
        w = [state.w(net, index).astype(np.int64) for index in range(len(net.layers))]
        if big:  # the reference keeps what learning needs, of every synapse
            frames = replace(net, encoder=FrameEncoder(max_count=1))
            ours = counted(frames, state, x)
            assert np.abs(ours - theirs.sum(axis=1)).sum() <= bound * theirs.size
        else:
            runs = (reference.forward(net, w, s.astype(np.int64), state.delays) for s in x)
            ours = np.stack([run[-1].s for run in runs])
            assert (ours != theirs).mean() <= bound


def counted(net, state, x):
    from lava_intsnn.engine import Engine
    from lava_intsnn.random_keys import eval_keys

    with Engine(net, state) as engine:
        images = x.reshape(len(x), -1).astype(np.uint8)
        return engine.infer_batch(images, eval_keys(0, len(x))).counts


@pytest.mark.skipif(not FILES, reason="LAVA_INTSNN_DATA names no folder with foreign/nir")
@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_they_go_back_to_nir_bit_for_bit(path, tmp_path):
    net, state, report = read_nir(path, steps=9)
    export_nir(net, state, tmp_path / "back.nir", dt=report.dt)
    back, back_state = import_nir(tmp_path / "back.nir")
    assert back == net
    assert back_state.equals(state)
