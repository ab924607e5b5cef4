"""What may be changed in training samples, so that a network learns to ignore it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import IntEnum
from typing import Annotated, Any

from lava_intsnn.field_checks import Checked, Within, is_integer, shown
from lava_intsnn.nearest_name import suggestion
from lava_intsnn.network.errors import NetworkError, require_range

#: A stretch of 1 in fixed point.
RATIO_BITS = 12
#: Centres of mass have this many bits behind the point.
CENTRE_BITS = 4
#: Changes of images, which frames of channels do not have.
IMAGE_CHANGES = ("mirror", "turn", "cutout")
#: Fields that are true or false; in text also 1 or 0.
_FLAGS = ("align", "mirror")
#: Largest shift, in pixels or channels.
MAX_SHIFT = 31


def ratio_of(percent: int) -> int:
    """Return a percentage in units of ``2**-RATIO_BITS``, rounded down."""
    return (percent << RATIO_BITS) // 100


class AugmentDraw(IntEnum):
    """Which of a sample's draws is for what, under a key of its own in each epoch."""

    SHIFT = 0  #: byte 0: rows, byte 1: columns or channels
    STRETCH = 1
    TIME_SHIFT = 2
    TIME_MASK_LENGTH = 3
    TIME_MASK_START = 4
    CHANNEL_MASK_LENGTH = 5
    CHANNEL_MASK_START = 6
    WHETHER_MIXED = 7
    MATE = 8
    MIRROR = 9
    TURN = 10
    CUTOUT_ROW = 11
    CUTOUT_COLUMN = 12
    CELLS = 16  #: draw ``CELLS + i // 64`` has the bit of cell ``i``


@dataclass(frozen=True, kw_only=True)
class Augment(Checked, refusal=NetworkError):
    """Changes of training samples, drawn anew for each sample in each epoch.

    They are made in this order: mix, stretch and shift, masks, mirror, turn, cutout. Every number
    is an integer, and every draw a function of the seed, the epoch and the sample's index alone.

    Parameters
    ----------
    shift : int
        Images move by up to this many pixels in each direction, and frames of channels by up to
        this many channels, all frames of a sample together. What moves in is 0.
    stretch : int
        Time runs up to this many percent faster or slower: frame ``t`` is frame
        ``floor(t * ratio)`` of the sample, with ``ratio`` in units of 1/4096. Frames beyond the end
        are 0.
    time_shift : int
        Samples begin up to this many frames earlier or later.
    time_mask : int
        Up to this many adjacent frames are silenced.
    channel_mask : int
        Up to this many adjacent channels are silenced, of images columns of pixels.
    mix : int
        Percentage of samples that are mixed with another training sample of their class: each value
        of a frame comes from one of the two, with equal probability.
    align : bool
        Move the other sample so that the centres of mass agree before it is mixed in.
    mirror : bool
        Half of the images are mirrored, left to right.
    turn : int
        Images turn about their centre by a slope of up to this many percent, either way: 10 percent
        are 5.7 degrees. With the slope ``m`` in units of 1/4096, the pixel at ``(x, y)`` from the
        centre is the nearest one to ``(x - m y, y + m x)`` of the image, or 0 outside.
    cutout : int
        A square of this many pixels a side, around a pixel drawn from the whole image, becomes 0.

    Raises
    ------
    NetworkError
        If a value is out of range.

    Examples
    --------
    >>> str(Augment(shift=5, stretch=15, mix=50))
    'shift=5,stretch=15,mix=50'
    """

    shift: Annotated[int, Within(0, MAX_SHIFT)] = 0
    stretch: Annotated[int, Within(0, 90)] = 0
    time_shift: Annotated[int, Within(0, 4095)] = 0
    time_mask: Annotated[int, Within(0, 4095)] = 0
    channel_mask: Annotated[int, Within(0, 65535)] = 0
    mix: Annotated[int, Within(0, 100)] = 0
    align: bool = True
    mirror: bool = False
    turn: Annotated[int, Within(0, 100)] = 0
    cutout: Annotated[int, Within(0, 4095)] = 0

    def __bool__(self) -> bool:
        """Whether anything is changed."""
        return any(value for name, value in asdict(self).items() if name != "align")

    def __str__(self) -> str:
        pairs = ((f.name, getattr(self, f.name), f.default) for f in fields(self))
        return ",".join(f"{name}={int(value)}" for name, value, usual in pairs if value != usual)

    @property
    def plain(self) -> int | Augment:
        """The shift alone, if there is nothing else: the form of earlier releases."""
        return self.shift if self == Augment(shift=self.shift) else self

    def in_words(self, *, frames: bool) -> str:
        """Return the changes as a phrase, with units, for reports."""
        places = "channels" if frames else "pixels"
        said = {
            "shift": f"shifts of up to {self.shift} {places}",
            "stretch": f"time stretched by up to {self.stretch} %",
            "time_shift": f"time shifted by up to {self.time_shift} frames",
            "time_mask": f"up to {self.time_mask} frames silenced",
            "channel_mask": f"up to {self.channel_mask} {places if frames else 'columns'} silenced",
            "mix": f"{self.mix} % of samples mixed with another of their class"
            + ("" if self.align else ", as they lie"),
            "mirror": "half of them mirrored",
            "turn": f"turned by a slope of up to {self.turn} %",
            "cutout": f"a square of {self.cutout} pixels cut out",
        }
        return ", ".join(text for name, text in said.items() if getattr(self, name))

    def require_frames(self, frames: int) -> None:
        """Raise NetworkError if this changes time, and data have too few ``frames`` (0: none)."""
        for name in ("stretch", "time_shift", "time_mask"):
            value = getattr(self, name)
            if value and not frames:
                raise NetworkError(
                    f"augment: {name} = {value}: needs samples that are frames in time, and these "
                    f"are still images: leave {name} out"
                )
            if name != "stretch" and value and value >= frames:
                raise NetworkError(
                    f"augment: {name} = {value}: samples have {frames} frames, so it must be in "
                    f"0..{frames - 1}"
                )

    def require_fit(self, image_shape: tuple[int, ...], *, frames: bool) -> None:
        """Raise NetworkError if samples of a shape have too little time, or too few channels.

        Parameters
        ----------
        image_shape, frames
            See :func:`sample_shape`.
        """
        length, height, width, _ = sample_shape(image_shape, frames=frames)
        self._require_images(height, width, frames=frames and len(image_shape) == 2)
        self.require_frames(length if frames or len(image_shape) == 4 else 0)
        if self.channel_mask and self.channel_mask >= width:
            raise NetworkError(
                f"augment: channel_mask = {self.channel_mask}: samples have {width} channels or "
                f"columns, so it must be in 0..{width - 1}"
            )

    def _require_images(self, height: int, width: int, *, frames: bool) -> None:
        for name in IMAGE_CHANGES:
            value = getattr(self, name)
            if value and frames:
                raise NetworkError(
                    f"augment: {name} = {value}: needs images, and these samples are frames of "
                    f"channels: leave {name} out"
                )
        if self.cutout > min(height, width):
            raise NetworkError(
                f"augment: cutout = {self.cutout}: images have {height} x {width} pixels, so it "
                f"must be in 0..{min(height, width)}"
            )


