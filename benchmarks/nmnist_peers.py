"""N-MNIST: `nmnist-csnn` beside a linear softmax and SnnTorch's network of the same size.

All classify the same frames. The preset trains with its own recipe; SnnTorch's network, with the
same layers in floats, trains by backpropagation through time for as many seconds of processor time
on as many threads (one by default), so that other work on the machine changes little. Both shift
their training recordings by up to as many pixels. The strength of the softmax is chosen on held-out
training recordings. Results on a part of the recordings are not results on N-MNIST.

    python benchmarks/nmnist_peers.py
    python benchmarks/nmnist_peers.py --seeds 1 --validate 200     # does not read the test set
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import held_out

import lava_intsnn as ls
from lava_intsnn.data import Dataset

PRESET = "nmnist-csnn"
#: Inverse strengths of the softmax's penalty.
STRENGTHS = (0.0003, 0.001, 0.003)
HELD_OUT = 200


def ours(train: Dataset, seed: int, threads: int, epochs: int | None):
    """Return predict(data), the seconds of training and a description."""
    chosen = ls.presets.preset(PRESET)
    network = chosen.network()
    began = time.process_time()
    state = ls.train(network, train, seed=seed, epochs=epochs, threads=threads, progress=False)
    seconds = time.process_time() - began
    return lambda data: ls.evaluate(network, state, data).predictions, seconds


def softmax(train: Dataset, apart: int):
    """Return predict(data) of a linear softmax on all counts of all frames, and its seconds."""
    from sklearn.linear_model import LogisticRegression

    def fit(data, strength):
        x = data.images.astype(np.float32)
        return LogisticRegression(C=strength, max_iter=200, tol=1e-3).fit(x, data.labels)

    began = time.process_time()
    part, held = train.split_validation(apart)
    scores = {c: fit(part, c).score(held.images, held.labels) for c in STRENGTHS}
    model = fit(train, max(scores, key=lambda c: scores[c]))
    seconds = time.process_time() - began
    return lambda data: model.predict(data.images.astype(np.float32)), seconds


def snntorch(train: Dataset, seed: int, threads: int, seconds: float, epochs: int, augment: int):
    """Return predict(data) of SnnTorch's network, trained for ``seconds``, and its epochs."""
    import torch
    from peers import event_network

    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    net, done = event_network.fit(
        ls.presets.preset(PRESET).network(),
        shaped(train),
        train.labels.astype(np.int64),
        seconds=seconds,
        epochs=epochs,
        augment=augment,
        seed=seed,
    )
    return lambda data: event_network.predict(net, shaped(data)), done


def shaped(data: Dataset) -> np.ndarray:
    """Return the frames as float32 (N, T, C, H, W), as torch has them."""
    frames = data.images.reshape(len(data), *data.image_shape)
    return frames.transpose(0, 1, 4, 2, 3).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="of the preset, in place of its recipe's")
    parser.add_argument("--threads", type=int, default=1)
    held_out.add_options(parser)
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()

    train, test = held_out.train_and_test("nmnist", args)
    print(f"{train.name}: {len(train)} recordings to train, {len(test)} to test", flush=True)

    def right(predict) -> float:
        return 100 * float(np.mean(predict(test) == test.labels))

    found: dict[str, list[float]] = {}
    for seed in range(args.seeds):
        predict, seconds = ours(train, seed, args.threads, args.epochs)
        found.setdefault(PRESET, []).append(right(predict))
        print(f"{PRESET} seed {seed}: {found[PRESET][-1]:.2f} % in {seconds:.1f} s", flush=True)
        recipe = ls.presets.preset(PRESET).recipe
        epochs = args.epochs or recipe.epochs
        predict, done = snntorch(
            train, seed, args.threads, seconds, epochs, recipe.augmentation.shift
        )
        found.setdefault("snnTorch, as long", []).append(right(predict))
        print(
            f"snnTorch seed {seed}: {found['snnTorch, as long'][-1]:.2f} % after {done:.1f} epochs "
            f"in {seconds:.1f} s",
            flush=True,
        )
    predict, seconds = softmax(train, min(HELD_OUT, len(train) // 5))
    found["linear softmax"] = [right(predict)]
    print(f"linear softmax: {found['linear softmax'][0]:.2f} % in {seconds:.1f} s\n")

    print(f"| network | {'validation' if args.validate else 'test'} accuracy |\n|---|---|")
    for name, values in found.items():
        spread = f" ± {np.std(values):.1f}" if len(values) > 1 else ""
        print(f"| {name} | {np.mean(values):.1f}{spread} |")
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
