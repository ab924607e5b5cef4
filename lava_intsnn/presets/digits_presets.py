"""scikit-learn's bundled digits: a network that needs no download."""

from __future__ import annotations

from lava_intsnn.network import Dense, Network, Precision
from lava_intsnn.presets.preset import Preset, scaled
from lava_intsnn.recipe import Recipe


def _digits_snn(precision: Precision) -> Network:
    hidden = scaled(precision, vth=500, window=1000, lr_shift=7, hidden=True)
    output = scaled(precision, vth=500, window=1000, lr_shift=1, hidden=False)
    return Network(
        name="digits-snn",
        layers=(Dense(n_in=64, n_out=100, **hidden), Dense(n_in=100, n_out=10, **output)),
        batch=32,
        precision=precision,
    )


DIGITS = (
    Preset(
        name="digits-snn",
        about="64-100-10 on scikit-learn's bundled 8x8 digits: needs no download",
        data="digits",
        build=_digits_snn,
        recipe=Recipe(epochs=30),
    ),
)
