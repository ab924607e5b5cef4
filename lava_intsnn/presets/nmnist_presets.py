"""N-MNIST, digits before a moving camera: counts of events in 10 frames of 34x34 pixels."""

from __future__ import annotations

from lava_intsnn.network import Conv, Dense, FrameEncoder, Network, Precision
from lava_intsnn.presets.preset import Preset, scaled
from lava_intsnn.recipe import Recipe

SENSOR, FRAMES = (34, 34, 2), 10


def _nmnist_snn(precision: Precision) -> Network:
    hidden = scaled(precision, vth=500, window=1000, lr_shift=11, hidden=True)
    output = scaled(precision, vth=500, window=1000, lr_shift=1, hidden=False)
    return Network(
        name="nmnist-snn",
        layers=(Dense(n_in=2312, n_out=200, **hidden), Dense(n_in=200, n_out=10, **output)),
        steps=FRAMES,
        batch=32,
        precision=precision,
        encoder=FrameEncoder(),
    )


def _nmnist_csnn(precision: Precision) -> Network:
    hidden = scaled(precision, vth=125, window=250, lr_shift=12, hidden=True)
    output = scaled(precision, vth=500, window=1000, lr_shift=1, hidden=False)
    conv = Conv(in_shape=SENSOR, channels=16, kernel=7, stride=3, **hidden)
    return Network(
        name="nmnist-csnn",
        layers=(conv, Dense(n_in=conv.n_out, n_out=10, **output)),
        steps=FRAMES,
        batch=32,
        precision=precision,
        encoder=FrameEncoder(),
    )


#: Chosen on the last 200 of the 1,000 training recordings of a part of N-MNIST.
RECIPE = Recipe(epochs=20, augment=1)

NMNIST = (
    Preset(
        name="nmnist-snn",
        about="2312-200-10 on N-MNIST, events counted in 10 frames",
        data="nmnist",
        build=_nmnist_snn,
        recipe=RECIPE,
    ),
    Preset(
        name="nmnist-csnn",
        about="16 filters 7x7, stride 3, and a dense readout on N-MNIST",
        data="nmnist",
        build=_nmnist_csnn,
        recipe=RECIPE,
    ),
)
