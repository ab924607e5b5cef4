"""Whether a network can learn from a data set: the shape of samples, the labels, the readout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lava_intsnn.arithmetic import DECAY_UNITY
from lava_intsnn.network.cuba import CUBA, NEVER_FIRES
from lava_intsnn.network.errors import NetworkError

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.network.network import Network


#: A threshold for a readout that had none, of the size of a sum of weights.
_SOME_VTH = 1024
#: Classes without a sample that a warning names.
_NAMED = 4


def check_learns(network: Network) -> None:
    """Raise NetworkError if all layers are frozen, or the last never fires, as its spikes teach."""
    if not any(layer.plastic for layer in network.layers):
        raise NetworkError(
            f"all layers of {network.name!r} are frozen, so nothing would be learned: leave one of "
            f"0..{len(network.layers) - 1} plastic"
        )
    neuron = network.layers[-1].neuron
    vth = neuron.vth if isinstance(neuron.vth, tuple) else (neuron.vth,)
    if neuron.kind == CUBA.kind and min(vth) >= NEVER_FIRES:
        raise NetworkError(
            f"layer {len(network.layers) - 1} of {network.name!r} never fires (vth {NEVER_FIRES}), "
            "and a network learns from the spikes of its last layer: give that a neuron that "
            f"fires, such as CUBA(vth={_SOME_VTH}, window={2 * _SOME_VTH}, "
            f"current_decay={DECAY_UNITY}, voltage_decay=0), which adds up and fires"
        )


def check_data(network: Network, data: Dataset, *, all_classes: bool = False) -> None:
    """Raise NetworkError unless ``network`` takes the samples of ``data`` and has their classes.

    With ``all_classes`` it must have no output that is no class of the data, either.
    """
    values = data.images.shape[1]
    if values != network.n_values:
        shape = "x".join(map(str, data.image_shape))
        frames = f", {network.steps} frames of {network.n_in}" if network.graded else ""
        raise NetworkError(
            f"data set {data.name!r} has {values} values a sample ({shape}), network "
            f"{network.name!r} takes {network.n_values}{frames}: give it samples of "
            f"{network.n_values} values, or make a network for {values}"
        )
    _check_shape(network, data)
    top = int(data.labels.max())
    if top >= network.n_classes:
        raise NetworkError(
            f"the labels of data set {data.name!r} reach {top}, network {network.name!r} has "
            f"{network.n_classes} outputs, 0..{network.n_classes - 1}: correct the labels, or make "
            f"the last size {top + 1}"
        )
    if all_classes and data.n_classes != network.n_classes:
        raise NetworkError(
            f"data set {data.name!r} has {data.n_classes} classes, network {network.name!r} "
            f"{network.n_classes} outputs: make the last size {data.n_classes}, or give "
            f"n_classes={network.n_classes}"
        )


def left_out_classes(data: Dataset) -> str:
    """Return what a user should know of labels that leave classes out, "" if there is none."""
    held = set(data.labels.tolist())
    if len(held) == 1:
        return (
            f"every sample is of class {min(held)}, so there is nothing to tell apart: "
            "give samples of other classes, too"
        )
    missing = [str(label) for label in range(data.n_classes) if label not in held]
    if not missing:
        return ""
    more = len(missing) - _NAMED
    if more > 1:
        missing = [*missing[:_NAMED], f"{more} others"]
    named = " or ".join([", ".join(missing[:-1]), missing[-1]] if missing[1:] else missing)
    fix = (
        "if the labels count from 1, give --read first_label=1"
        if min(held) == 1
        else "number the classes from 0 without gaps, or each of these costs an output"
    )
    return (
        f"none of the {len(data)} samples is of class {named} (the classes are "
        f"0..{data.n_classes - 1}); {fix}"
    )


def _check_shape(network: Network, data: Dataset) -> None:
    """Refuse samples with as many values in another shape: of frames, or of an image."""
    whose = f"network {network.name!r}"
    if data.frames and not network.graded:
        raise NetworkError(
            f"data set {data.name!r} holds {data.frames} frames a sample, {whose} takes still "
            "images: give it encoder=FrameEncoder()"
        )
    if data.frames and data.frames != network.steps:
        raise NetworkError(
            f"data set {data.name!r} holds {data.frames} frames a sample, {whose} takes "
            f"{network.steps}: make them equal"
        )
    first, shape = network.layers[0], data.image_shape[bool(data.frames) :]
    flat = len(shape) < 2 or 1 in shape[:2]  # such rows say nothing about an image
    if first.in_image and not flat and (*shape, 1)[:3] != first.in_image:
        raise NetworkError(
            f"data set {data.name!r} holds images of {'x'.join(map(str, shape))}, {whose} takes "
            f"{'x'.join(map(str, first.in_image))}: turn them, or make a network for them"
        )
