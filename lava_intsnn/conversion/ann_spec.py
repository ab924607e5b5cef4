"""Specification of a quantised network, its augmentation and its training recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.stack import Stack
from lava_intsnn.field_checks import Checked, Within, check_fields

#: Of the first and last layer: int8 weights on integer pixels, or the paper's float weights.
ENDS = ("integer", "float")

SCHEDULES = ("cosine", "steps")


@dataclass(frozen=True, kw_only=True)
class AnnSpec(Checked, refusal=ConversionError):
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
    level: Annotated[int, Within(0, 7)] = 0
    weight_bits: Annotated[int, Within(2, 8)] = 2
    ends: Annotated[str, ENDS] = "integer"


@dataclass(frozen=True, kw_only=True)
class Augmentation(Checked, refusal=ConversionError):
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

    shift: Annotated[int, Within(0, 16)] = 0
    flip: bool = False
    brightness: Annotated[int, Within(0, 255)] = 0
    contrast: Annotated[int, Within(0, 100)] = 0


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

    epochs: Annotated[int, Within(1, 100_000)]
    batch: Annotated[int, Within(2, 65_536)] = 200
    lr: float = 1e-3
    schedule: Annotated[str, SCHEDULES] = "cosine"
    augment: Augmentation = Augmentation()

    def __post_init__(self) -> None:
        check_fields(self, ConversionError)
        if not 0 < self.lr <= 1:
            raise ConversionError(f"learning rate {self.lr}: must be above 0 and at most 1")
