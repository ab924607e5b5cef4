"""Networks that learn sample by sample within the limits of Loihi's learning engine."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from lava_intsnn.network import Conv, Dense, Feedback, Loss, Network, Precision, with_local_readouts
from lava_intsnn.presets.mnist_presets import IMAGE
from lava_intsnn.presets.preset import NO_CLIP, Preset, scaled
from lava_intsnn.recipe import Recipe

#: Learning shift of 16-bit shadow weights. For 8-bit weights it is 8, the finest step that the
#: learning engine's accumulator holds: 1/256 of a weight.
LR_SHIFT_16 = 0
#: The error is one message of this many bits, and so is the error of a hidden layer.
ERROR_BITS = 8
#: Error scale, and the shift that makes the sum of a hidden layer's feedback fit those bits.
ALPHA, FB_SHIFT = 64, 4
#: Percent of the run at which the error halves, because the learning shifts are at their limit.
HALVINGS = (50, 75, 92)


def legal(
    precision: Precision,
    *,
    name: str,
    shape: tuple[int, ...],
    vth: tuple[int, ...],
    window: tuple[int, ...],
) -> Network:
    """Return a network that learns as Loihi can: batch 1, fixed random feedback; legal only in 8-8.

    Each hidden layer of several has a readout of its own: no error passes through a layer.
    """
    last = len(shape) - 2
    layers = (
        # not hidden: fixed feedback does not grow with the next layer's inference weights
        Dense(
            n_in=n_in,
            n_out=n_out,
            fb_shift=0 if index == last else FB_SHIFT,
            **scaled(precision, vth=v, window=w, lr_shift=LR_SHIFT_16, hidden=False)
            | {"clip": NO_CLIP},
        )
        for index, (n_in, n_out, v, w) in enumerate(zip(shape, shape[1:], vth, window))
    )
    network = Network(
        name=name,
        layers=tuple(layers),
        batch=1,
        precision=replace(precision, full_range=True),
        loss=Loss(alpha=ALPHA, err_bits=ERROR_BITS),
        feedback=Feedback(weights="random", time_gated=False, v_fb_bits=ERROR_BITS),
    )
    return with_local_readouts(network) if last > 1 else network


def plastic_head(precision: Precision) -> Network:
    """Return the filters of ``mnist-csnn``, frozen, below a readout that learns; legal in 8-8.

    Nobody hears of the error below the readout, so feedback keeps its plain form.
    """
    filters = scaled(precision, vth=125, window=250, lr_shift=LR_SHIFT_16, hidden=False)
    output = scaled(precision, vth=2000, window=4000, lr_shift=LR_SHIFT_16, hidden=False)
    conv = Conv(in_shape=IMAGE, channels=32, kernel=5, stride=2, plastic=False, **filters)
    return Network(
        name="mnist-csnn-head-loihi",
        layers=(conv, Dense(n_in=conv.n_out, n_out=10, **output | {"clip": NO_CLIP})),
        batch=1,
        precision=replace(precision, full_range=True),
        loss=Loss(alpha=ALPHA, err_bits=ERROR_BITS),
        feedback=Feedback(time_gated=False),
    )


def _preset(name: str, about: str, *, data: str, epochs: int, **constants: Any) -> Preset:
    return Preset(
        name=name,
        about=about,
        data=data,
        build=partial(legal, name=name, **constants),
        recipe=Recipe(epochs=epochs, lr_drops=(), error_drops=HALVINGS),
        precision="8-8",
    )


LOIHI = (
    _preset(
        "mnist-snn-loihi",
        "784-256-10 on MNIST, learning as Loihi can: one sample at a time, 8-bit weights, fixed "
        "random feedback",
        data="mnist",
        shape=(784, 256, 10),
        vth=(700, 1000),
        window=(700, 2000),
        epochs=12,
    ),
    _preset(
        "mnist-snn-loihi-400",
        "784-400-10 on MNIST, learning as Loihi can",
        data="mnist",
        shape=(784, 400, 10),
        vth=(700, 1000),
        window=(700, 2000),
        epochs=12,
    ),
    _preset(
        "digits-snn-loihi",
        "64-100-10 on scikit-learn's digits, learning as Loihi can",
        data="digits",
        shape=(64, 100, 10),
        vth=(250, 500),
        window=(500, 2000),
        epochs=60,
    ),
    _preset(
        "digits-snn-deep-loihi",
        "64-100-100-10 on scikit-learn's digits, learning as Loihi can: each hidden layer from the "
        "errors of a readout of its own",
        data="digits",
        shape=(64, 100, 100, 10),
        vth=(250, 250, 500),
        window=(500, 500, 2000),
        epochs=60,
    ),
    Preset(
        name="mnist-csnn-head-loihi",
        about="a readout on MNIST, learning as Loihi can, on the frozen filters of mnist-csnn, "
        "which `train --features mnist-csnn` brings",
        data="mnist",
        build=plastic_head,
        recipe=Recipe(epochs=6, lr_drops=(), error_drops=HALVINGS),
        precision="8-8",
    ),
)
