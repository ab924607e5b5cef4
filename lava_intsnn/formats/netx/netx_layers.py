"""The layers of a netx file, one after the other, as layers of ours with weights and delays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from lava_intsnn.field_checks import short_repr
from lava_intsnn.formats import exchange
from lava_intsnn.formats.netx.lava_dl_weights import weights_in_lava
from lava_intsnn.formats.netx.netx_fields import Fields, UnfitLayer, in_range
from lava_intsnn.formats.netx.netx_neuron import bias_of, integrator, spiking_neuron
from lava_intsnn.network import CUBA, Conv, Dense, Neuron, Recurrence
from lava_intsnn.network.dense import MAX_DELAY

#: No image of neurons that a file describes is larger.
_MAX_NEURONS = 1 << 24
#: Largest weight of a convolution, which lava-dl takes as it is; dense ones are clipped.
_MAX_CONV_WEIGHT = (1 << 15) - 1

Shape = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class ReadLayer:
    """A layer of a file.

    Parameters
    ----------
    layer : Dense or Conv
    weights : int64 array
        Inference weights, in our order.
    delays : int64 array or None
        Those of the state; None where the layer has none, or draws them.
    """

    layer: Dense | Conv
    weights: np.ndarray
    delays: np.ndarray | None = None

    __repr__ = short_repr


@dataclass
class Chain:
    """What the layers read so far say about the next one.

    Parameters
    ----------
    image : (int, int, int) or None
        Height, width and channels of what comes in, where it is an image.
    flattened : bool
        Whether a flatten layer stands between it and the next layer.
    """

    image: Shape | None = None
    flattened: bool = False


def image_of(fields: Fields) -> Shape | None:
    """Return height, width and channels of a layer, if its shape has three sides."""
    sides = fields.shape()
    in_range("neurons of a shape", prod(sides), 1, _MAX_NEURONS)
    return (sides[1], sides[2], sides[0]) if len(sides) == 3 else None


def dense(fields: Fields, chain: Chain, *, recurrent: bool = False) -> ReadLayer:
    """Read a dense layer, after whose flatten columns read an image in our order."""
    if chain.image and not chain.flattened:
        raise UnfitLayer("a dense layer on an image: put a flatten layer between them")
    n_out = prod(fields.shape())
    w = _matrix(fields, "weight", n_out)
    n_in = w.shape[1]
    if chain.image and n_in != prod(chain.image):
        height, width, channels = chain.image
        raise UnfitLayer(f"weight: {n_in} columns, for an image of {channels}x{height}x{width}")
    delays = _delays(fields, w)
    if delays is not None and recurrent:
        raise UnfitLayer(
            "delays together with recurrence: lava-dl gives both kinds of synapses the same"
        )
    parts = [w]
    if recurrent:
        parts.append(_matrix(fields, "weight_rec", n_out))
        if parts[1].shape != (n_out, n_out):
            raise UnfitLayer(f"weight_rec: {parts[1].shape}, must be {(n_out, n_out)}")
    w, notes = weights_in_lava(np.hstack(parts), split=n_in if recurrent else None)
    for note in notes:
        fields.note(note)
    neuron: Neuron | CUBA = integrator()
    if "neuron" in fields:
        bias = bias_of(fields, {n_out})
        neuron = spiking_neuron(fields.inner("neuron"), bias=bias, sizes={n_out})
    elif "bias" in fields:
        raise UnfitLayer("a bias without neurons: add it to the next layer")
    else:
        fields.note(
            "has no neurons: it sums up, and its potential at the end is the answer; give it some "
            "before it learns"
        )
    if chain.image:  # the file's columns are channel first
        w = np.hstack([exchange.columns_from(chain.image, w[:, :n_in]), w[:, n_in:]])
        delays = None if delays is None else exchange.columns_from(chain.image, delays)
    drawn = _drawn(fields, delays)
    layer = Dense(
        n_in=n_in,
        n_out=n_out,
        neuron=neuron,
        recurrence=Recurrence(source="spikes", shift=0) if recurrent else None,
        lr_shift=exchange.IMPORTED_LR_SHIFT,
        **drawn,
    )
    if delays is not None and layer.delay_source == "seed":
        if np.array_equal(layer.delays(), delays):
            delays = None
        else:
            raise UnfitLayer(f"delays other than those of delay_seed = {layer.delay_seed}")
    return ReadLayer(layer=layer, weights=w, delays=delays)


def conv(fields: Fields, chain: Chain) -> ReadLayer:
    """Read a convolution."""
    if not chain.image or chain.flattened:
        raise UnfitLayer("input of unknown shape: give an input layer of shape (C, H, W)")
    w = fields.numbers("weight")
    if w.ndim not in (4, 5) or w.shape[4:] not in ((), (1,)) or not w.size:
        raise UnfitLayer(f"weight: an array of {w.shape}, must be (out, in, height, width)")
    w = w.reshape(w.shape[:4])
    channels, in_group, height, width = map(int, w.shape)
    for value in (int(w.min()), int(w.max())):
        in_range("weight", value, -_MAX_CONV_WEIGHT, _MAX_CONV_WEIGHT)
    if "delay" in fields and fields.numbers("delay").any():
        fields.note("its delays have no effect, as in lava-dl's netx")
    groups = fields.number("groups", 1, 1 << 16, default=1)
    if in_group * groups != chain.image[2]:
        raise UnfitLayer(
            f"weight: {in_group} input channels in {groups} groups, for an image of "
            f"{chain.image[2]} channels"
        )
    bias = bias_of(fields, {channels})
    if "neuron" not in fields:
        raise UnfitLayer("no neurons")
    neuron = spiking_neuron(fields.inner("neuron"), bias=bias, sizes={channels})
    layer = Conv(
        in_shape=chain.image,
        channels=channels,
        kernel=(height, width),
        stride=fields.pair("stride"),
        padding=fields.pair("padding"),
        dilation=fields.pair("dilation"),
        groups=groups,
        neuron=neuron,
        lr_shift=exchange.IMPORTED_LR_SHIFT,
    )
    in_range("neurons", layer.n_out, 1, _MAX_NEURONS)
    if image_of(fields) != layer.out_shape:
        y, x, c = layer.out_shape
        raise UnfitLayer(f"shape: {fields.shape()}, but weights and geometry give {(c, y, x)}")
    return ReadLayer(layer=layer, weights=exchange.from_filters(w))


def dense_rec(fields: Fields, chain: Chain) -> ReadLayer:
    """Read a dense layer whose spikes come back to it."""
    return dense(fields, chain, recurrent=True)


#: Type of a layer with synapses -> what reads it.
SYNAPSES: dict[str, Callable[[Fields, Chain], ReadLayer]] = {
    "dense": dense,
    "dense_rec": dense_rec,
    "conv": conv,
}


def _matrix(fields: Fields, name: str, n_out: int) -> np.ndarray:
    """Return dense weights ``(n_out, n_in)``, which older files have without a shape."""
    if "imag" in fields or (name in fields and isinstance(fields.group[name], dict)):
        raise UnfitLayer(f"{name}: complex weights; train the network with CUBA neurons")
    w = fields.numbers(name)
    if not w.size or w.size % n_out or (w.ndim > 1 and w.shape[0] != n_out):
        raise UnfitLayer(f"{name}: an array of {w.shape}, must be ({n_out}, inputs)")
    return w.reshape(n_out, -1)


def _delays(fields: Fields, w: np.ndarray) -> np.ndarray | None:
    """Return the delay of each synapse, or None where all are 0.

    One number stands for all synapses, a vector for those of each output or, if it has another
    length, of each input.
    """
    if "delay" not in fields:
        return None
    held = fields.numbers("delay")
    if held.size and held.min() < 0:
        raise UnfitLayer(f"delay = {held.min()}: must be 0..{MAX_DELAY}")
    if late := int(np.count_nonzero(held > MAX_DELAY)):
        fields.note(f"delay: {late} of {held.size} are beyond {MAX_DELAY} and become it")
        held = np.minimum(held, MAX_DELAY)
    n_out, n_in = w.shape
    if held.size == 1:
        held = held.reshape(1, 1)
    elif held.ndim == 1 and held.size in (n_out, n_in):
        held = held.reshape(-1, 1) if held.size == n_out else held.reshape(1, -1)
    elif held.shape != (n_out, n_in):
        raise UnfitLayer(
            f"delay: an array of {held.shape}, must be one number, {n_out}, {n_in}, or both"
        )
    delays = np.broadcast_to(held, (n_out, n_in)).copy()
    return delays if delays.any() or "max_delay" in fields.attributes("delay") else None


def _drawn(fields: Fields, delays: np.ndarray | None) -> dict[str, Any]:
    """Return the fields of a layer with ``delays``; our own files say how they were drawn."""
    if delays is None:
        return {}
    held: dict[str, int] = {}
    for name, value in fields.attributes("delay").items():
        if name in ("max_delay", "delay_seed") and isinstance(value, (int, np.integer)):
            held[name] = int(value)
    if len(held) == 2:
        return held
    longest = max(int(delays.max()), held.get("max_delay", 1))
    return {"max_delay": longest, "delay_source": "state"}
