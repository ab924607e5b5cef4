"""Integer augmentation of training images on the device that learns from them.

Random numbers are keyed by seed, sample and epoch, and everything else is integer, so each device
and each batch shows a sample alike.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lava_intsnn.arithmetic import Stream, draw, draw_below, random_key
from lava_intsnn.conversion.ann_spec import Augmentation
from lava_intsnn.conversion.pixels import STANDARD_BITS, Pixels

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset

_FACTOR_BITS = 8
#: Colour of a cut-out square, and the side of what "half of the images" is drawn from.
_GREY, _HALF = 128, 512


class _Draw(IntEnum):
    """Index of a random number of a sample in its stream."""

    DOWN = 0
    RIGHT = 1
    FLIP = 2
    CONTRAST = 3
    BRIGHTNESS = 4
    MIXED = 5
    MATE = 6
    AREA = 7
    CENTRE_Y = 8
    CENTRE_X = 9
    TINT = 16  # and further ones for further colours


class ShownBatch(NamedTuple):
    """A batch as the network sees it: inputs (B, C, H, W), labels (B,), and those mixed in.

    ``share`` (B,) of an image is its own, the rest is that of the image with the label ``mates``.
    Both are None if no image is mixed.
    """

    inputs: Tensor
    labels: Tensor
    mates: Tensor | None = None
    share: Tensor | None = None


class AugmentedImages:
    """The images of a data set on a device, changed anew in each epoch.

    Parameters
    ----------
    data : Dataset
        Images (H, W, C) of bytes.
    pixels : Pixels
        Crop and scale.
    augment : Augmentation
    seed : int
    device : str
    """

    def __init__(
        self,
        data: Dataset,
        *,
        pixels: Pixels,
        augment: Augmentation,
        seed: int,
        device: str = "cpu",
    ) -> None:
        maps = data.maps
        self._maps = torch.from_numpy(maps if maps.flags.writeable else maps.copy()).to(device)
        self._labels = torch.from_numpy(data.labels.astype(np.int64)).to(device)
        self._pixels, self._seed = pixels, seed
        height, width = self._maps.shape[1:3]
        pixels.cropped(maps[:1])  # refuses images that are too small
        self._crop = pixels.crop or height, pixels.crop or width
        self.begin(0, augment)

    def begin(self, epoch: int, augment: Augmentation) -> None:
        """Draw the random numbers of all samples for ``epoch``."""
        self._augment, (n, colours) = augment, self._maps.shape[:: len(self._maps.shape) - 1]
        with np.errstate(over="ignore"):
            key = random_key(self._seed, Stream.AUGMENT, np.arange(n), epoch)

            def below(what: int, count: int) -> Tensor:
                drawn = draw_below(key, np.uint64(what), np.uint64(count)).astype(np.int64)
                return torch.from_numpy(drawn).to(self._maps.device)

            def around(what: int, reach: int) -> Tensor:
                return below(what, 2 * reach + 1) - reach

            drawn = {_Draw.DOWN: around(_Draw.DOWN, augment.shift)}
            drawn[_Draw.RIGHT] = around(_Draw.RIGHT, augment.shift)
            drawn[_Draw.FLIP] = around(_Draw.FLIP, _HALF)
            change = (augment.contrast << _FACTOR_BITS) // 100
            drawn[_Draw.CONTRAST] = around(_Draw.CONTRAST, change)
            drawn[_Draw.BRIGHTNESS] = around(_Draw.BRIGHTNESS, augment.brightness)
            if augment.cutmix:
                drawn[_Draw.MIXED] = below(_Draw.MIXED, 100)
                drawn[_Draw.MATE] = below(_Draw.MATE, n)
                area = draw(key, np.uint64(_Draw.AREA)) >> np.uint64(32)
                side = np.sqrt(area * 2.0**-32)
                drawn[_Draw.AREA] = torch.from_numpy(side).to(self._maps.device)
            if augment.cutmix or augment.cutout:
                drawn[_Draw.CENTRE_Y] = below(_Draw.CENTRE_Y, self._crop[0])
                drawn[_Draw.CENTRE_X] = below(_Draw.CENTRE_X, self._crop[1])
            tints = [around(_Draw.TINT + k, augment.tint) for k in range(colours)]
        self._drawn, self._tints = drawn, torch.stack(tints, dim=1)

    def batch(self, chosen: Tensor) -> ShownBatch:
        """Return the samples with these numbers, int64 (B,), as this epoch shows them."""
        augment, labels = self._augment, self._labels[chosen]
        x, mates, share = self._changed(chosen), None, None
        if augment.cutmix or augment.cutout:
            inside, filling = self._squares(chosen), x.new_full((), _GREY)
            if augment.cutmix:
                mate = self._drawn[_Draw.MATE][chosen]
                mixed = self._drawn[_Draw.MIXED][chosen] < augment.cutmix
                filling = torch.where(mixed[:, None, None, None], self._changed(mate), filling)
                other = inside.flatten(1).sum(dim=1) * mixed
                share = 1 - other.float() / (inside.shape[1] * inside.shape[2])
                mates = self._labels[mate]
            x = torch.where(inside[..., None], filling, x)
        inputs = scaled(x, self._pixels).float().permute(0, 3, 1, 2)
        return ShownBatch(inputs, labels, mates, share)

    def _changed(self, chosen: Tensor) -> Tensor:
        """Return images (B, H', W', C), int32, moved, mirrored and with other colours."""
        augment, drawn = self._augment, self._drawn
        x = self._moved(chosen)
        if not (augment.brightness or augment.contrast or augment.tint):
            return x
        mean = x.sum(dim=(1, 2), keepdim=True, dtype=torch.int32) // (x.shape[1] * x.shape[2])
        factor = (1 << _FACTOR_BITS) + drawn[_Draw.CONTRAST][chosen].int()
        stretched = (x - mean) * factor[:, None, None, None] + (1 << _FACTOR_BITS >> 1)
        tint = drawn[_Draw.BRIGHTNESS][chosen][:, None] + self._tints[chosen]
        return mean + (stretched >> _FACTOR_BITS) + tint[:, None, None].int()

    def _moved(self, chosen: Tensor) -> Tensor:
        """Return the part in the middle, moved and mirrored; beyond an image there are zeros."""
        height, width = self._maps.shape[1:3]
        rows = self._places(height, self._crop[0], self._drawn[_Draw.DOWN][chosen])
        columns = self._places(width, self._crop[1], self._drawn[_Draw.RIGHT][chosen])
        if self._augment.flip:
            mirrored = self._drawn[_Draw.FLIP][chosen] < 0
            columns = torch.where(mirrored[:, None], columns.flip(1), columns)
        y, x = rows.clamp(0, height - 1), columns.clamp(0, width - 1)
        found = self._maps[chosen[:, None, None], y[:, :, None], x[:, None, :]].int()
        if self._augment.shift:
            outside = (rows != y)[:, :, None] | (columns != x)[:, None, :]
            found.masked_fill_(outside[..., None], 0)
        return found

    @staticmethod
    def _places(size: int, crop: int, moved: Tensor) -> Tensor:
        """Return (B, crop) places along one side of the images."""
        return torch.arange(crop, device=moved.device) + (size - crop) // 2 + moved[:, None]

    def _squares(self, chosen: Tensor) -> Tensor:
        """Return which pixels (B, H', W') another image's part, or the grey square, covers."""
        augment, drawn = self._augment, self._drawn
        inside = torch.ones((), dtype=torch.bool, device=chosen.device)
        for what, size, shape in (
            (_Draw.CENTRE_Y, self._crop[0], (-1, self._crop[0], 1)),
            (_Draw.CENTRE_X, self._crop[1], (-1, 1, self._crop[1])),
        ):
            side = torch.full_like(chosen, augment.cutout)
            if augment.cutmix:
                part = (drawn[_Draw.AREA][chosen] * size).long()
                side = torch.where(drawn[_Draw.MIXED][chosen] < augment.cutmix, part, side)
            first = (drawn[what][chosen] - side // 2)[:, None]
            place = torch.arange(size, device=chosen.device)
            inside = inside & ((place >= first) & (place < first + side[:, None])).reshape(shape)
        return inside


def scaled(x: Tensor, pixels: Pixels) -> Tensor:
    """Return integer pixels (B, H, W, C) on the scale of ``pixels``: its ``scaled``, in torch."""
    if pixels.scale == "raw":
        return x
    if pixels.scale == "centred":
        return x - 128
    x = x.long()
    n, axes = x[0].numel(), (1, 2, 3)
    total = x.sum(dim=axes, keepdim=True)
    spread = n * (x * x).sum(dim=axes, keepdim=True) - total * total
    deviation = spread.double().sqrt().floor().long().clamp(min=max(1, int(np.sqrt(n))))
    return ((n * x - total) * (2 << STANDARD_BITS) + deviation) // (2 * deviation)
