"""Networks to convert that come with the package: small, certified, as accurate as they say."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn.cli import main
from lava_intsnn.conversion import certify, infer_batches, pretrained_ann
from lava_intsnn.trained.bundled_ann import CONVERTED, pretrained_ann_names

NAMES = pretrained_ann_names()
#: Images that a quick test certifies.
FEW = {"lenet-mnist": 100, "vgg-cifar10": 4}


def test_they_are_small_and_complete():
    assert NAMES == ("lenet-mnist", "vgg-cifar10")
    assert {path.stem for path in CONVERTED.glob("*.json")} == set(NAMES)
    assert sum(path.stat().st_size for path in CONVERTED.iterdir()) < 2_100_000


@pytest.mark.parametrize("name", NAMES)
def test_each_is_its_preset_s_network_and_integer(name):
    found = pretrained_ann(name)
    chosen = ls.conversion.preset(name)
    assert found.file.spec == chosen.spec()
    assert found.data == chosen.data
    assert found.compared == found.samples * sum(int(np.prod(s)) for s in found.network.shapes)
    ann, snn = found
    for layer in ann.layers[1:]:
        assert set(np.unique(layer.weights)) <= {-1, 0, 1}
    assert all(layer.weights.dtype == np.int8 for layer in snn.layers)
    assert 85 < found.test_accuracy < 100
    assert found.accuracy_at(1000) == found.test_accuracy
    with pytest.raises(ValueError, match="at least 1"):
        found.accuracy_at(0)
    assert len(repr(found)) < 400


def data_of(found):
    try:
        return ls.data.load(found.data, "test", download=False)
    except ls.data.DataError as error:
        pytest.skip(f"no data: {error}")


@pytest.mark.parametrize("name", NAMES)
def test_a_few_images_count_alike(name):
    found = pretrained_ann(name)
    test = data_of(found).head(FEW[name])
    ann, snn = found
    assert certify(ann, snn, test.maps).ok


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_whole_test_set_counts_alike_and_is_as_accurate_as_it_says(name):
    found = pretrained_ann(name)
    test = data_of(found)
    ann, snn = found
    certificate = certify(ann, snn, test.maps)
    assert certificate.ok
    assert sum(layer.neurons for layer in certificate.layers) == found.compared
    steps = len(found.correct_at)
    right = np.zeros(steps, int)
    for index, part in enumerate(infer_batches(snn, test.maps, batch=200, steps=steps)):
        labels = test.labels[index * 200 : (index + 1) * 200]
        right += (part.predictions == labels).sum(axis=1)
    assert tuple(right) == found.correct_at


def test_commands_take_them_by_name(tmp_path, capsys):
    out = str(tmp_path / "snn.npz")
    assert main(["convert", "to-snn", "lenet-mnist", "--pretrained", "--out", out]) == 0
    assert main(["convert", "to-snn", "lenet-mnist"]) == 2
    assert "add --pretrained" in capsys.readouterr().err
    assert main(["convert", "to-snn", "lenet", "--pretrained"]) == 2
    assert "did you mean 'lenet-mnist'" in capsys.readouterr().err
    assert main(["eval", "lenet-mnist", "--pretrained"]) == 2
    assert "convert eval lenet-mnist --pretrained" in capsys.readouterr().err


def test_damaged_notes_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr("lava_intsnn.trained.bundled_ann.CONVERTED", tmp_path)
    (tmp_path / "x.npz").write_bytes((CONVERTED / "lenet-mnist.npz").read_bytes())
    notes = json.loads((CONVERTED / "lenet-mnist.json").read_text())
    for text in (
        "{",
        "{}",
        json.dumps(notes | {"correct_at": []}),
        json.dumps(notes | {"correct_at": [10_001]}),
        json.dumps(notes | {"samples": "x"}),
    ):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(ValueError, match=r"install lava_intsnn again|must be"):
            pretrained_ann("x")


def test_the_manual_has_their_accuracies():
    page = (Path(__file__).parents[2] / "docs/conversion.md").read_text()
    rows = re.findall(r"^\| `([\w-]+)`, of the package \|(.*)\|$", page, re.M)
    assert [name for name, _ in rows] == list(NAMES)
    for name, row in rows:
        found = pretrained_ann(name)
        for steps in (4, 8, 1000):
            assert f"{found.accuracy_at(steps):.2f}" in row
        assert f"{found.compared:,}" in row
