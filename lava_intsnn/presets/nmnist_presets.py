"""N-MNIST, digits before a moving camera: counts of events in 10 frames of 34x34 pixels."""

from __future__ import annotations

from typing import Any

from lava_intsnn.network import Conv, Dense, FrameEncoder, Layer, Loss, Network, Precision
from lava_intsnn.presets.preset import Preset, scaled
from lava_intsnn.recipe import Recipe

SENSOR, FRAMES = (34, 34, 2), 10
#: A pixel rarely has ten events in a frame. The bound keeps sums of 16-bit weights in int32.
MAX_COUNT = 15
#: A slow decay keeps the weights of a few thousand recordings small.
DECAY = 12


def _nmnist(
    precision: Precision, name: str, hidden: Layer, *, window: int, lr_shift: int, alpha: int
) -> Network:
    output = scaled(precision, vth=500, window=window, lr_shift=lr_shift, hidden=False, clip=512)
    readout = Dense(n_in=hidden.n_out, n_out=10, weight_decay_shift=DECAY, **output)
    return Network(
        name=name,
        layers=(hidden, readout),  # type: ignore[arg-type]
        steps=FRAMES,
        batch=32,
        precision=precision,
        encoder=FrameEncoder(max_count=MAX_COUNT),
        # the readout learns too slowly with the usual 128, even without a shift
        loss=Loss(alpha=alpha),
    )


def _nmnist_snn(precision: Precision) -> Network:
    hidden = scaled(precision, vth=500, window=1000, lr_shift=12, hidden=True, clip=512)
    n_in = SENSOR[0] * SENSOR[1] * SENSOR[2]
    layer = Dense(n_in=n_in, n_out=200, weight_decay_shift=DECAY, **hidden)
    return _nmnist(precision, "nmnist-snn", layer, window=1000, lr_shift=0, alpha=512)


def _nmnist_csnn(precision: Precision) -> Network:
    hidden = scaled(precision, vth=125, window=500, lr_shift=12, hidden=True, clip=512)
    filters: dict[str, Any] = {"channels": 64, "kernel": 5, "stride": 2}
    layer = Conv(in_shape=SENSOR, weight_decay_shift=DECAY, **filters, **hidden)
    return _nmnist(precision, "nmnist-csnn", layer, window=2000, lr_shift=1, alpha=2048)


#: Chosen on the training recordings of a part of N-MNIST: the last 200, or five folds.
DENSE_RECIPE, CONV_RECIPE = Recipe(epochs=25, augment=2), Recipe(epochs=40, augment=2)

NMNIST = (
    Preset(
        name="nmnist-snn",
        about="2312-200-10 on N-MNIST, events counted in 10 frames",
        data="nmnist",
        build=_nmnist_snn,
        recipe=DENSE_RECIPE,
    ),
    Preset(
        name="nmnist-csnn",
        about="64 filters 5x5, stride 2, and a dense readout on N-MNIST",
        data="nmnist",
        build=_nmnist_csnn,
        recipe=CONV_RECIPE,
    ),
)
