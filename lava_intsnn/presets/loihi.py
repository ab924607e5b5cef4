"""Networks that learn with what Loihi's learning engine holds, sample by sample."""

from __future__ import annotations

from dataclasses import replace

from lava_intsnn.network import Dense, Feedback, Loss, Network, Neuron, Precision
from lava_intsnn.presets.preset import NO_CLIP, Preset
from lava_intsnn.recipe import Recipe

#: The finest step the engine's accumulator holds: 1/256 of a weight.
LR_SHIFT = 8
#: The error is one message of this many bits, as is what it becomes in a hidden layer.
ERROR_BITS = 8
#: Percent of the run at which the error halves: learning shifts, at their limit, cannot grow.
HALVINGS = (50, 75, 92)


def legal(
    precision: Precision,
    *,
    name: str,
    shape: tuple[int, int, int],
    vth: tuple[int, int],
    window: tuple[int, int],
    alpha: int,
    fb_shift: int,
) -> Network:
    """Return a network of one hidden layer: batch 1, 8-bit weights, fixed random feedback."""
    n_in, n_hidden, n_out = shape
    hidden, output = (Neuron(vth=v, window=w) for v, w in zip(vth, window))
    return Network(
        name=name,
        layers=(
            Dense(
                n_in=n_in,
                n_out=n_hidden,
                neuron=hidden,
                lr_shift=LR_SHIFT,
                clip=NO_CLIP,
                fb_shift=fb_shift,
            ),
            Dense(n_in=n_hidden, n_out=n_out, neuron=output, lr_shift=LR_SHIFT, clip=NO_CLIP),
        ),
        batch=1,
        precision=replace(precision, full_range=True),
        loss=Loss(alpha=alpha, err_bits=ERROR_BITS),
        feedback=Feedback(weights="random", time_gated=False, v_fb_bits=ERROR_BITS),
    )


def _mnist_snn_loihi(precision: Precision) -> Network:
    return legal(
        precision,
        name="mnist-snn-loihi",
        shape=(784, 256, 10),
        vth=(700, 1000),
        window=(700, 2000),
        alpha=64,
        fb_shift=4,
    )


def _mnist_snn_loihi_400(precision: Precision) -> Network:
    return legal(
        precision,
        name="mnist-snn-loihi-400",
        shape=(784, 400, 10),
        vth=(700, 1000),
        window=(700, 2000),
        alpha=64,
        fb_shift=4,
    )


def _digits_snn_loihi(precision: Precision) -> Network:
    return legal(
        precision,
        name="digits-snn-loihi",
        shape=(64, 100, 10),
        vth=(250, 500),
        window=(500, 2000),
        alpha=64,
        fb_shift=4,
    )


LOIHI = (
    Preset(
        name="mnist-snn-loihi",
        about="784-256-10 on MNIST, learning as Loihi can: one sample at a time, 8-bit weights, "
        "fixed random feedback",
        data="mnist",
        build=_mnist_snn_loihi,
        recipe=Recipe(epochs=12, lr_drops=(), error_drops=HALVINGS),
        precision="8-8",
    ),
    Preset(
        name="mnist-snn-loihi-400",
        about="784-400-10 on MNIST, learning as Loihi can",
        data="mnist",
        build=_mnist_snn_loihi_400,
        recipe=Recipe(epochs=12, lr_drops=(), error_drops=HALVINGS),
        precision="8-8",
    ),
    Preset(
        name="digits-snn-loihi",
        about="64-100-10 on scikit-learn's digits, learning as Loihi can",
        data="digits",
        build=_digits_snn_loihi,
        recipe=Recipe(epochs=60, lr_drops=(), error_drops=HALVINGS),
        precision="8-8",
    ),
)
