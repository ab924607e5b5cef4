"""Spoken digits: the same events as tonic reads, found, binned, remembered."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from lava_intsnn.data import DataError, fsdd, load, shd
from lava_intsnn.data.binning import bin_spikes
from lava_intsnn.data.heidelberg import Recordings

REAL = os.environ.get("LAVA_INTSNN_DATA")


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """Neither the user's data nor the user's cache decides these tests."""
    monkeypatch.delenv("LAVA_INTSNN_DATA", raising=False)
    monkeypatch.setenv("LAVA_INTSNN_CACHE", str(tmp_path / "cache"))


def cached(tmp_path):
    return sorted((tmp_path / "cache").rglob("*.npz"))


# --- reading ------------------------------------------------------------------------------------


def test_events_labels_and_speakers_are_those_of_tonics_own_reader(tmp_path, write_shd):
    tonic = pytest.importorskip("tonic")
    for split in ("train", "test"):
        write_shd(tmp_path / f"SHD/shd_{split}.h5", n=300, seed=len(split))
        (tmp_path / f"SHD/shd_{split}.h5.zip").touch()  # else tonic downloads
    for split in ("train", "test"):
        theirs = tonic.datasets.SHD(str(tmp_path), train=split == "train")
        ours = Recordings(tmp_path / f"SHD/shd_{split}.h5")
        data = shd(split, data_dir=tmp_path)
        assert len(ours) == len(theirs) == len(data) == 300
        assert np.array_equal(theirs.speaker, data.speakers)
        assert [key.decode() for key in theirs.classes] == list(ours.keys)
        for index, (times, units) in enumerate(ours.spikes()):
            events, label = theirs[index]
            microseconds = (times.astype(np.float64) * 1e6).astype(int)
            assert np.array_equal(microseconds, events["t"])
            assert np.array_equal(units, events["x"])
            assert label == data.labels[index]


def test_a_dataset_is_its_samples_binned(tmp_path, write_shd):
    path = write_shd(tmp_path / "shd_train.h5")
    for frames, group in ((10, 4), (25, 10)):
        data = load("shd", "train", data_dir=tmp_path, frames=frames, group=group)
        assert data.image_shape == (frames, 700 // group)
        assert (data.name, data.n_classes, data.split) == ("shd", 20, "train")
        for row, (times, units) in zip(data.images, Recordings(path).spikes()):
            assert np.array_equal(row, bin_spikes(times, units, frames=frames, group=group))
    assert load("shd", "train", data_dir=tmp_path).image_shape == (10, 175)


def test_fsdd_is_read_by_the_same_code_with_ten_classes(tmp_path, write_shd):
    ten = [str(digit) for digit in range(10)]
    write_shd(tmp_path / "FSDD/fsdd_test.h5", keys=ten)
    data = load("fsdd", "test", data_dir=tmp_path)
    assert (data.name, data.n_classes) == ("fsdd", 10)
    assert data.labels.max() == 9


def test_another_data_set_under_this_name_is_refused(tmp_path, write_shd):
    write_shd(tmp_path / "SHD/shd_train.h5", keys=[str(digit) for digit in range(10)])
    with pytest.raises(DataError, match="10 classes.*shd has 20: it is another data set"):
        shd("train", data_dir=tmp_path)


@pytest.mark.parametrize("part", ["labels", "extra/speaker", "extra/keys", "spikes/times"])
def test_a_file_without_a_part_is_refused(tmp_path, write_shd, part):
    path = write_shd(tmp_path / "shd_train.h5", skip=(part,))
    with pytest.raises(DataError, match=f"{path} is no intact file of the SHD.*Get another copy"):
        shd("train", data_dir=tmp_path)


def test_damaged_and_inconsistent_files_are_refused(tmp_path, write_shd):
    path = write_shd(tmp_path / "shd_train.h5", n=40)
    whole = path.read_bytes()
    for content in (b"", b"no HDF5", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(DataError, match="shd_train.h5 is no intact file"):
            shd("train", data_dir=tmp_path)
    write_shd(path, units=[np.zeros(1, np.uint16)] * 11)
    with pytest.raises(DataError, match="12 of spikes/times, 11 of spikes/units"):
        shd("train", data_dir=tmp_path)
    times, units = [np.zeros(2, np.float16)] * 2, [np.array([0, 700], np.uint16)] * 2
    write_shd(path, times=times, units=units)
    with pytest.raises(DataError, match="shd_train.h5, sample 0: channel 700"):
        shd("train", data_dir=tmp_path)
    assert cached(tmp_path) == []


# --- finding ------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["SHD", "."])
def test_the_file_is_found_in_the_folders_people_use(tmp_path, write_shd, folder, monkeypatch):
    write_shd(tmp_path / "a" / folder / "shd_test.h5", n=5)
    write_shd(tmp_path / "b" / folder / "shd_test.h5", n=6)
    monkeypatch.setenv("LAVA_INTSNN_DATA", str(tmp_path / "a"))
    assert len(shd("test")) == 5
    assert len(shd("test", data_dir=tmp_path / "b")) == 6


def test_a_missing_file_is_named_with_where_it_was_looked_for(tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"shd_train\.h5 is not in .*SHD, \.\).*--data-dir"):
        shd("train", data_dir=tmp_path)
    with pytest.raises(DataError, match=r"fsdd_test\.h5 .*no public download"):
        fsdd("test", data_dir=tmp_path)
    with pytest.raises(DataError, match=r"fsdd_test\.h5 is not to be found.*LAVA_INTSNN_DATA"):
        fsdd("test")
    with pytest.raises(DataError, match="is not a folder"):
        shd("train", data_dir=tmp_path / "nothing")
    with pytest.raises(DataError, match="'train' and 'test'"):
        shd("validation", data_dir=tmp_path)


def test_tonic_downloads_to_the_cache_what_is_nowhere_else(
    tmp_path, write_shd, monkeypatch, capsys
):
    datasets = pytest.importorskip("tonic.datasets")
    calls = []

    def download(self):
        assert not Path(self.location_on_system, self.filename).exists()
        calls.append(self.filename)
        sys.stdout.write("Downloading")  # as tonic does
        write_shd(Path(self.location_on_system, self.data_filename), n=4)
        Path(self.location_on_system, self.filename).touch()

    monkeypatch.setattr(datasets.SHD, "download", download)
    half = tmp_path / "cache/SHD/shd_test.h5.zip"  # of a download that was cut off
    half.parent.mkdir(parents=True)
    half.write_bytes(b"PK")
    assert [len(shd("train")), len(shd("train")), len(shd("test"))] == [4, 4, 4]
    assert calls == ["shd_train.h5.zip", "shd_test.h5.zip"]
    assert capsys.readouterr().out == "", "standard output belongs to results"


def test_a_failed_download_tells_why_and_what_to_do(monkeypatch):
    datasets = pytest.importorskip("tonic.datasets")

    def fail(self):
        raise OSError("no network in this test")

    monkeypatch.setattr(datasets.SHD, "download", fail)
    with pytest.raises(DataError, match=r"could not be downloaded \(OSError: no network.*--data-d"):
        shd("train")
    monkeypatch.setattr(datasets.SHD, "download", lambda self: pytest.fail("the network is asked"))
    with pytest.raises(DataError, match="is not in .*, and download=False"):
        shd("train", download=False)


@pytest.mark.parametrize("option", ["frames", "group"])
def test_images_have_no_frames(option):
    with pytest.raises(DataError, match=rf"{option} = 4: digits does not take it.*shd and fsdd"):
        load("digits", "train", **{option: 4})


# --- remembering --------------------------------------------------------------------------------


@pytest.fixture
def binned(monkeypatch):
    """Count how often samples were read."""
    times = []
    spikes = Recordings.spikes
    monkeypatch.setattr(Recordings, "spikes", lambda self: times.append(1) or spikes(self))
    return times


def test_frames_are_binned_once_for_each_file_frames_and_group(tmp_path, write_shd, binned):
    path = write_shd(tmp_path / "shd_train.h5")
    first, second = (shd("train", data_dir=tmp_path) for _ in range(2))
    assert len(binned) == 1
    assert np.array_equal(first.images, second.images)
    assert np.array_equal(first.labels, second.labels)
    assert np.array_equal(first.speakers, second.speakers)
    assert first.fingerprint() == second.fingerprint()
    shd("train", data_dir=tmp_path, frames=20)
    shd("train", data_dir=tmp_path, group=5)
    assert len(binned) == 3
    write_shd(path, seed=1)
    assert shd("train", data_dir=tmp_path).fingerprint() != first.fingerprint()


@pytest.mark.parametrize("damage", ["empty", "half", "byte", "folder"])
def test_a_damaged_cache_is_made_anew(tmp_path, write_shd, binned, damage):
    write_shd(tmp_path / "shd_train.h5")
    before = shd("train", data_dir=tmp_path).fingerprint()
    (file,) = cached(tmp_path)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "folder":
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes({"empty": b"", "half": content[:99], "byte": content}[damage])
    assert shd("train", data_dir=tmp_path).fingerprint() == before
    assert len(binned) == 2
    if damage != "folder":
        shd("train", data_dir=tmp_path)
        assert len(binned) == 2, "the cache was not repaired"


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path, write_shd, monkeypatch):
    write_shd(tmp_path / "shd_train.h5")
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LAVA_INTSNN_CACHE", str(tmp_path / "file"))
    assert len(shd("train", data_dir=tmp_path)) == 12

    def refuse(*args, **kwargs):
        raise PermissionError("read-only")

    monkeypatch.setenv("LAVA_INTSNN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert len(shd("train", data_dir=tmp_path)) == 12
    assert cached(tmp_path) == []


# --- the real files -----------------------------------------------------------------------------


@pytest.mark.skipif(not REAL or not Path(REAL, "FSDD").is_dir(), reason="no FSDD files")
def test_the_real_fsdd():
    train, test = (fsdd(split, data_dir=REAL) for split in ("train", "test"))
    assert train.images.shape == (1900, 1750)
    assert test.images.shape == (1100, 1750)
    assert (train.fingerprint(), test.fingerprint()) == ("0d3bbb4af464bd53", "1929ce17e46460d6")
    assert train.images.max() < 255, "nothing is clipped, so that no spike is lost"
    # every spike of the 3,000 recordings
    assert int(train.images.sum(dtype=np.int64) + test.images.sum(dtype=np.int64)) == 17_273_753
    assert np.bincount(train.labels).tolist() == [190] * 10
    assert np.unique(train.speakers).tolist() == [0, 1, 2, 3]
    assert np.bincount(test.speakers)[4:].tolist() == [500, 500]
    kept, held_out = train.hold_out_speakers([0, 1])
    assert len(kept) + len(held_out) == 1900
    assert np.unique(kept.speakers).tolist() == [2, 3]
    recordings = Recordings(Path(REAL, "FSDD/fsdd_train.h5"))
    for index, (times, units) in enumerate(recordings.spikes()):
        if index % 100:
            continue
        t = times.astype(np.float64)
        frame = np.minimum(((t - t.min()) * 10 / (t.max() - t.min())).astype(int), 9)
        counts = np.zeros((10, 175), int)
        np.add.at(counts, (frame, units.astype(int) // 4), 1)
        assert np.array_equal(train.images[index], counts.ravel())
