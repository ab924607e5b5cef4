"""Certify a quantised network on its whole test set, and store it in the package.

    python benchmarks/pretrain_converted.py vgg.npz --command "lava-intsnn convert train ..."

FILE is a run of `convert train` or a packed network. Nothing is stored unless every count, logit
and class of the spiking network equals the quantised one's. The test set is looked at once.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from lava_intsnn import conversion, data
from lava_intsnn.storage.atomic import write_bytes
from lava_intsnn.trained.bundled_ann import CONVERTED, pretrained_ann

BATCH = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--command", required=True, help="how it was trained")
    args = parser.parse_args()
    file = conversion.load_ann_file(args.file)
    preset = conversion.preset(file.preset)
    test = data.load(preset.data, "test")
    network = conversion.convert(file.network)
    found = conversion.certify(file.network, network, test.maps, batch=BATCH)
    print(found.text())
    if not found.ok:
        raise SystemExit(f"{args.file}: not stored")
    correct = np.zeros(found.settled_at + 1, int)
    batches = conversion.infer_batches(network, test.maps, batch=BATCH, steps=len(correct))
    for index, result in enumerate(batches):
        labels = test.labels[index * BATCH : (index + 1) * BATCH]
        correct += (result.predictions == labels).sum(axis=1)
    told = {
        "data": preset.data,
        "command": args.command,
        "samples": len(test),
        "correct_at": correct.tolist(),
        "compared": sum(layer.neurons for layer in found.layers),
    }
    CONVERTED.mkdir(exist_ok=True)
    conversion.save_packed(CONVERTED / f"{file.preset}.npz", file)
    write_bytes(CONVERTED / f"{file.preset}.json", json.dumps(told).encode() + b"\n")
    kept = pretrained_ann(file.preset)
    print(f"{kept.name}: {kept.test_accuracy:.2f} % of {len(test):,} images")


if __name__ == "__main__":
    main()
