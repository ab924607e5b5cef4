"""Speakers: kept through every selection, and held out as a whole."""

import argparse
import json

import numpy as np
import pytest

from lava_intsnn import data
from lava_intsnn.cli import main, options
from lava_intsnn.cli.train import _how_to_resume
from lava_intsnn.data import DataError, Dataset

N = 40


def make(speakers=None, **changes):
    fields = dict(
        name="toy",
        images=np.arange(N * 4, dtype=np.uint8).reshape(N, 4),
        labels=np.arange(N, dtype=np.int32) % 3,
        n_classes=3,
        image_shape=(2, 2),
        split="train",
        speakers=np.arange(N, dtype=np.int32) % 5 if speakers is None else speakers,
    )
    return Dataset(**{**fields, **changes})


def speaker_of(row):
    """Rows begin with 4 * index."""
    return row[0] // 4 % 5


def test_every_selection_keeps_each_samples_speaker():
    whole = make()
    parts = [whole, whole.head(7), *whole.split_validation(9), *whole.split_validation(9, seed=3)]
    parts += whole.hold_out_speakers([1, 4])
    parts += whole.hold_out_speakers([1, 4])[0].head(5).split_validation(2)
    for part in parts:
        assert part.speakers.tolist() == [speaker_of(row) for row in part.images.tolist()]


def test_a_dataset_without_speakers_stays_without():
    plain = make(speakers=None, name="x")
    plain = Dataset("x", plain.images, plain.labels, 3, (2, 2), "train")
    assert [part.speakers for part in (plain, plain.head(3), *plain.split_validation(3))] == [
        None
    ] * 4
    assert plain.fingerprint() == make(name="x").fingerprint()
    with pytest.raises(DataError, match="x names no speakers.*--validate N"):
        plain.hold_out_speakers([0])


def test_held_out_speakers_are_on_one_side_only_in_order():
    train, validation = make().hold_out_speakers((3, 0, 3))
    assert set(validation.speakers.tolist()) == {0, 3}
    assert set(train.speakers.tolist()) == {1, 2, 4}
    assert (train.split, validation.split) == ("train", "validation")
    first = [row[0] for row in train.images.tolist()]
    assert first == [i * 4 for i in range(N) if i % 5 in (1, 2, 4)]
    assert len(train) + len(validation) == N


def test_every_fold_together_is_the_whole():
    folds = [make().hold_out_speakers([speaker])[1] for speaker in range(5)]
    rows = sorted(row for fold in folds for row in fold.images.tolist())
    assert rows == make().images.tolist()


@pytest.mark.parametrize(
    ("speakers", "message"),
    [
        ([], "no speaker to hold out.*are 0, 1, 2, 3, 4"),
        ([7], "speaker 7 cannot be held out.*are 0, 1, 2, 3, 4"),
        ([0, -1, 9], "speakers -1, 9 cannot"),
        (range(5), "every speaker leaves nothing"),
        (3, r"speakers = 3: give a list, even of one: \[3\]"),
        (["x"], "speaker 'x': must be an integer.*are 0, 1, 2, 3, 4"),
        ([2.7], "speaker 2.7: must be an integer"),
    ],
)
def test_speakers_that_cannot_be_held_out(speakers, message):
    with pytest.raises(DataError, match=message):
        make().hold_out_speakers(speakers)


@pytest.mark.parametrize(
    ("speakers", "message"),
    [
        (np.zeros(N, np.int64), "are int64: must be an int32"),
        ([0] * N, "are list"),
        (np.zeros(N - 1, np.int32), r"shape \(39,\): must be \(40,\)"),
    ],
)
def test_wrong_speakers_are_refused(speakers, message):
    with pytest.raises(DataError, match=message):
        make(speakers=speakers)


# --- the option ---------------------------------------------------------------------------------


@pytest.fixture
def spoken_digits(monkeypatch):
    """scikit-learn's digits, as if five people had written them in turn."""
    from dataclasses import replace

    def load(name, split, **_):
        found = data.digits(split).head(300)
        return replace(found, speakers=np.arange(len(found), dtype=np.int32) % 5)

    monkeypatch.setattr(data, "load", load)


def test_train_validates_on_the_held_out_speakers(spoken_digits, capsys, tmp_path):
    out = str(tmp_path / "run.npz")
    common = ["train", "digits-snn", "--epochs", "1", "--json"]
    assert main([*common, "--hold-out-speakers", "1,4", "--out", out]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["samples"] == 180
    assert result["validation_accuracy"] is not None
    assert result["test_accuracy"] is None
    assert main(["train", "--resume", out, "--hold-out-speakers", "1"]) == 2
    assert "same --limit, --validate, --hold-out-speakers, --data" in capsys.readouterr().err
    assert main([*common, "--hold-out-speakers", "8"]) == 2
    assert "speaker 8 cannot be held out" in capsys.readouterr().err


def test_images_have_no_speakers_to_hold_out(capsys):
    assert main(["train", "digits-snn", "--hold-out-speakers", "0"]) == 2
    assert "digits names no speakers" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--hold-out-speakers", "a,b"], "'a,b': must be integers"),
        (["--hold-out-speakers", ""], "must be integers"),
        (["--hold-out-speakers", "0", "--validate", "10"], "not allowed with"),
    ],
)
def test_options_that_make_no_sense_are_refused(words, message, capsys):
    with pytest.raises(SystemExit) as done:
        main(["train", "digits-snn", *words])
    assert done.value.code == 2
    assert message in capsys.readouterr().err


def test_an_interrupted_run_is_told_to_go_on_with_the_same_speakers():
    parser = argparse.ArgumentParser()
    options.add_validation(parser)
    args = parser.parse_args(["--hold-out-speakers", "0,1"])
    args.limit = args.data_dir = args.resume = args.data = args.test = None
    args.read = []
    line = _how_to_resume(args, "run.npz", argparse.Namespace(epoch=2))
    assert "train --resume run.npz --hold-out-speakers 0,1`" in line
