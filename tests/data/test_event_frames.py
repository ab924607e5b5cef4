"""Events in frames: the counts of a plain loop, and every kind of recording."""

import numpy as np
import pytest

from lava_intsnn.data import DataError, events

tonic = pytest.importorskip("tonic")

EVENT = np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])
SIZE = (5, 4, 2)
STEPS = 3


def recording(n=200, *, seed=0, dtype=EVENT, size=SIZE):
    """Events at equal distances in time."""
    rng = np.random.default_rng(seed)
    made = np.zeros(n, dtype=dtype)
    for field, limit in zip("xyp", size):
        if field in dtype.names:
            made[field] = rng.integers(0, limit, n)
    made["t"] = 3 * np.arange(n)
    return made


def counted(array, *, steps=STEPS, size=SIZE, pooling=1, merged=False):
    """Count in a loop: each frame has as many whole units of time, the rest is left out."""
    channels = 1 if merged else size[2]
    counts = np.zeros((steps, -(-size[1] // pooling), -(-size[0] // pooling), channels), int)
    times = array["t"].astype(np.int64) - int(array["t"].min())
    window = int(times.max()) // steps
    for event, time in zip(array, times):
        if (frame := time // window) < steps:
            y, x = event["y"] // pooling, event["x"] // pooling
            counts[frame, y, x, 0 if merged else event["p"]] += 1
    return counts


class Recordings:
    """As tonic's data sets are."""

    sensor_size = SIZE

    def __init__(self, arrays):
        self.arrays = arrays

    def __len__(self):
        return len(self.arrays)

    def __getitem__(self, index):
        return self.arrays[index], index % 2


@pytest.mark.parametrize(("pooling", "merged"), [(1, False), (2, False), (3, True)])
def test_every_event_is_counted_where_and_when_it_happens(pooling, merged):
    made = [recording(seed=k) for k in range(4)]
    polarity = "merged" if merged else "both"
    data = events(Recordings(made), steps=STEPS, pooling=pooling, polarity=polarity)
    assert data.labels.tolist() == [0, 1, 0, 1]
    assert data.frames == STEPS
    for row, array in zip(data.images, made):
        expected = counted(array, pooling=pooling, merged=merged)
        assert data.image_shape == expected.shape
        assert np.array_equal(row.reshape(expected.shape), expected)


def test_arrays_with_labels_of_their_own_are_the_same_data():
    made = [recording(seed=k) for k in range(4)]
    one = events(Recordings(made), steps=STEPS)
    two = events(made, [0, 1, 0, 1], sensor_size=SIZE, steps=STEPS)
    assert one.fingerprint() == two.fingerprint()
    named = events(made, ["b", "a", "b", "a"], sensor_size=SIZE)
    assert (named.classes, named.labels.tolist()) == (("a", "b"), [1, 0, 1, 0])


def test_fields_types_and_order_of_a_recording_do_not_matter():
    expected = events([recording()], [0], sensor_size=SIZE, steps=STEPS)
    other = np.dtype([("t", np.uint64), ("p", bool), ("y", np.uint8), ("x", np.uint16)])
    shuffled = recording(dtype=other)[np.random.default_rng(1).permutation(200)]
    seconds = np.zeros(200, dtype=[("t", np.float64), *[(f, int) for f in "pyx"]])
    for field in "xyp":
        seconds[field] = recording()[field]
    seconds["t"] = recording()["t"] * 2.0**-20 + 5
    data = events([shuffled], [0], sensor_size=SIZE, steps=STEPS)
    assert np.array_equal(data.images, expected.images)
    # of integers the last instant is left out, as tonic does
    data = events([seconds], [0], sensor_size=SIZE, steps=STEPS)
    more = data.images.astype(int) - expected.images
    assert (more.min(), more.sum(), data.images.sum()) == (0, 1, 200)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (range(5), [1, 0, 1, 0, 0, 1, 0, 1, 0, 1]),
        ([0.5] * 5, [5] + 9 * [0]),
        ([7] * 5, [5] + 9 * [0]),
        (range(20), [2] * 10),
    ],
)
def test_no_event_of_a_short_recording_is_lost(times, expected):
    array = np.zeros(len(times), EVENT if isinstance(times[0], int) else [("x", int), ("t", float)])
    array["t"] = times
    data = events([array], [0], sensor_size=(1, 1, 2), steps=10)
    assert data.images.reshape(10, -1).sum(1).tolist() == expected


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int64])
def test_times_may_use_the_whole_range_of_their_type(kind):
    array = np.zeros(3, [("x", int), ("t", kind)])
    array["t"] = np.iinfo(kind).min, 0, np.iinfo(kind).max
    data = events([array], [0], sensor_size=(1, 1, 1), steps=2)
    assert data.images.sum() >= 2
    assert data.images[0, 0] == 1


