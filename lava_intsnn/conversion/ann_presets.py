"""The paper's networks by name, and a small one that needs no download."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lava_intsnn.conversion.ann_spec import AnnRecipe, AnnSpec, Augmentation
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.stack import Stack
from lava_intsnn.field_checks import Checked
from lava_intsnn.nearest_name import choices


@dataclass(frozen=True, kw_only=True)
class AnnPreset(Checked, refusal=ConversionError):
    """A stack, its data set and its recipe.

    Parameters
    ----------
    name, summary : str
    data : str
        Name of the data set.
    stack : Stack
    integer_pixels, float_pixels : Pixels
        Input of the first layer with integer ends and with the paper's float ends.
    recipe : AnnRecipe
    """

    name: str
    summary: str
    data: str
    stack: Stack
    integer_pixels: Pixels
    float_pixels: Pixels
    recipe: AnnRecipe

    def spec(
        self,
        *,
        level: int = 0,
        weight_bits: int = 2,
        ends: str = "integer",
        notation: str | None = None,
    ) -> AnnSpec:
        """Return the network.

        Parameters
        ----------
        level, weight_bits, ends
            See :class:`~lava_intsnn.conversion.ann_spec.AnnSpec`.
        notation : str, optional
            Another stack of blocks on the same images.
        """
        stack = self.stack if notation is None else replace(self.stack, notation=notation)
        return AnnSpec(
            name=self.name,
            stack=stack,
            pixels=self.float_pixels if ends == "float" else self.integer_pixels,
            level=level,
            weight_bits=weight_bits,
            ends=ends,
        )


_RAW = Pixels("raw")

PRESETS: dict[str, AnnPreset] = {
    preset.name: preset
    for preset in (
        AnnPreset(
            name="lenet-mnist",
            summary="LeNet 32C5-P2-64C5-P2-1000 on MNIST (the paper: 99.45 % at k = 0)",
            data="mnist",
            stack=Stack("32C5-P2-64C5-P2-1000", (28, 28, 1), 10),
            integer_pixels=_RAW,
            float_pixels=_RAW,
            recipe=AnnRecipe(epochs=20, lr=2e-3, augment=Augmentation(shift=2)),
        ),
        AnnPreset(
            name="vgg-cifar10",
            summary="VGG of ten convolutions on 24 x 24 of CIFAR-10 (the paper: 93.32 % at k = 0)",
            data="cifar10",
            stack=Stack(
                "96C3-256C3-P2-384C3-P2-384C3-256C3-P2-1024-1024", (24, 24, 3), 10, padding="same"
            ),
            integer_pixels=Pixels("centred", crop=24),
            float_pixels=Pixels("standardised", crop=24),
            recipe=AnnRecipe(
                epochs=250,
                batch=250,
                warmup=1,
                smoothing=10,
                plain=12,
                augment=Augmentation(
                    shift=4,
                    flip=True,
                    brightness=13,
                    contrast=16,
                    tint=4,
                    cutmix=40,
                    cutout=8,
                ),
            ),
        ),
        AnnPreset(
            name="lenet-digits",
            summary="a small LeNet on scikit-learn's digits: seconds, no download",
            data="digits",
            stack=Stack("16C3-P2-64", (8, 8, 1), 10),
            integer_pixels=_RAW,
            float_pixels=_RAW,
            recipe=AnnRecipe(epochs=12, batch=50, lr=5e-3),
        ),
    )
}


def preset(name: str) -> AnnPreset:
    """Return the preset called ``name``.

    Raises
    ------
    ConversionError
        If there is none. The message lists the names.
    """
    if name not in PRESETS:
        raise ConversionError(f"preset {name!r}: known are {choices(name, PRESETS)}")
    return PRESETS[name]
