"""Specification of a quantised network, its augmentation and its training recipe."""

from __future__ import annotations

from dataclasses import dataclass

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.stack import Stack
from lava_intsnn.field_checks import check_fields
from lava_intsnn.nearest_name import choices

#: Of the first and last layer: int8 weights on integer pixels, or the paper's float weights.
ENDS = ("integer", "float")

SCHEDULES = ("cosine", "steps")


@dataclass(frozen=True, kw_only=True)
class AnnSpec:
    """A stack with its quantisation.

    Parameters
    ----------
    name : str
    stack : Stack
    pixels : Pixels
    level : int
        k, 0..7: activations of hidden layers are multiples of 2^-k. The first layer's are 0..4.
    weight_bits : int
        Of hidden layers, 2..8; 2 is ternary.
    ends : {"integer", "float"}

    Raises
    ------
    ConversionError
        If a value is out of range.
    """

    name: str
    stack: Stack
    pixels: Pixels
    level: int = 0
    weight_bits: int = 2
    ends: str = "integer"

    def __post_init__(self) -> None:
        check_fields(self, ConversionError)
        if not 0 <= self.level <= 7:
            raise ConversionError(f"quantisation level k = {self.level}: must be in 0..7")
        if not 2 <= self.weight_bits <= 8:
            raise ConversionError(
                f"weight_bits = {self.weight_bits}: must be in 2..8, 2 is ternary"
            )
        if self.ends not in ENDS:
            raise ConversionError(f"ends {self.ends!r}: must be one of {choices(self.ends, ENDS)}")


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Random changes to a training image, new in each epoch; none by default.

    Parameters
    ----------
    shift : int
        Largest move, in pixels, of the part that is used in each direction; beyond the image there
        are zeros. With a crop of 24 x 24 from 32 x 32, a shift of 4 reaches every position.
    flip : bool
        Mirror left and right, for half of the images.
    brightness : int
        Largest number of grey levels added or subtracted.
    contrast : int
        Largest change of the contrast in percent, about the mean of each colour.
    """

    shift: int = 0
    flip: bool = False
    brightness: int = 0
    contrast: int = 0

    def __post_init__(self) -> None:
        check_fields(self, ConversionError)
        for name, high in (("shift", 16), ("brightness", 255), ("contrast", 100)):
            if not 0 <= getattr(self, name) <= high:
                raise ConversionError(f"{name} = {getattr(self, name)}: must be in 0..{high}")


@dataclass(frozen=True, kw_only=True)
class AnnRecipe:
    """Adam on the cross-entropy, with a cosine schedule to 0 or the paper's steps.

    Parameters
    ----------
    epochs, batch : int
    lr : float
        Learning rate at the start.
    schedule : {"cosine", "steps"}
        Half a cosine from ``lr`` to 0, or ``lr`` for half of the run and a tenth of it after that.
    augment : Augmentation
    """

    epochs: int
    batch: int = 200
    lr: float = 1e-3
    schedule: str = "cosine"
    augment: Augmentation = Augmentation()

    def __post_init__(self) -> None:
        check_fields(self, ConversionError)
        for name, low, high in (("epochs", 1, 100_000), ("batch", 2, 65_536)):
            if not low <= getattr(self, name) <= high:
                raise ConversionError(f"{name} = {getattr(self, name)}: must be in {low}..{high}")
        if not 0 < self.lr <= 1:
            raise ConversionError(f"learning rate {self.lr}: must be above 0 and at most 1")
        if self.schedule not in SCHEDULES:
            raise ConversionError(f"schedule {self.schedule!r}: must be one of {SCHEDULES}")