def sample_shape(image_shape: tuple[int, ...], *, frames: bool) -> tuple[int, int, int, int]:
    """Return frames, height, width and colours of samples; a frame of channels has one row.

    Parameters
    ----------
    image_shape : (H, W), (H, W, C) or (T, H, W, C)
    frames : bool
        ``(H, W)`` is ``(T, channels)``.
    """
    if len(image_shape) == 2:
        rows, columns = image_shape
        return (rows, 1, columns, 1) if frames else (1, rows, columns, 1)
    full = (1,) * (4 - len(image_shape)) + tuple(image_shape)
    return full[0], full[1], full[2], full[3]


def augment_of(given: Any) -> Augment:
    """Return the description of a shift alone, or of fields as JSON holds them.

    Raises
    ------
    NetworkError
        If ``given`` is none of these, or out of range.
    """
    if isinstance(given, Augment):
        return given
    if isinstance(given, Mapping):
        return _of_fields(dict(given))
    if not is_integer(given):
        raise NetworkError(
            f"augment = {shown(given)}: must be an integer in 0..{MAX_SHIFT}, the largest shift, "
            "or an Augment, made by Augment(...)"
        )
    require_range("augment", given, 0, MAX_SHIFT)
    return Augment(shift=int(given))


def augment_of_text(text: str) -> Augment:
    """Return what ``"2"``, a shift alone, or ``"shift=5,stretch=15"`` says.

    Raises
    ------
    NetworkError
        If the text says nothing of this form, or a value is out of range.
    """
    if "=" not in text:
        return augment_of(_integer(text, text))
    found: dict[str, Any] = {}
    for part in text.split(","):
        name, _, value = (word.strip() for word in part.partition("="))
        if name in found:
            raise NetworkError(f"augment {shown(text)}: names {name} twice")
        found[name] = _flag(value, part) if name in _FLAGS else _integer(value, part)
    return _of_fields(found)


def _of_fields(found: dict[Any, Any]) -> Augment:
    names = {f.name: f.name for f in fields(Augment)}
    for name in found:
        if name not in names:
            known = f"{', '.join(names)}{suggestion(name, names)}"
            raise NetworkError(f"augment: {shown(name)}: must be one of {known}")
    return Augment(**found)


def _flag(text: str, where: str) -> bool:
    words = {"0": False, "false": False, "1": True, "true": True}
    if text.lower() not in words:
        raise NetworkError(f"augment {shown(where)}: must be 1 (true) or 0 (false)")
    return words[text.lower()]


def _integer(text: str, where: str) -> int:
    try:
        if len(text) > 20:
            raise ValueError
        return int(text)
    except ValueError:
        raise NetworkError(
            f"augment {shown(where)}: must be an integer, or names with integers such as "
            "shift=5,stretch=15,mix=50"
        ) from None
