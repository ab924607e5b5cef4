"""Networks of several layers, all of which learn from normalised updates.

A layer's feedback shrinks or grows with every layer above it; a normalised update does not, so
that one learning shift serves all of them. ``docs/results.md`` has what was tried.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lava_intsnn.augmenting import Augment
from lava_intsnn.network import (
    Conv,
    Dense,
    Feedback,
    LeakyReadout,
    Loss,
    Network,
    Pool,
    Precision,
)
from lava_intsnn.presets.mnist_presets import IMAGE, SIX_DROPS
from lava_intsnn.presets.preset import BASE_INFERENCE_BITS, NO_CLIP, Preset, scaled
from lava_intsnn.recipe import Recipe

#: Right shift of feedback from 8-bit inference weights; narrower ones send less.
FB_SHIFT = 4
#: Of the initial weights of an output layer: it begins without an opinion.
OUTPUT_INIT_SHIFT = 2
#: An image with an ON and an OFF channel for each colour.
CIFAR10_SHAPE = (32, 32, 6)


def normalised(precision: Precision, *, vth: int, window: int, lr_shift: int) -> dict[str, Any]:
    """Return a layer's constants, given for 16-8, scaled to ``precision``.

    Steps do not depend on the width of inference weights, since the updates are normalised. At 4
    bits the initial weights of upper layers would be -2 to 1, and their neurons silent: there they
    are centred.
    """
    found = scaled(precision, vth=vth, window=window, lr_shift=lr_shift, hidden=False)
    return found | {"clip": NO_CLIP, "normalise": True, "init_centred": precision.coarse}


def fb_shift(precision: Precision) -> int:
    """Return the right shift of the feedback that a hidden layer takes from a hidden layer."""
    return max(0, FB_SHIFT + precision.inference_bits - BASE_INFERENCE_BITS)


def dense_mnist(precision: Precision, name: str, *, hidden: tuple[int, ...]) -> Network:
    """Return a fully connected network on MNIST with hidden layers of these sizes."""
    sizes = (784, *hidden)
    between = fb_shift(precision)
    layers = [
        Dense(
            n_in=n_in,
            n_out=n_out,
            fb_shift=0 if index == len(hidden) - 1 else between,
            **normalised(precision, vth=500, window=700, lr_shift=6),
        )
        for index, (n_in, n_out) in enumerate(zip(sizes, hidden))
    ]
    output = normalised(precision, vth=500, window=1000, lr_shift=6)
    layers.append(Dense(n_in=sizes[-1], n_out=10, init_shift=OUTPUT_INIT_SHIFT, **output))
    return Network(name=name, layers=tuple(layers), batch=64, precision=precision)


def _mnist_snn_deep(precision: Precision) -> Network:
    return dense_mnist(precision, "mnist-snn-deep", hidden=(256, 256, 256))


def _mnist_csnn2(precision: Precision) -> Network:
    filters, more_filters, output = (
        normalised(precision, vth=vth, window=window, lr_shift=lr_shift)
        for vth, window, lr_shift in ((300, 300, 6), (400, 400, 7), (500, 1000, 6))
    )
    first = Conv(
        in_shape=IMAGE,
        channels=64,
        kernel=5,
        stride=2,
        fb_shift=fb_shift(precision),
        **filters,
    )
    second = Conv(in_shape=first.out_shape, channels=96, kernel=3, stride=2, **more_filters)
    return Network(
        name="mnist-csnn2",
        layers=(
            first,
            second,
            Dense(n_in=second.n_out, n_out=10, init_shift=OUTPUT_INIT_SHIFT, **output),
        ),
        steps=10,
        batch=32,
        precision=precision,
    )


def _cifar10_csnn(precision: Precision) -> Network:
    """Return filters, averaged in windows, a dense layer and an output that integrates."""
    wider = precision.inference_bits - BASE_INFERENCE_BITS
    filters = normalised(precision, vth=900, window=900, lr_shift=6)
    hidden = normalised(precision, vth=900, window=900, lr_shift=7)
    output = normalised(precision, vth=500, window=1000, lr_shift=7)
    for constants in (filters, hidden):  # potentials that keep all of an image that stands still
        constants["neuron"] = replace(constants["neuron"], decay_shift=0)
    readout = LeakyReadout(answer_shift=max(0, 8 + wider), v_bits=output["neuron"].v_bits)
    conv = Conv(
        in_shape=CIFAR10_SHAPE,
        channels=96,
        kernel=5,
        stride=2,
        fb_shift=fb_shift(precision),
        **filters,
    )
    pool = Pool(kind="average", in_shape=conv.out_shape, kernel=4, stride=2)
    dense = Dense(n_in=conv.n_out, n_out=256, pool=pool, **hidden)
    return Network(
        name="cifar10-csnn",
        layers=(
            conv,
            dense,
            Dense(
                n_in=dense.n_out,
                n_out=10,
                init_shift=OUTPUT_INIT_SHIFT,
                **output | {"neuron": readout, "trace_shift": readout.decay_shift},
            ),
        ),
        steps=8,
        batch=32,
        precision=precision,
        loss=Loss(kind="softmax", temperature_shift=3),
        feedback=Feedback(time_gated=False),
    )


DEEP = (
    Preset(
        name="mnist-snn-deep",
        about="784-256-256-256-10 on MNIST, normalised updates",
        data="mnist",
        build=_mnist_snn_deep,
        recipe=Recipe(epochs=60, lr_drops=SIX_DROPS, augment=Augment(shift=1, turn=12)),
    ),
    Preset(
        name="mnist-csnn2",
        about="64 filters 5x5 and 96 filters 3x3, both with stride 2, and a dense readout on MNIST",
        data="mnist",
        build=_mnist_csnn2,
        recipe=Recipe(epochs=32, lr_drops=SIX_DROPS, augment=Augment(shift=1, turn=12)),
    ),
    Preset(
        name="cifar10-csnn",
        about="96 filters 5x5, stride 2, averaged in windows, 256 neurons and an output that "
        "integrates on CIFAR-10, with ON and OFF channels",
        data="cifar10",
        build=_cifar10_csnn,
        recipe=Recipe(
            epochs=12, lr_drops=(20, 40, 55, 70, 80, 90), augment=Augment(shift=2, mirror=True)
        ),
        data_options={"polarities": 2},
    ),
)
