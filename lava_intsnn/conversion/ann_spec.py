"""Specification of a quantised network, its augmentation and its training recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.geometry import Shape
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.stack import Stack
from lava_intsnn.field_checks import Checked, Within, check_fields

#: Of the first and last layer: int8 weights on integer pixels, or the paper's float weights.
ENDS = ("integer", "float")

#: ``weight_bits`` of a network whose weights are not quantised.
FLOAT_WEIGHTS = 32

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
        Of hidden layers, 2..8; 2 is ternary. 32 are float weights, for the teacher of others:
        frozen, they are multiples of 2^-24.
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
    weight_bits: int = 2
    ends: Annotated[str, ENDS] = "integer"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.weight_bits != FLOAT_WEIGHTS and not 2 <= self.weight_bits <= 8:
            raise ConversionError(
                f"weight_bits = {self.weight_bits}: must be in 2..8, or {FLOAT_WEIGHTS} for float "
                "weights"
            )


@dataclass(frozen=True, kw_only=True)
class Augmentation(Checked, refusal=ConversionError):
    """Random changes to a training image, new in each epoch; none by default.

    Parameters
    ----------
    shift : int
        Largest move, in pixels, of the part that is used in each direction; beyond the image there
        are zeros. Less than the side of an image that is used whole. With a crop of 24 x 24 from
        32 x 32, a shift of 4 reaches every position.
    flip : bool
        Mirror left and right, for half of the images.
    brightness : int
        Largest number of grey levels added or subtracted.
    contrast : int
        Largest change of the contrast in percent, about the mean of each colour.
    tint : int
        Largest number of grey levels added to or subtracted from each colour on its own.
    cutmix : int
        Percent of the images in which a square shows a part of another training image, the same
        part; its area is uniform before the edge cuts it. The label is shared by area.
    cutout : int
        Side of a grey square, in pixels, in all images without another's part. At most that of
        the image.
    """

    shift: Annotated[int, Within(0, 16)] = 0
    flip: bool = False
    brightness: Annotated[int, Within(0, 255)] = 0
    contrast: Annotated[int, Within(0, 100)] = 0
    tint: Annotated[int, Within(0, 255)] = 0
    cutmix: Annotated[int, Within(0, 100)] = 0
    cutout: Annotated[int, Within(0, 1 << 16)] = 0

    def require_fit(self, shape: Shape, *, cropped: bool) -> None:
        """Raise ConversionError if images, as the network sees them, are too small for this.

        Parameters
        ----------
        shape : (int, int, int)
            Height, width and channels.
        cropped : bool
            They are parts of larger images, whose other parts may move in.
        """
        side = min(shape[:2])
        most = {"cutout": side} if cropped else {"shift": side - 1, "cutout": side}
        for name, top in most.items():
            if (value := getattr(self, name)) > top:
                raise ConversionError(
                    f"augment: {name} = {value}: the network sees images of "
                    f"{shape[0]}x{shape[1]} pixels, so it must be in 0..{top}"
                )


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
    warmup : int
        Percent of the batches in which the learning rate rises to ``lr``.
    smoothing : int
        Percent of each label that all classes share.
    decay : float
        Share of ``lr`` by which weights, but no batch norms, shrink in each batch (AdamW).
    plain : int
        Percent of the epochs, the last ones, without parts of other images.
    average : int
        Batches over which weights and batch norms are averaged: the network at the end of the run
        is the average, with batch-norm statistics taken anew. 0 for none.
    distill : int
        Percent of the loss that is the divergence from a teacher's classes; the rest is that from
        the labels.
    """

    epochs: Annotated[int, Within(1, 100_000)]
    batch: Annotated[int, Within(2, 65_536)] = 200
    lr: float = 1e-3
    schedule: Annotated[str, SCHEDULES] = "cosine"
    augment: Augmentation = Augmentation()
    warmup: Annotated[int, Within(0, 50)] = 0
    smoothing: Annotated[int, Within(0, 50)] = 0
    decay: float = 0.0
    plain: Annotated[int, Within(0, 100)] = 0
    average: Annotated[int, Within(0, 1_000_000)] = 0
    distill: Annotated[int, Within(0, 100)] = 0

    def __post_init__(self) -> None:
        check_fields(self, ConversionError)
        if not 0 < self.lr <= 1:
            raise ConversionError(f"learning rate {self.lr}: must be above 0 and at most 1")
        if not 0 <= self.decay <= 1:
            raise ConversionError(f"decay {self.decay}: must be in 0..1")
