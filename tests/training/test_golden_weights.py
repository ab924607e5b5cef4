"""The weights of every preset after one epoch of seed 0 are those of its first release.

The hashes in ``tests/golden/preset_weights.json`` were written down before the executors were
redesigned, those of later presets before their kernels were. fp32 is left out: its bits depend on
the BLAS of the machine.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lava_intsnn import data as datasets
from lava_intsnn.arithmetic import draw, random_key
from lava_intsnn.data import DataError, Dataset
from lava_intsnn.network import Network
from lava_intsnn.presets import PRESETS
from lava_intsnn.state import State
from lava_intsnn.training.epochs import train

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "preset_weights.json").read_text())
IMAGE_SHAPES = {64: (8, 8), 784: (28, 28), 6144: (32, 32, 6)}


def digest(state: State) -> str:
    found = hashlib.sha256()
    for w in state.weights:
        found.update(str(w.dtype).encode())
        found.update(repr(w.shape).encode())
        found.update(np.ascontiguousarray(w).astype(w.dtype.newbyteorder("<")).tobytes())
    found.update(str(state.updates).encode())
    return found.hexdigest()[:16]


def synthetic(network: Network) -> Dataset:
    n = 300 if network.batch > 1 else 40
    with np.errstate(over="ignore"):
        bits = draw(random_key(1234, 77), np.arange(n * network.n_values, dtype=np.uint64))
    images = (bits >> np.uint64(56)).astype(np.uint8).reshape(n, -1)
    shape = IMAGE_SHAPES.get(network.n_in, (1, network.n_in))
    if network.graded:
        images, shape = images >> 5, (network.steps, network.n_in)
    return Dataset(
        name="synthetic",
        images=images,
        labels=(np.arange(n) % network.n_classes).astype(np.int32),
        n_classes=network.n_classes,
        image_shape=shape,
        split="train",
    )


def one_epoch(network: Network, data: Dataset) -> State:
    recipe = replace(PRESETS[network.name].recipe_of(network), epochs=1)
    return train(network, data, recipe=recipe, seed=0, progress=False)


def own_precision(case: str) -> bool:
    name, precision = case.split()
    return PRESETS[name].precision == precision


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=() if own_precision(case) else pytest.mark.slow)
        for case in GOLDEN["synthetic"]
    ],
)
def test_weights_on_synthetic_samples(case: str) -> None:
    name, precision = case.split()
    network = PRESETS[name].network(precision)
    assert digest(one_epoch(network, synthetic(network))) == GOLDEN["synthetic"][case]


@pytest.mark.slow
@pytest.mark.parametrize("case", GOLDEN["real"])
def test_weights_on_the_presets_own_data(case: str) -> None:
    name, precision = case.split()
    preset = PRESETS[name]
    try:
        data = datasets.load(preset.data, "train", **preset.data_options)
    except DataError as error:
        pytest.skip(f"no {preset.data}: {error}")
    golden = GOLDEN["real"][case]
    if data.fingerprint() != golden["data"]:
        pytest.skip(f"these {preset.data} files are not those that the hash was written for")
    assert digest(one_epoch(preset.network(precision), data)) == golden["weights"]


def test_every_preset_is_held() -> None:
    assert {case.split()[0] for case in GOLDEN["synthetic"]} >= {
        "mnist-snn",
        "mnist-csnn",
        "digits-snn",
        "fsdd-rsnn",
        "fsdd-delay",
        "shd-rsnn",
        "shd-best",
        "mnist-snn-loihi",
    }