def test_fewer_events_than_frames_of_equal_numbers_are_refused():
    made = [recording(), recording(2)]
    with pytest.raises(DataError, match="recording 1: holds 2 events for 3 frames"):
        events(made, [0, 1], sensor_size=SIZE, steps=STEPS, bins="count")


def test_channels_without_a_place_are_as_tonics_recordings_of_sound():
    sound = np.dtype([("t", int), ("x", int), ("p", int)])
    array = recording(dtype=sound, size=(7, 1, 1))
    array["p"] = 0
    data = events([array], [0], sensor_size=(7, 1, 1), steps=2)
    assert data.image_shape == (2, 1, 7, 1)
    assert data.images.sum() >= 198


def test_bins_of_count_and_spikes():
    array = recording(90)
    array["t"] = np.arange(90) ** 2  # slower and slower
    data = events([array], [0], sensor_size=SIZE, steps=STEPS, bins="count")
    assert data.images.reshape(STEPS, -1).sum(1).tolist() == [30, 30, 30]
    spikes = events([array], [0], sensor_size=SIZE, steps=STEPS, bins="count", spikes=True)
    assert np.array_equal(spikes.images, np.minimum(data.images, 1))


def test_counts_end_at_255_and_nothing_is_nothing():
    crowd = np.zeros(65_600, EVENT)
    crowd["t"] = np.arange(65_600)
    data = events([crowd, crowd[:0]], [0, 1], sensor_size=(1, 1, 2), steps=1)
    assert data.images.tolist() == [[255, 0], [0, 0]]


@pytest.mark.parametrize(
    ("recordings", "options", "message"),
    [
        ([recording()], {"labels": [0]}, "sensor_size: give"),
        ([recording()], {"labels": [0], "sensor_size": (5, 4)}, "must be three integers"),
        ([recording()], {"labels": [0], "sensor_size": (5, 3, 2)}, "recording 0: .* y = 3, beyond"),
        (
            [recording()],
            {"labels": [0, 1], "sensor_size": SIZE},
            "1 recordings and labels",
        ),
        ([recording()], {"sensor_size": SIZE}, "recording 0: give labels"),
        ([], {"labels": [], "sensor_size": SIZE}, "at least one"),
        ([np.zeros((4, 4))], {"labels": [0], "sensor_size": SIZE}, "recording 0: must be an array"),
        ([recording()], {"labels": [0], "sensor_size": (True, 4, 2)}, "must be three integers"),
        (Recordings([recording()]), {"steps": 0}, r"steps = 0: must be an integer in 1..1000"),
        (Recordings([recording()]), {"pooling": 1.5}, "pooling = 1.5"),
        (Recordings([recording()]), {"bins": "size"}, "bins = 'size': must be one of time, count"),
        (Recordings([recording()]), {"polarity": "on"}, "polarity = 'on'"),
    ],
)
def test_what_are_no_recordings_is_refused(recordings, options, message):
    with pytest.raises(DataError, match=message):
        events(recordings, **options)


def test_a_time_that_is_no_number_is_refused():
    array = np.zeros(2, dtype=[("t", float), ("x", int)])
    for wrong in (np.nan, np.inf, 1e308):
        array["t"] = 0, wrong
        with pytest.raises(DataError, match=r"recording 0: times .* must be finite"):
            events([array], [0], sensor_size=SIZE)


def test_polarities_of_both_signs_are_refused_with_the_way_out():
    made = recording()
    made["p"] = 2 * made["p"] - 1
    with pytest.raises(DataError, match="has p = -1, .* so -1 has to become 0"):
        events([(made, 0), (made, 1)], sensor_size=SIZE, steps=STEPS)
