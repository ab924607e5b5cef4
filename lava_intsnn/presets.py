"""The published networks by name, in every precision, with how they are trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.network import (
    Dense,
    Feedback,
    Loss,
    Network,
    NetworkError,
    Neuron,
    Precision,
    RateEncoder,
)
from lava_intsnn.recipe import Recipe

#: Thresholds, windows and shifts below are written for these widths and scaled to others.
BASE_SHADOW_BITS, BASE_INFERENCE_BITS = 16, 8


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A network by name.

    ``build`` makes it for a :class:`Precision`; ``recipe`` trains it; ``data`` names its data set
    (see :func:`lava_intsnn.data.load`); ``about`` says in a line what it is.
    """

    name: str
    about: str
    data: str
    build: Callable[[Precision], Network]
    recipe: Recipe

    def network(self, precision: str | Precision = "16-8") -> Network:
        """Return the network in ``precision``, such as ``"16-4"``."""
        if isinstance(precision, str):
            precision = Precision.parse(precision)
        return self.build(precision)


def scaled(
    precision: Precision,
    *,
    n_in: int,
    n_out: int,
    vth: int,
    window: int,
    lr_shift: int,
    hidden: bool,
) -> Dense:
    """Return a layer whose constants, given for 16-8, are scaled to ``precision``.

    Potentials scale with the inference weights. A hidden layer's feedback scales with the next
    layer's inference weights, so its learning shift follows. Narrower shadow weights need steps
    smaller by as many bits.
    """
    wider = precision.inference_bits - BASE_INFERENCE_BITS
    narrower = BASE_SHADOW_BITS - precision.shadow_bits
    return Dense(
        n_in=n_in,
        n_out=n_out,
        neuron=Neuron(vth=_shifted(vth, wider), window=_shifted(window, wider)),
        lr_shift=max(0, lr_shift + narrower + (wider if hidden else 0)),
        clip=max(1, _shifted(2048, -narrower)),
    )


def _shifted(value: int, shift: int) -> int:
    return value << shift if shift >= 0 else value >> -shift


def _mnist_snn(precision: Precision) -> Network:
    # on validation a narrower window gains 0.1 points, but 4-bit potentials are too coarse for it
    window = 700 if precision.inference_bits >= BASE_INFERENCE_BITS else 1000
    return Network(
        name="mnist-snn",
        layers=(
            scaled(
                precision, n_in=784, n_out=100, vth=500, window=window, lr_shift=10, hidden=True
            ),
            scaled(precision, n_in=100, n_out=10, vth=500, window=1000, lr_shift=1, hidden=False),
        ),
        precision=precision,
    )


def _mnist_snn_paper(precision: Precision) -> Network:
    return Network(
        name="mnist-snn-paper",
        layers=(
            scaled(precision, n_in=784, n_out=100, vth=500, window=1000, lr_shift=12, hidden=True),
            scaled(precision, n_in=100, n_out=10, vth=2000, window=4000, lr_shift=1, hidden=False),
        ),
        precision=precision,
        encoder=RateEncoder(kind="random"),
        loss=Loss(kind="standard"),
        feedback=Feedback(time_gated=False),
        rounding=Rounding.FLOOR,
        tie_break=False,
    )


def _digits_snn(precision: Precision) -> Network:
    return Network(
        name="digits-snn",
        layers=(
            scaled(precision, n_in=64, n_out=100, vth=500, window=1000, lr_shift=7, hidden=True),
            scaled(precision, n_in=100, n_out=10, vth=500, window=1000, lr_shift=1, hidden=False),
        ),
        batch=32,
        precision=precision,
    )


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            name="mnist-snn",
            about="784-100-10 on MNIST: true-width weights, one-sided loss, time-gated feedback",
            data="mnist",
            build=_mnist_snn,
            recipe=Recipe(epochs=12),
        ),
        Preset(
            name="mnist-snn-paper",
            about="784-100-10 on MNIST with the settings of Gomez & Tang's Table D.2 "
            "(16-8-unbounded reproduces their figure)",
            data="mnist",
            build=_mnist_snn_paper,
            recipe=Recipe(epochs=50, lr_drops=()),
        ),
        Preset(
            name="digits-snn",
            about="64-100-10 on scikit-learn's bundled 8x8 digits: needs no download",
            data="digits",
            build=_digits_snn,
            recipe=Recipe(epochs=30),
        ),
    )
}


def preset(name: str) -> Preset:
    """Return the preset called ``name``.

    Raises
    ------
    NetworkError
        If there is none: lists the names.
    """
    if name not in PRESETS:
        raise NetworkError(f"preset {name!r}: known are {', '.join(PRESETS)}")
    return PRESETS[name]


def mnist_snn(*, precision: str | Precision = "16-8") -> Network:
    """784-100-10 on MNIST."""
    return preset("mnist-snn").network(precision)


def mnist_snn_paper(*, precision: str | Precision = "16-8") -> Network:
    """784-100-10 on MNIST with the paper's settings."""
    return preset("mnist-snn-paper").network(precision)


def digits_snn(*, precision: str | Precision = "16-8") -> Network:
    """64-100-10 on scikit-learn's digits."""
    return preset("digits-snn").network(precision)
