"""Speed of the engine against an older release of this package, network by network.

Two processes, one with each tree on its path, train the same networks on the same synthetic
samples, taking turns in short rounds, on one thread each. Rates count processor time, so that a
busy machine does little harm. One pair of processes may differ from the next by a tenth, whichever
trees they run, so there are several sittings, each with fresh processes. Both must have learned the
same weights. The exit status is 1 where the median ratio of a network is below 0.97.

    git worktree add /somewhere/old v0.1.0
    python benchmarks/paired_engines.py /somewhere/old
    python benchmarks/paired_engines.py /somewhere/old --only fsdd-rsnn --sittings 15
    python benchmarks/paired_engines.py /somewhere/old --long
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

LEAST = 0.97
HERE = Path(__file__).resolve()
#: Preset, precision and changes of each network; ``mnist-snn-loihi`` learns sample by sample.
NETWORKS = {
    "mnist-snn": ("mnist-snn", "16-8", {}),
    "mnist-csnn": ("mnist-csnn", "16-8", {}),
    "fsdd-rsnn": ("fsdd-rsnn", "16-8", {}),
    "fsdd-delay": ("fsdd-delay", "16-8", {}),
    "mnist-snn-loihi": ("mnist-snn-loihi", "8-8", {}),
    "mnist-snn T=40": ("mnist-snn", "16-8", {"steps": 40}),  # more than a word: the general form
}
#: Networks of long samples: presets with changes of the network, of its hidden layer, and of both.
LONG = {
    "long-binary": ("mnist-snn", "16-8", {"steps": 100}),
    "long-graded": ("fsdd-snn", "16-8", {"steps": 100}),
    "long-graded 16-12": ("fsdd-snn", "16-12", {"steps": 100}),
    "long-delays-19": ("fsdd-delay", "16-8", {"steps": 100, "hidden": {"max_delay": 19}}),
    "long-delays-62": ("fsdd-delay", "16-8", {"steps": 100, "hidden": {"max_delay": 62}}),
    "long-delays-62 16-12": ("fsdd-delay", "16-12", {"steps": 100, "hidden": {"max_delay": 62}}),
    "long-recurrent": ("fsdd-rsnn", "16-8", {"steps": 100}),
    "long-two-hidden": ("fsdd-snn", "16-8", {"steps": 100, "copies": 2}),
}
NETWORKS.update(LONG)


def described(preset_network: object, changes: dict) -> object:
    """Return a network with ``changes``, those of its hidden layer and its ``copies`` apart."""
    changes = dict(changes)
    hidden, copies = changes.pop("hidden", {}), changes.pop("copies", 1)
    first, *others = preset_network.layers
    layers = [replace(first, **hidden)]
    for _ in range(copies - 1):
        layers.append(replace(layers[0], n_in=first.n_out, fb_shift=8))
        layers[0] = replace(layers[0], fb_shift=8)
    return replace(preset_network, layers=(*layers, *others), **changes)


def stepper(described_network: tuple[str, str, dict]) -> tuple[object, Callable[[], object], int]:
    """Return an engine, a function that trains once, and the samples it learns."""
    from lava_intsnn import presets
    from lava_intsnn.engine import Engine
    from lava_intsnn.state import initial_state

    try:
        from lava_intsnn.random_keys import train_keys
    except ImportError:  # release 0.1
        from lava_intsnn.training import train_keys

    preset, precision, changes = described_network
    network = described(presets.preset(preset).network(precision), changes)
    online = network.batch == 1
    n = 512 if online else network.batch
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, network.n_values), dtype=np.uint8)
    images[rng.random(images.shape) < 0.8] = 0  # as much ink as a digit has
    if network.graded:
        images >>= 6
    labels = (np.arange(n) % network.n_classes).astype(np.int32)
    engine = Engine(network, initial_state(network), threads=1)
    step = engine.train_online if online else engine.train_batch
    keys = train_keys(0, 0, np.arange(n))
    return engine, lambda: step(images, labels, keys), n


def worker() -> None:
    """Answer each line, a network's name and a number of calls, with their time and the weights."""
    import lava_intsnn

    steps = {}
    print(json.dumps(lava_intsnn.__file__), flush=True)
    for line in sys.stdin:
        name, calls = json.loads(line)
        if name not in steps:
            steps[name] = stepper(NETWORKS[name])
            steps[name][1]()  # compile
        engine, step, n = steps[name]
        began = time.process_time()
        for _ in range(calls):
            step()
        spent = time.process_time() - began
        digest = hashlib.sha256(b"".join(w.tobytes() for w in engine.state().weights)).hexdigest()
        print(json.dumps([n * calls, spent, digest]), flush=True)


