"""Events of cameras and cochleas, counted in frames."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from math import prod
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from lava_intsnn.data.binning import MAX_FRAMES, check_times, frame_of
from lava_intsnn.data.dataset import Dataset
from lava_intsnn.data.errors import DataError
from lava_intsnn.field_checks import is_integer, shown
from lava_intsnn.progress_bar import progress_bar

_MAX_SIDE, _TOP = 4096, 255
#: Integer times of so many units a frame are cut as tonic cuts them.
_FINE = 100


def events(
    recordings: Any,
    labels: Any = None,
    *,
    sensor_size: Sequence[int] | None = None,
    steps: int = 10,
    bins: Literal["time", "count"] = "time",
    polarity: Literal["both", "merged"] = "both",
    pooling: int = 1,
    spikes: bool = False,
    name: str = "events",
    n_classes: int | None = None,
    classes: Sequence[str] | None = None,
    split: str = "train",
    progress: bool = True,
) -> Dataset:
    """Count events in frames: the samples of a network whose encoder takes frames.

    Parameters
    ----------
    recordings : tonic data set, or sequence of structured arrays
        Each array has a field ``t`` and some of ``x``, ``y`` and ``p``, in any order of fields.
        Times may have any unit.
    labels : (N,) array, optional
        Integers or names. A tonic data set has its own.
    sensor_size : (int, int, int), optional
        Width, height and polarities, in tonic's order; that of the data set by default.
    steps : int
        Frames of a sample, 1..1000.
    bins : {"time", "count"}
        Frames are equal parts of a recording's duration, or hold equal numbers of its events. What
        does not divide evenly is left out at the end, as in ``tonic.transforms.ToFrame``: fewer
        events than there are frames, or, of integer times with at least 100 units a frame, fewer
        units than there are frames and what happens at the last instant. Of other times nothing
        is left out: a frame's part may be a fraction.
    polarity : {"both", "merged"}
        A channel for each polarity, or one for all.
    pooling : int
        Squares of this side become one pixel.
    spikes : bool
        Whether something happened (0 or 1) in place of how often (0..255, cut there).
    name, n_classes, classes, split
        See :meth:`Dataset.from_arrays`.
    progress : bool
        Show a bar, on a terminal.

    Returns
    -------
    Dataset
        ``image_shape`` is (steps, height, width, channels), rounded up by ``pooling``.

    Raises
    ------
    DataError
        If a recording is no such array, holds an event beyond the sensor, or fewer events than
        frames of equal numbers: names the recording.

    Examples
    --------
    >>> event = np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])
    >>> made = [np.array([(0, 0, k, 1), (1, 1, k + 9, 0)], event) for k in range(4)]
    >>> events(made, [0, 1, 0, 1], sensor_size=(2, 2, 2), steps=3)
    Dataset('events', 'train', 4 samples, 3x2x2x2, 2 classes)
    """
    size = _sensor_size(recordings, sensor_size)
    _check_options(steps=steps, bins=bins, polarity=polarity, pooling=pooling)
    size = (-(-size[0] // pooling), -(-size[1] // pooling), 1 if polarity == "merged" else size[2])
    given = None if labels is None else np.asarray(labels)
    n = len(recordings) if isinstance(recordings, Sized) else 0
    if n == 0:
        raise DataError("recordings: must be a sequence of at least one array of events")
    if given is not None and given.shape[:1] != (n,):
        raise DataError(f"{n} recordings and labels of shape {given.shape}: must be as many")
    counts = np.empty((n, steps, size[1], size[0], size[2]), dtype=np.uint8)
    found: list[Any] = []
    with progress_bar(n, shown=progress, name=f"counting {name}") as bar:
        for k in range(n):
            sample = recordings[k]
            if given is None:
                sample, label = _pair(sample, k)
                found.append(label)
            array = _checked(sample, k, size, pooling=pooling, merged=polarity == "merged")
            counts[k] = _frames(array, k, size, steps=steps, bins=bins)
            bar.update(1)
    if spikes:
        np.minimum(counts, 1, out=counts)
    return Dataset.from_arrays(
        counts,
        found if given is None else given,
        name=name,
        frames=True,
        n_classes=n_classes,
        classes=classes,
        split=split,
    )


def _sensor_size(recordings: Any, given: Sequence[int] | None) -> tuple[int, int, int]:
    size = getattr(recordings, "sensor_size", None) if given is None else given
    if size is None:
        raise DataError("sensor_size: give (width, height, polarities), as these recordings do not")
    fits = isinstance(size, (tuple, list)) and len(size) == 3
    if not fits or not all(is_integer(s) and 1 <= s <= _MAX_SIDE for s in size):
        raise DataError(
            f"sensor_size = {shown(size)}: must be three integers in 1..{_MAX_SIDE}, "
            "(width, height, polarities)"
        )
    return int(size[0]), int(size[1]), int(size[2])


def _check_options(*, steps: int, bins: str, polarity: str, pooling: int) -> None:
    for what, value, top in (("steps", steps, MAX_FRAMES), ("pooling", pooling, _MAX_SIDE)):
        if not is_integer(value) or not 1 <= value <= top:
            raise DataError(f"{what} = {shown(value)}: must be an integer in 1..{top}")
    for what, word, known in (
        ("bins", bins, ("time", "count")),
        ("polarity", polarity, ("both", "merged")),
    ):
        if word not in known:
            raise DataError(f"{what} = {shown(word)}: must be one of {', '.join(known)}")


def _pair(sample: Any, k: int) -> tuple[Any, Any]:
    if not isinstance(sample, (tuple, list)) or len(sample) != 2:
        raise DataError(f"recording {k}: give labels, or a data set of pairs (events, label)")
    return sample[0], sample[1]


def _checked(
    sample: Any, k: int, size: tuple[int, int, int], *, pooling: int, merged: bool
) -> np.ndarray:
    """Return a recording with integer places, its events within the sensor."""
    names = getattr(getattr(sample, "dtype", None), "names", None) or ()
    if "t" not in names or "x" not in names or np.ndim(sample) != 1:
        raise DataError(
            f"recording {k}: must be an array with the fields x, y, t and p, such as tonic's; it "
            f"is {shown(sample)}"
        )
    times = sample["t"]
    try:
        check_times(times)
    except DataError as error:
        raise DataError(f"recording {k}: {error}") from None
    array = np.zeros(len(sample), [("t", times.dtype), *((field, np.int64) for field in "xyp")])
    array["t"] = times
    for field, limit in zip("xyp", size):
        if field not in names or (field == "p" and merged):
            continue
        values = sample[field].astype(np.int64)
        values = values // pooling if field != "p" else values
        wrong = (values < 0) | (values >= limit)
        if wrong.any():
            fix = "polarities are 0 and 1, so -1 has to become 0" if field == "p" else ""
            raise DataError(
                f"recording {k}: an event has {field} = {sample[field][wrong][0]}, beyond the "
                f"sensor, whose size is {size} after pooling; {fix or 'check sensor_size'}"
            )
        array[field] = values
    return array


def _frames(
    array: np.ndarray, k: int, size: tuple[int, int, int], *, steps: int, bins: str
) -> npt.NDArray[np.uint8]:
    """Return the counts (T, H, W, P) of a recording."""
    shape = (steps, size[1], size[0], size[2])
    if not len(array):
        return np.zeros(shape, dtype=np.uint8)
    if bins == "count":
        if len(array) < steps:
            raise DataError(
                f"recording {k}: holds {len(array)} events for {steps} frames of equal numbers; "
                "give fewer steps, or bins='time'"
            )
        array = array[np.argsort(array["t"], kind="stable")]
        frame = np.arange(len(array)) // (len(array) // steps)
    else:
        frame = _frame_of(array["t"], steps)
    inside = frame < steps
    place = np.ravel_multi_index((array["y"], array["x"], array["p"]), shape[1:])
    cells = frame * prod(shape[1:]) + place
    counts = np.bincount(cells[inside], minlength=prod(shape))
    return np.minimum(counts, _TOP).astype(np.uint8).reshape(shape)


def _frame_of(times: np.ndarray, steps: int) -> npt.NDArray[np.int64]:
    """Return the frame of each time; from ``steps`` on it is left out."""
    if times.dtype.kind == "f":
        return frame_of(times, steps)
    # floats would round long times, and their own type may not hold the duration
    start = times.astype(np.uint64) - times.min().astype(np.uint64)
    window = int(start.max()) // steps
    # the figures of N-MNIST are those of tonic's frames; of coarser times these would lose more
    return (start // window).astype(np.int64) if window >= _FINE else frame_of(start, steps)
