"""Integer augmentation: shifts, stretches, masks and mixtures of training samples.

The plain form, to be read first, is :mod:`lava_intsnn.reference.augmented_sample`.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.arithmetic import Stream, random_key
from lava_intsnn.augmenting import (
    CENTRE_BITS,
    RATIO_BITS,
    Augment,
    AugmentDraw,
    ratio_of,
    sample_shape,
)
from lava_intsnn.engine.jit import draw, draw_below, draw_byte, kernel
from lava_intsnn.training.augment_images import change_images
from lava_intsnn.training.class_mates import ClassMates

_ONE, _ALL = np.uint64(1), np.uint8(255)
_CELLS = np.uint64(AugmentDraw.CELLS)
_STRETCH, _TIME_SHIFT = np.uint64(AugmentDraw.STRETCH), np.uint64(AugmentDraw.TIME_SHIFT)
_TIME_LENGTH = np.uint64(AugmentDraw.TIME_MASK_LENGTH)
_TIME_START = np.uint64(AugmentDraw.TIME_MASK_START)
_CHANNEL_LENGTH = np.uint64(AugmentDraw.CHANNEL_MASK_LENGTH)
_CHANNEL_START = np.uint64(AugmentDraw.CHANNEL_MASK_START)
_RATIO_BITS, _UNITY = np.int64(RATIO_BITS), np.int64(1 << RATIO_BITS)
_CENTRE_BITS, _HALF = np.int64(CENTRE_BITS), np.int64(1 << (CENTRE_BITS - 1))


@kernel
def _centre(sample, shape):
    """Return the sum of a sample, and its centre of mass in time, rows and columns."""
    frames, height, width, colours = shape
    total, in_t, in_y, in_x = 0, 0, 0, 0
    row = 0
    for t in range(frames):
        for y in range(height):
            here, along = np.int64(0), np.int64(0)
            for x in range(width):
                for c in range(colours):
                    value = np.int64(sample[row + x * colours + c])
                    here += value
                    along += x * value
            row += width * colours
            total += here
            in_t += t * here
            in_y += y * here
            in_x += along
    parts = max(total, 1)
    return (
        total,
        (in_t << _CENTRE_BITS) // parts,
        (in_y << _CENTRE_BITS) // parts,
        (in_x << _CENTRE_BITS) // parts,
    )


@kernel
def _align(sample, mate, shape, out):
    """Fill ``out`` with ``mate``, moved so that its centre of mass is that of ``sample``."""
    frames, height, width, colours = shape
    total, at_t, at_y, at_x = _centre(sample, shape)
    its_total, its_t, its_y, its_x = _centre(mate, shape)
    dt, dy, dx = 0, 0, 0
    if total and its_total:
        dt = (its_t - at_t + _HALF) >> _CENTRE_BITS
        dy = (its_y - at_y + _HALF) >> _CENTRE_BITS
        dx = (its_x - at_x + _HALF) >> _CENTRE_BITS
    row = width * colours
    first, last = max(0, -dx) * colours, min(width, width - dx) * colours
    for t in range(frames):
        for y in range(height):
            to = (t * height + y) * row
            for k in range(row):
                out[to + k] = 0
            if 0 <= t + dt < frames and 0 <= y + dy < height:
                start = ((t + dt) * height + y + dy) * row + dx * colours
                for k in range(first, last):
                    out[to + k] = mate[start + k]


@kernel
def _mix(sample, mate, key, out):
    """Take each value of ``out`` from ``sample``, or where its random bit is 1 from ``mate``."""
    for first in range(0, len(out), 64):
        bits = draw(key, _CELLS + np.uint64(first >> 6))
        for k in range(min(64, len(out) - first)):  # without a branch, so in vectors
            its = np.uint8((bits >> np.uint64(k)) & _ONE) * _ALL
            own = sample[first + k]
            out[first + k] = own ^ ((own ^ mate[first + k]) & its)


@kernel
def _change(samples, mates, mixed, keys, shape, numbers, align, out):
    """Mix, move and silence samples (B, I); ``numbers`` are the fields of an Augment."""
    frames, height, width, colours = shape
    shift, reach, time_shift, time_mask, channel_mask = numbers
    row = width * colours
    moved, blend = np.empty(samples.shape[1], np.uint8), np.empty(samples.shape[1], np.uint8)
    for b in range(samples.shape[0]):
        key = keys[b]
        span = np.uint64(2 * shift + 1)
        dy = np.int64(draw_byte(key, np.uint64(0)) % span) - shift if height > 1 else 0
        dx = np.int64(draw_byte(key, np.uint64(1)) % span) - shift
        ratio = _UNITY - reach + np.int64(draw_below(key, _STRETCH, np.uint64(2 * reach + 1)))
        dt = np.int64(draw_below(key, _TIME_SHIFT, np.uint64(2 * time_shift + 1))) - time_shift
        silent = np.int64(draw_below(key, _TIME_LENGTH, np.uint64(time_mask + 1)))
        silent_from = np.int64(draw_below(key, _TIME_START, np.uint64(frames - silent + 1)))
        mute = np.int64(draw_below(key, _CHANNEL_LENGTH, np.uint64(channel_mask + 1)))
        mute_from = np.int64(draw_below(key, _CHANNEL_START, np.uint64(width - mute + 1)))
        source = samples[b]
        if mixed[b]:
            mate = mates[b]
            if align:
                _align(samples[b], mates[b], shape, moved)
                mate = moved
            _mix(samples[b], mate, key, blend)
            source = blend
        first, last = max(0, -dx) * colours, min(width, width - dx) * colours
        for t in range(frames):
            source_t = ((t + dt) * ratio) >> _RATIO_BITS
            heard = 0 <= source_t < frames and not 0 <= t - silent_from < silent
            for y in range(height):
                to = (t * height + y) * row
                source_y = y + dy
                if not heard or not 0 <= source_y < height or last <= first:
                    for k in range(row):
                        out[b, to + k] = 0
                    continue
                start = (source_t * height + source_y) * row + dx * colours
                for k in range(first):
                    out[b, to + k] = 0
                for k in range(first, last):
                    out[b, to + k] = source[start + k]
                for k in range(last, row):
                    out[b, to + k] = 0
                for k in range(mute_from * colours, (mute_from + mute) * colours):
                    out[b, to + k] = 0


def augment_samples(
    images: np.ndarray,
    samples: np.ndarray,
    *,
    augment: Augment,
    mates: ClassMates | None,
    image_shape: tuple[int, ...],
    frames: bool,
    seed: int,
    epoch: int,
) -> np.ndarray:
    """Return the samples of a data set as ``epoch`` shows them, uint8 ``(B, I)``.

    Parameters
    ----------
    images : uint8 (N, I)
        Of the whole data set.
    samples : integer (B,)
        Which of them.
    augment : Augment
    mates : ClassMates, optional
        Of the data set's labels, required if ``augment`` mixes.
    image_shape, frames
        See :func:`~lava_intsnn.augmenting.sample_shape`.

    Raises
    ------
    NetworkError
        If samples have too few frames or channels for ``augment``.
    """
    augment.require_fit(image_shape, frames=frames)
    shape = sample_shape(image_shape, frames=frames)
    keys = random_key(seed, Stream.AUGMENT, samples, epoch)
    shown = images[samples]
    others, mixed = shown, np.zeros(len(shown), bool)
    if augment.mix and mates is not None:
        chosen = mates.chosen(samples, keys, percent=augment.mix)
        mixed = chosen >= 0
        others = images[np.where(mixed, chosen, samples)]
    numbers = (
        augment.shift,
        ratio_of(augment.stretch),
        augment.time_shift,
        augment.time_mask,
        augment.channel_mask,
    )
    out = np.empty_like(shown)
    _change(shown, others, mixed, keys, shape, numbers, augment.align, out)
    if augment.mirror or augment.turn or augment.cutout:
        reach = ratio_of(augment.turn)
        change_images(out, keys, shape, augment.mirror, reach, augment.cutout)
    return out