class Tree:
    """A process that trains with the package in the folder ``path``."""

    def __init__(self, path: Path) -> None:
        env = {**os.environ, "PYTHONPATH": str(path), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, str(HERE), "--worker", str(path)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, text=True)
        found = Path(json.loads(self._line()))
        if path.resolve() not in found.resolve().parents:
            raise SystemExit(f"{path} holds no package lava_intsnn: {found} was imported")

    def run(self, name: str, calls: int) -> tuple[int, float, str]:
        """Train ``calls`` times; return samples, seconds and a digest of the weights."""
        self.process.stdin.write(json.dumps([name, calls]) + "\n")
        self.process.stdin.flush()
        return tuple(json.loads(self._line()))

    def _line(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a process ended early; its message stands above")
        return line

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def ratios_of(trees: list[Tree], name: str, *, seconds: float, rounds: int) -> list[float]:
    """Let two trees take turns; return the ratios of the second one's speed to the first's."""
    calls, spent = 1, 0.0
    for tree in trees:
        tree.run(name, 1)
    while spent < seconds:  # both make as many updates, so that weights can be compared
        calls = 2 * calls if spent < seconds / 2 else calls + 1
        _, spent, _ = [tree.run(name, calls) for tree in trees][0]  # noqa: RUF015 both must run
    ratios = []
    for k in range(rounds):
        turns = trees if k % 2 else trees[::-1]
        found = {tree: tree.run(name, calls) for tree in turns}
        (n, old_seconds, old_digest), (_, new_seconds, new_digest) = (found[t] for t in trees)
        if old_digest != new_digest:
            raise SystemExit(f"{name}: the two trees learn different weights")
        ratios.append(old_seconds / new_seconds)
    return ratios


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("old", type=Path, help="folder of the older checkout")
    parser.add_argument("--new", type=Path, default=HERE.parents[1], help="the newer, default this")
    parser.add_argument("--only", nargs="+", choices=list(NETWORKS))
    parser.add_argument("--long", action="store_true", help="long samples, in place of all others")
    parser.add_argument("--sittings", type=int, default=7, help="fresh pairs of processes")
    parser.add_argument("--rounds", type=int, default=5, help="turns in a sitting")
    parser.add_argument("--seconds", type=float, default=0.2, help="of each turn")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker()
        return 0
    usual = LONG if options.long else [name for name in NETWORKS if name not in LONG]
    ratios = {name: [] for name in options.only or usual}
    for _ in range(options.sittings):
        trees = [Tree(options.old), Tree(options.new)]
        for name, found in ratios.items():
            of_sitting = ratios_of(trees, name, seconds=options.seconds, rounds=options.rounds)
            found.append(statistics.median(of_sitting))
            print(f"{name}: {found[-1]:.3f}", file=sys.stderr, flush=True)
        for tree in trees:
            tree.close()
    print("| network | ratio new/old | range of sittings |\n|---|---|---|")
    for name, found in ratios.items():
        print(f"| {name} | {statistics.median(found):.3f} | {min(found):.3f}-{max(found):.3f} |")
    return int(min(statistics.median(found) for found in ratios.values()) < LEAST)


if __name__ == "__main__":
    sys.exit(main())
