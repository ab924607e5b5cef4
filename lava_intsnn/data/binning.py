"""Binning of spikes to frames: spike counts of groups of channels in equal parts of a sample."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lava_intsnn.data.errors import DataError
from lava_intsnn.field_checks import is_integer

#: Channels of the inner-ear model behind the Heidelberg data sets.
N_CHANNELS = 700

#: More channels than any recording has.
MAX_CHANNELS = 1 << 20

MAX_FRAMES = 1000

_MAX_COUNT = 255
#: Times beyond cannot be multiplied with the frames.
_MAX_TIME = 1e300


def check_binning(*, frames: int, group: int, channels: int = N_CHANNELS) -> None:
    """Raise :class:`DataError` unless :func:`bin_spikes` accepts these values."""
    if not is_integer(frames) or not 1 <= frames <= MAX_FRAMES:
        raise DataError(f"frames = {frames!r}: must be an integer in 1..{MAX_FRAMES}")
    if not is_integer(channels) or not 1 <= channels <= MAX_CHANNELS:
        raise DataError(f"channels = {channels!r}: must be an integer in 1..{MAX_CHANNELS}")
    if not is_integer(group) or not 1 <= group <= channels or channels % group:
        groups = [g for g in range(1, channels + 1) if channels % g == 0]
        raise DataError(
            f"group = {group!r}: must divide the {channels} channels, "
            f"one of {', '.join(map(str, groups))}"
        )


def bin_spikes(
    times: npt.NDArray[np.floating],
    units: npt.NDArray[np.integer],
    *,
    frames: int,
    group: int,
    channels: int = N_CHANNELS,
) -> npt.NDArray[np.uint8]:
    """Count a sample's spikes in ``frames`` equal parts of the sample's own duration.

    A spike at ``t`` belongs to frame ``min(floor((t - t0) * frames / (t1 - t0)), frames - 1)``,
    where ``t0`` and ``t1`` are the first and the last spike's times, all in float64. If they are
    equal (as for a single spike), all spikes belong to frame 0.

    Parameters
    ----------
    times : (S,) float array
        In any unit; need not be sorted.
    units : (S,) array
        Channel of each spike, 0..channels-1: integers of any type, or floats without a fraction.
    frames : int
        T, 1..1000.
    group : int
        Adjacent channels summed to one input; divides ``channels``, C = channels / group.
    channels : int
        Of the recording.

    Returns
    -------
    (T * C,) uint8 array
        Frame ``t`` of channel ``c`` at ``t * C + c``; counts beyond 255 are 255. All zeros for a
        sample without spikes.

    Raises
    ------
    DataError
        If ``frames`` or ``group`` is out of range, a time is not finite or a channel is out of
        range.
    """
    check_binning(frames=frames, group=group, channels=channels)
    n_groups = channels // group
    counts = np.zeros(frames * n_groups, dtype=np.uint8)
    units = _checked_units(times, units, channels)
    if len(times) == 0:
        return counts
    frame = frame_of(times, frames)
    total = np.bincount(frame * n_groups + units // group, minlength=counts.size)
    return np.minimum(total, _MAX_COUNT, out=counts, casting="unsafe")


def frame_of(times: npt.NDArray, frames: int) -> npt.NDArray[np.int64]:
    """Return the frame of each time, as :func:`bin_spikes` says; there is at least one time."""
    t = times.astype(np.float64)
    t -= t.min()
    duration = t.max() or 1.0  # all at one time: frame 0
    return np.minimum((t * frames / duration).astype(np.int64), frames - 1)


def check_times(times: npt.NDArray) -> None:
    """Raise :class:`DataError` unless :func:`frame_of` accepts these times."""
    if times.dtype.kind not in "uif":
        raise DataError(f"times are of type {times.dtype}: must be numbers")
    if times.dtype.kind == "f":
        wrong = ~(np.abs(times.astype(np.float64)) <= _MAX_TIME)  # so that it holds for nan
        if wrong.any():
            raise DataError(
                f"times hold {times[wrong][0]}: must be finite, and within +-{_MAX_TIME:g}"
            )


def _checked_units(times: np.ndarray, units: np.ndarray, channels: int) -> npt.NDArray[np.int64]:
    """Return the channels as integers of one type, whatever the file's."""
    if len(times) != len(units):
        raise DataError(f"{len(times)} spike times and {len(units)} channels: must be as many")
    check_times(times)
    if units.dtype.kind not in "uif":
        raise DataError(f"channels are of type {units.dtype}: must be numbers")
    outside = ~((units >= 0) & (units < channels))  # so that it holds for nan
    if outside.any():
        raise DataError(f"channel {units[outside][0]}: must be 0..{channels - 1}")
    whole = units.astype(np.int64)
    if (whole != units).any():
        raise DataError(f"channel {units[whole != units][0]}: must be a whole number")
    return whole
