"""Train the networks that the package brings, and store them with their test accuracy.

    python benchmarks/pretrain.py digits-snn mnist-snn      # with LAVA_INTSNN_DATA

Each is trained by the recipe of its preset with seed 0, and looks at the test set once.
"""

import argparse
import json
from pathlib import Path

from lava_intsnn import data, evaluate, presets
from lava_intsnn.formats.checkpoint import load_checkpoint, save_checkpoint
from lava_intsnn.storage.atomic import write_bytes
from lava_intsnn.trained.bundled import FOLDER
from lava_intsnn.training.epochs import epochs_of, last_of
from lava_intsnn.training.training_run import start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="+")
    parser.add_argument("--run", metavar="FILE", help="store this finished run instead")
    args = parser.parse_args()
    for name in args.presets:
        preset = presets.preset(name)
        train = data.load(preset.data, "train", **preset.data_options)
        test = data.load(preset.data, "test", **preset.data_options)
        if args.run:
            run = load_checkpoint(Path(args.run))
        else:
            network = preset.network()
            run = start(network, preset.recipe_of(network), data=train.fingerprint(), preset=name)
            run = last_of(epochs_of(run, train))
        if not run.complete or run.preset != name or run.data != train.fingerprint():
            raise SystemExit(f"{name}: this is no finished run of the preset on its data")
        found = evaluate(run.network, run.state, test)
        told = {
            "data": preset.data,
            "command": f"lava-intsnn train {name} --seed {run.state.seed}",
            "correct": int((found.predictions == test.labels).sum()),
            "samples": len(test),
        }
        save_checkpoint(FOLDER / f"{name}.npz", run, narrow=True)
        write_bytes(FOLDER / f"{name}.json", json.dumps(told, indent=1).encode() + b"\n")
        print(f"{name}: {found.accuracy:.2f} % of {len(test):,} samples")


if __name__ == "__main__":
    main()
