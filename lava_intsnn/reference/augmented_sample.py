"""One training sample, augmented in plain numpy: what the kernels of ``training.augment`` do."""

from __future__ import annotations

import numpy as np

from lava_intsnn.arithmetic import Stream, draw, draw_below, draw_byte, random_key
from lava_intsnn.augmenting import CENTRE_BITS, RATIO_BITS, Augment, AugmentDraw, ratio_of


def augmented_sample(
    images: np.ndarray,
    labels: np.ndarray,
    index: int,
    *,
    augment: Augment,
    seed: int,
    epoch: int,
) -> np.ndarray:
    """Return sample ``index`` of a data set as ``epoch`` shows it, uint8 ``(T, H, W, C)``.

    Parameters
    ----------
    images : uint8 (N, T, H, W, C)
        Still images have T = 1, frames of channels H = 1 and C = 1, with the channels along W.
    labels : integer (N,)
    """
    with np.errstate(over="ignore"):
        key = random_key(seed, Stream.AUGMENT, index, epoch)
        sample = _mixed(images, labels, index, key, augment)
        sample = _masked(_moved(sample, key, augment), key, augment)
        return _cut_out(_turned(_mirrored(sample, key, augment), key, augment), key, augment)


def _below(key: np.uint64, what: AugmentDraw, n: int) -> int:
    return int(draw_below(key, np.uint64(what), np.uint64(n)))


def _mixed(
    images: np.ndarray, labels: np.ndarray, index: int, key: np.uint64, augment: Augment
) -> np.ndarray:
    """Each value from the sample, or with a bit of 1 from another one of its class."""
    sample = images[index]
    others = [k for k in np.flatnonzero(labels == labels[index]) if k != index]
    if not others or _below(key, AugmentDraw.WHETHER_MIXED, 100) >= augment.mix:
        return sample
    mate = images[others[_below(key, AugmentDraw.MATE, len(others))]]
    if augment.align and sample.any() and mate.any():
        apart = [
            (a - b + (1 << CENTRE_BITS >> 1)) >> CENTRE_BITS
            for a, b in zip(*map(_centre, (mate, sample)))
        ]
        mate = _displaced(mate, *apart)
    cells = np.arange(sample.size, dtype=np.uint64)
    words = draw(key, np.uint64(AugmentDraw.CELLS) + (cells >> np.uint64(6)))
    bits = (words >> (cells & np.uint64(63))) & np.uint64(1)
    return np.where(bits.reshape(sample.shape) == 1, mate, sample)


def _centre(sample: np.ndarray) -> list[int]:
    """Return the centre of mass in time, rows and columns, in 1/16, rounded down."""
    wide = sample.astype(np.int64)
    places = np.indices(sample.shape)[:3]
    return [int((place * wide).sum() << CENTRE_BITS) // int(wide.sum()) for place in places]


def _displaced(sample: np.ndarray, dt: int, dy: int, dx: int) -> np.ndarray:
    """Return a sample whose place (t, y, x) holds what was at (t + dt, y + dy, x + dx), or 0."""
    out = np.zeros_like(sample)
    for place in np.ndindex(sample.shape[:3]):
        origin = tuple(np.add(place, (dt, dy, dx)))
        if all(0 <= at < size for at, size in zip(origin, sample.shape)):
            out[place] = sample[origin]
    return out


def _moved(sample: np.ndarray, key: np.uint64, augment: Augment) -> np.ndarray:
    """Shift rows and columns, start earlier or later, and stretch time."""
    frames, height = sample.shape[:2]
    span = np.uint64(2 * augment.shift + 1)
    dy, dx = (int(draw_byte(key, np.uint64(k)) % span) - augment.shift for k in (0, 1))
    shifted = _displaced(sample, 0, dy if height > 1 else 0, dx)
    reach = ratio_of(augment.stretch)
    ratio = (1 << RATIO_BITS) - reach + _below(key, AugmentDraw.STRETCH, 2 * reach + 1)
    late = _below(key, AugmentDraw.TIME_SHIFT, 2 * augment.time_shift + 1) - augment.time_shift
    out = np.zeros_like(sample)
    for t in range(frames):
        source = ((t + late) * ratio) >> RATIO_BITS
        if 0 <= source < frames:
            out[t] = shifted[source]
    return out


def _masked(sample: np.ndarray, key: np.uint64, augment: Augment) -> np.ndarray:
    """Silence adjacent frames and adjacent columns."""
    frames, _, width, _ = sample.shape
    out = sample.copy()
    n = _below(key, AugmentDraw.TIME_MASK_LENGTH, augment.time_mask + 1)
    first = _below(key, AugmentDraw.TIME_MASK_START, frames - n + 1)
    out[first : first + n] = 0
    n = _below(key, AugmentDraw.CHANNEL_MASK_LENGTH, augment.channel_mask + 1)
    first = _below(key, AugmentDraw.CHANNEL_MASK_START, width - n + 1)
    out[:, :, first : first + n] = 0
    return out


def _mirrored(sample: np.ndarray, key: np.uint64, augment: Augment) -> np.ndarray:
    """Mirror half of the images, left to right."""
    mirror = augment.mirror and _below(key, AugmentDraw.MIRROR, 2)
    return sample[:, :, ::-1] if mirror else sample


def _turned(sample: np.ndarray, key: np.uint64, augment: Augment) -> np.ndarray:
    """Turn images about their centre, which may lie between pixels: distances are doubled."""
    _, height, width, _ = sample.shape
    reach = ratio_of(augment.turn)
    slope = _below(key, AugmentDraw.TURN, 2 * reach + 1) - reach
    half = 1 << RATIO_BITS
    out = np.zeros_like(sample)
    for y in range(height):
        for x in range(width):
            source_y = y + ((slope * (2 * x - width + 1) + half) >> (RATIO_BITS + 1))
            source_x = x + ((half - slope * (2 * y - height + 1)) >> (RATIO_BITS + 1))
            if 0 <= source_y < height and 0 <= source_x < width:
                out[:, y, x] = sample[:, source_y, source_x]
    return out


def _cut_out(sample: np.ndarray, key: np.uint64, augment: Augment) -> np.ndarray:
    """Silence a square, as far as it lies within the image."""
    _, height, width, _ = sample.shape
    top = _below(key, AugmentDraw.CUTOUT_ROW, height) - augment.cutout // 2
    left = _below(key, AugmentDraw.CUTOUT_COLUMN, width) - augment.cutout // 2
    out = sample.copy()
    out[
        :, max(0, top) : max(0, top + augment.cutout), max(0, left) : max(0, left + augment.cutout)
    ] = 0
    return out
