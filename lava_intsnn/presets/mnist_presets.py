"""MNIST: fully connected and convolutional, ours and with the paper's settings."""

from __future__ import annotations

from typing import Any

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.network import Conv, Dense, Feedback, Loss, Network, Precision, RateEncoder
from lava_intsnn.presets.preset import BASE_INFERENCE_BITS, Preset, from_float, scaled, with_current
from lava_intsnn.recipe import Recipe

#: The paper's settings for every integer network (its fp32 baseline has a softmax).
PAPER: dict[str, Any] = {
    "loss": Loss(kind="standard"),
    "feedback": Feedback(time_gated=False),
    "rounding": Rounding.FLOOR,
    "tie_break": False,
}
#: Error scale of the fp32 baseline: its learning rate of 0.001 on MNIST is then a power of two.
FLOAT_ALPHA = 328
#: Number of samples over which a float learning rate takes the mean.
BATCH = 128

#: See :mod:`.variants` for its error neurons.
PAPER_FLOAT: dict[str, Any] = PAPER | {
    "loss": Loss(kind="softmax", alpha=FLOAT_ALPHA),
    "feedback": Feedback(time_gated=False),
}

IMAGE = (28, 28, 1)
POSITIONS = 12 * 12
#: Six halvings after half of the run, for recipes that are long enough to gain from all of them.
SIX_DROPS = (50, 67, 75, 83, 90, 95)


def _mnist_snn(precision: Precision, name: str = "mnist-snn", hidden_lr_shift: int = 10) -> Network:
    # on validation a narrower window gains 0.1 points, but 4-bit potentials are too coarse for it
    window = 700 if precision.inference_bits >= BASE_INFERENCE_BITS else 1000
    hidden = scaled(precision, vth=500, window=window, lr_shift=hidden_lr_shift, hidden=True)
    output = scaled(precision, vth=500, window=1000, lr_shift=1, hidden=False)
    return Network(
        name=name,
        layers=(Dense(n_in=784, n_out=100, **hidden), Dense(n_in=100, n_out=10, **output)),
        precision=precision,
    )


def _mnist_snn_tuned(precision: Precision) -> Network:
    return _mnist_snn(precision, "mnist-snn-tuned", hidden_lr_shift=11)


def _mnist_cuba(precision: Precision) -> Network:
    # currents keep a quarter and potentials a half of themselves; traces have three fractional bits
    decays = {"current_decay": 3072, "voltage_decay": 2048, "trace_bits": 3}
    hidden = scaled(precision, vth=700, window=980, lr_shift=13, hidden=True)
    output = scaled(precision, vth=700, window=1400, lr_shift=3, hidden=False)
    return Network(
        name="mnist-cuba",
        layers=(
            Dense(n_in=784, n_out=100, **with_current(hidden, **decays)),
            Dense(n_in=100, n_out=10, **with_current(output, **decays)),
        ),
        precision=precision,
    )


def _mnist_snn_paper(precision: Precision) -> Network:
    if precision.floating:
        common: dict[str, Any] = {"narrow": 100, "alpha": FLOAT_ALPHA, "batch": BATCH, "lr": 0.001}
        hidden = from_float(**common, vth=0.3, window=0.3, hidden=True, decay_shift=0)
        output = from_float(**common, vth=0.3, window=0.6, hidden=False, decay_shift=0)
    else:
        hidden = scaled(precision, vth=500, window=1000, lr_shift=12, hidden=True)
        output = scaled(precision, vth=2000, window=4000, lr_shift=1, hidden=False)
    return Network(
        name="mnist-snn-paper",
        layers=(Dense(n_in=784, n_out=100, **hidden), Dense(n_in=100, n_out=10, **output)),
        precision=precision,
        encoder=RateEncoder(kind="random"),
        **(PAPER_FLOAT if precision.floating else PAPER),
    )


def _csnn(hidden: dict[str, Any], output: dict[str, Any]) -> tuple[Conv, Dense]:
    conv = Conv(in_shape=IMAGE, channels=32, kernel=5, stride=2, **hidden)
    return conv, Dense(n_in=conv.n_out, n_out=10, **output)


def _mnist_csnn(precision: Precision) -> Network:
    hidden = scaled(precision, vth=125, window=250, lr_shift=14, hidden=True)
    output = scaled(precision, vth=2000, window=4000, lr_shift=0, hidden=False)
    return Network(
        name="mnist-csnn",
        layers=_csnn(hidden, output),
        precision=precision,
        loss=Loss(alpha=32),
        feedback=Feedback(time_gated=False),
    )


def _mnist_csnn_paper(precision: Precision) -> Network:
    if precision.floating:
        common: dict[str, Any] = {"narrow": 25, "alpha": FLOAT_ALPHA, "lr": 0.001, "decay_shift": 1}
        # the hidden layer takes the mean over samples and positions, the output layer the sum
        mean = BATCH * POSITIONS
        hidden = from_float(**common, batch=mean, vth=0.5, window=0.5, hidden=True)
        output = from_float(**common, batch=1, vth=1.5, window=1.5, hidden=False)
        settings = PAPER_FLOAT
    else:
        hidden = scaled(precision, vth=250, window=500, lr_shift=15, hidden=True)
        output = scaled(precision, vth=250, window=500, lr_shift=0, hidden=False)
        settings = PAPER | {"loss": Loss(kind="standard", alpha=32)}
    return Network(
        name="mnist-csnn-paper",
        layers=_csnn(hidden, output),
        precision=precision,
        encoder=RateEncoder(kind="random"),
        **settings,
    )


MNIST = (
    Preset(
        name="mnist-snn",
        about="784-100-10 on MNIST: true-width weights, one-sided loss, time-gated feedback",
        data="mnist",
        build=_mnist_snn,
        recipe=Recipe(epochs=12),
    ),
    Preset(
        name="mnist-snn-tuned",
        about="784-100-10 on MNIST, longer, on shifted images and with smaller hidden steps",
        data="mnist",
        build=_mnist_snn_tuned,
        recipe=Recipe(epochs=40, lr_drops=SIX_DROPS, augment=1),
    ),
    Preset(
        name="mnist-snn-paper",
        about="784-100-10 on MNIST with the settings of Gomez & Tang's Tables D.2 and D.3 "
        "(16-8-unbounded reproduces their figure, fp32 is their baseline)",
        data="mnist",
        build=_mnist_snn_paper,
        recipe=Recipe(epochs=50, lr_drops=()),
        float_recipe=Recipe(epochs=30, lr_drops=(60, 80, 93)),
    ),
    Preset(
        name="mnist-csnn",
        about="32 filters 5x5, stride 2, and a dense readout on MNIST",
        data="mnist",
        build=_mnist_csnn,
        recipe=Recipe(epochs=12),
    ),
    Preset(
        name="mnist-csnn-paper",
        about="the convolutional network with the settings of Gomez & Tang's Tables D.2 and D.3",
        data="mnist",
        build=_mnist_csnn_paper,
        recipe=Recipe(epochs=50, lr_drops=()),
    ),
    Preset(
        name="mnist-cuba",
        about="784-100-10 on MNIST with Loihi's own neurons: currents, potentials and traces decay "
        "by a product; at most 8 inference bits",
        data="mnist",
        build=_mnist_cuba,
        recipe=Recipe(epochs=12),
    ),
)
