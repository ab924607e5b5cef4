"""One trained network, four ways to infer: engine, microcode, Lava's Dense + LIF, lava-dl's netx.

Trains mnist-snn (or reads a checkpoint), takes it as hardware's LIF computes it (guarded neurons),
and classifies the same test images in the engine, on the virtual core that runs the compiled
program, as Lava's own Dense and LIFReset, and in lava-dl from the exported netx file. Exits with 1
unless all classifications and spike counts are identical. Needs the extra `dl`.

    python benchmarks/loihi_inference.py --images 500
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source

import lava_intsnn as ls
from lava_intsnn import loihi
from lava_intsnn.cli.console import table
from lava_intsnn.engine.output import predict
from lava_intsnn.formats.netx import export_netx
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference import encode


def in_engine(network, state, images, keys):
    """Return spike counts (N, O)."""
    with ls.Engine(network, state) as engine:
        return engine.infer_batch(images, keys).counts


def in_microcode(network, state, images, keys):
    """Return spike counts (N, O) of the compiled program on the virtual core."""
    image = loihi.compile(network, state, learning=False)
    return loihi.VirtualChip(image, network=network).infer_batch(images, keys).counts


def in_lava(network, state, images, keys):
    """Return spike counts (N, O) of Lava's own Dense and LIFReset."""
    system = ls.build(network, state, batch=1, learning=False, decompose=True)
    run_cfg = Loihi2SimCfg(select_tag="fixed_pt", select_sub_proc_model=True)
    with ls.session(system, run_cfg) as run:
        return run.infer_batch(images, keys).counts


def in_netx(network, state, images, keys):
    """Return spike counts (N, O) of lava-dl running the exported file."""
    import lava.lib.dl.netx.hdf5 as hdf5

    latency, n = len(network.layers), len(images)
    x = [encode(network.encoder, i, key=k, steps=network.steps) for i, k in zip(images, keys)]
    data = np.concatenate(x).T.astype(np.int64)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.net"
        export_netx(network, state, path)
        loaded = hdf5.Network(net_config=str(path), reset_interval=network.steps, reset_offset=1)
        steps = n * network.steps + latency
        data = np.pad(data, ((0, 0), (0, latency)))
        source, sink = Source(data=data), Sink(shape=loaded.out.shape, buffer=steps)
        source.s_out.connect(loaded.inp)
        loaded.out.connect(sink.a_in)
        try:
            loaded.run(condition=RunSteps(steps), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
            spikes = sink.data.get().astype(np.int64)[:, latency:]
        finally:
            loaded.stop()
    return spikes.T.reshape(n, network.steps, -1).sum(axis=1)


EXECUTORS = {
    "engine": in_engine,
    "microcode, virtual core": in_microcode,
    "Lava Dense + LIFReset": in_lava,
    "lava-dl netx": in_netx,
}


def main() -> int:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", metavar="FILE", help="default: train mnist-snn")
    parser.add_argument("--images", type=int, default=500, metavar="N")
    parser.add_argument("--data-dir", metavar="DIR")
    args = parser.parse_args()
    if args.checkpoint:
        training = ls.load(args.checkpoint)
        trained, state = training.network, training.state
    else:
        trained = ls.presets.mnist_snn()
        state = ls.train(trained, ls.data.mnist("train", data_dir=args.data_dir))
    network = loihi.inference_network(trained)
    test = ls.data.mnist("test", data_dir=args.data_dir).head(args.images)
    keys = eval_keys(state.seed, len(test))
    rows, wanted, identical = (
        [["executor", "accuracy, %", "identical counts", "seconds"]],
        None,
        True,
    )
    for name, counts_of in EXECUTORS.items():
        began = time.perf_counter()
        counts = counts_of(network, state, test.images, keys).astype(np.int32)
        seconds = time.perf_counter() - began
        wanted = counts if wanted is None else wanted
        same = int((counts == wanted).all(axis=1).sum())
        identical &= same == len(test)
        predictions = predict(network, counts, np.zeros_like(counts))
        accuracy = 100 * np.mean(predictions == test.labels)
        rows.append([name, f"{accuracy:.2f}", f"{same} of {len(test)}", f"{seconds:.1f}"])
    plain = ls.evaluate(trained, state, test).accuracy
    print(f"{trained.name} as Loihi's LIF computes it ({plain:.2f} % as trained)\n")
    print(table(rows))
    return 0 if identical else 1


if __name__ == "__main__":
    sys.exit(main())
