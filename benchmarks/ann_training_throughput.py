"""Images per second of training a quantised network, beside a plain loop of the same in torch.

    python benchmarks/ann_training_throughput.py --preset vgg-cifar10 --device cuda --half --compile

The plain loop has its images ready on the device as floats, unchanged, and torch's usual layout,
Adam and cross-entropy in float32. Ours draws, moves, mirrors, recolours and mixes them by the
preset's recipe. The images are random; all candidates take turns in one process.
"""

import argparse

import numpy as np
import torch
from timing import samples_per_second, table

from lava_intsnn import conversion
from lava_intsnn.conversion.ann import AnnRunning, QuantisedAnn, start
from lava_intsnn.conversion.ann.ann_learner import AnnLearner
from lava_intsnn.data import Dataset


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="vgg-cifar10")
    parser.add_argument("--stack", help="other blocks")
    parser.add_argument("--batch", type=int, default=250)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    preset = conversion.preset(args.preset)
    spec = preset.spec(notation=args.stack)
    crop, channels = spec.pixels.crop, spec.stack.in_shape[2]
    side = 32 if crop else spec.stack.in_shape[0]
    numbers = np.random.default_rng(0)
    images = numbers.integers(0, 256, (4 * args.batch, side, side, channels), dtype=np.uint8)
    data = Dataset.from_arrays(images, numbers.integers(0, 10, len(images)), n_classes=10)

    def finished() -> None:
        if torch.device(args.device).type == "cuda":
            torch.cuda.synchronize()

    model = QuantisedAnn(spec).to(args.device).train()
    optimiser = torch.optim.Adam(model.parameters())
    pixels = torch.from_numpy(spec.pixels.integers(images).astype(np.float32))
    inputs = pixels.permute(0, 3, 1, 2).contiguous().to(args.device)
    labels = torch.from_numpy(data.labels.astype(np.int64)).to(args.device)
    turns = {"plain": 0, "ours": 0}

    def plain() -> int:
        part = slice(turns["plain"] % 4 * args.batch, (turns["plain"] % 4 + 1) * args.batch)
        loss = torch.nn.functional.cross_entropy(model(inputs[part]), labels[part])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        finished()
        turns["plain"] += 1
        return args.batch

    recipe = conversion.AnnRecipe(epochs=1000, batch=args.batch, augment=preset.recipe.augment)
    learner = AnnLearner(
        spec,
        recipe,
        start(spec, recipe, data="").tensors,
        step=0,
        data=data,
        seed=0,
        running=AnnRunning(device=args.device, half=args.half, compiled=args.compile),
    )
    learner.begin(0, np.arange(len(images)))

    def ours() -> int:
        learner.learn(turns["ours"] % 4, turns["ours"], 1_000_000)
        finished()
        turns["ours"] += 1
        return args.batch

    steps = {"a plain loop in torch": plain, "lava_intsnn": ours}
    rates = samples_per_second(steps, seconds=args.seconds, rounds=args.rounds)
    print(f"{spec.stack.notation}, batch {args.batch}, {args.device}, {torch.__version__}")
    print(table(rates, base="a plain loop in torch", unit="images/s"))


if __name__ == "__main__":
    main()
