"""Frames against a loop over spikes, one by one in Python's own floats."""

import math

import numpy as np
import pytest

from lava_intsnn.data import DataError
from lava_intsnn.data.binning import bin_spikes


def by_hand(times, units, frames, group):
    counts = [[0] * (700 // group) for _ in range(frames)]
    first, last = float(min(times)), float(max(times))
    for time, unit in zip(times, units):
        frame = 0
        if last > first:
            frame = math.floor((float(time) - first) * frames / (last - first))
        counts[min(frame, frames - 1)][int(unit) // group] += 1
    return [min(count, 255) for frame in counts for count in frame]


@pytest.mark.parametrize("frames", [1, 3, 10, 100])
@pytest.mark.parametrize("group", [1, 4, 35, 700])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_counts_equal_those_of_a_loop(frames, group, dtype):
    rng = np.random.default_rng(frames * group)
    for n in (1, 2, 3, 700):
        times = rng.uniform(0.1, 1.3, n).astype(dtype)  # unsorted, on purpose
        units = rng.integers(0, 700, n).astype(np.uint16)
        counts = bin_spikes(times, units, frames=frames, group=group)
        assert counts.dtype == np.uint8
        assert counts.tolist() == by_hand(times, units, frames, group)


def test_times_are_not_rounded_to_float16_on_the_way():
    # between 1 and 2 float16 has steps of 1/1024: offsets computed in it fall into other frames
    times = (np.arange(1024, 2048, 3) / 1024).astype(np.float16)
    units = np.zeros(len(times), np.uint16)
    counts = bin_spikes(times, units, frames=100, group=700)
    assert counts.tolist() == by_hand(times, units, 100, 700)
    in_half = ((times - times[0]) * np.float16(100) / (times[-1] - times[0])).astype(int)
    assert np.bincount(np.minimum(in_half, 99), minlength=100).tolist() != counts.tolist()


def test_a_frame_begins_at_its_lower_edge_and_the_last_spike_is_in_the_last_frame():
    times = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    units = np.array([0, 0, 0, 0, 0], np.uint16)
    counts = bin_spikes(times, units, frames=4, group=700)
    assert counts.tolist() == [1, 1, 1, 2]


def test_a_sample_lasts_from_its_first_to_its_last_spike():
    times = np.array([0.25, 0.375, 1.0])
    units = np.array([0, 4, 699], np.uint16)
    counts = bin_spikes(times, units, frames=10, group=4).reshape(10, 175)
    again = bin_spikes(times * 8 + 16, units, frames=10, group=4).reshape(10, 175)
    assert np.array_equal(counts, again)
    assert np.argwhere(counts).tolist() == [[0, 0], [1, 1], [9, 174]]


def test_counts_beyond_a_byte_are_its_largest():
    times = np.linspace(0, 1, 1000)
    counts = bin_spikes(times, np.zeros(1000, np.uint16), frames=3, group=700)
    assert counts.tolist() == [255, 255, 255]


def test_samples_with_no_duration_are_in_the_first_frame():
    none = bin_spikes(np.array([], np.float16), np.array([], np.uint16), frames=2, group=350)
    one = bin_spikes(np.array([0.3]), np.array([400], np.uint16), frames=2, group=350)
    same = bin_spikes(np.array([0.3, 0.3]), np.array([1, 400]), frames=2, group=350)
    assert none.tolist() == [0, 0, 0, 0]
    assert one.tolist() == [0, 1, 0, 0]
    assert same.tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize("group", [0, 3, 8, 1400, -4, 4.0, True])
def test_a_group_that_leaves_channels_over_is_refused_with_those_that_do_not(group):
    with pytest.raises(DataError, match=r"group = .*1, 2, 4, 5, 7, 10, .*350, 700"):
        bin_spikes(np.array([0.1]), np.array([1]), frames=10, group=group)


@pytest.mark.parametrize("frames", [0, -1, 1001, 2.5])
def test_frames_out_of_range_are_refused(frames):
    with pytest.raises(DataError, match=r"frames = .*1\.\.1000"):
        bin_spikes(np.array([0.1]), np.array([1]), frames=frames, group=4)


@pytest.mark.parametrize(
    ("times", "units", "message"),
    [
        ([0.1, np.nan], [1, 2], "nan: must be finite"),
        ([0.1, np.inf], [1, 2], "inf: must be finite"),
        ([0.1, 0.2], [1, 700], r"channel 700: must be 0\.\.699"),
        ([0.1, 0.2], [1, -1], r"channel -1"),
        ([0.1, 0.2], [1], "2 spike times and 1 channels"),
    ],
)
def test_spikes_that_cannot_be_are_refused(times, units, message):
    with pytest.raises(DataError, match=message):
        bin_spikes(np.array(times), np.array(units), frames=10, group=4)
