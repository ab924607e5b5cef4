"""Reading netx files as networks of guarded neurons."""

from __future__ import annotations

import os
from typing import Any

import h5py
import numpy as np

from lava_intsnn.formats import exchange
from lava_intsnn.formats.netx.netx_write import DECAY_UNIT, voltage_decay
from lava_intsnn.network import Conv, Dense, Network, NetworkError, Neuron, Precision, Recurrence
from lava_intsnn.network.encoders import FrameEncoder, RateEncoder
from lava_intsnn.state import State
from lava_intsnn.storage.errors import FileFormatError

#: Longest decay shift a guarded neuron has.
_MAX_DECAY_SHIFT = 12


class _Unfit(Exception):
    """The reasons why a layer does not fit."""


def import_netx(
    path: str | os.PathLike[str],
    *,
    steps: int,
    name: str | None = None,
    encoder: RateEncoder | FrameEncoder | None = None,
    precision: Precision | None = None,
) -> tuple[Network, State]:
    """Read a netx file of dense, recurrent and convolutional CUBA layers.

    The network's spikes are those of the file in lava-dl, bit for bit, without lava-dl's latency of
    one step per layer. Fields that a file of inference lacks get defaults: learning shift 10, a
    surrogate window of twice the threshold, and otherwise those of :class:`~lava_intsnn.Network`
    and its parts. Use ``dataclasses.replace`` to change them.

    Parameters
    ----------
    path : path
    steps : int
        ``T``, steps of a sample, which netx files do not hold.
    name : str or None
        None: the file's name.
    encoder : RateEncoder or FrameEncoder or None
        How samples become input; None: the default rate code.
    precision : Precision or None
        Widths of the weights; None: 16-bit shadow weights over as many bits as the file's weights
        have, at least 8.

    Returns
    -------
    network : Network
    state : State
        Its inference weights are the file's; the lower bits of the shadow weights are 0.

    Raises
    ------
    ExchangeError
        With everything in the file that our networks cannot hold.
    FileFormatError
        If the file is missing, damaged, or not netx.
    """
    try:
        with h5py.File(path, "r") as file:
            groups = _groups(path, file)
            layers, weights = zip(*_layers(path, groups))
    except (exchange.ExchangeError, FileFormatError):
        raise
    except Exception as error:  # h5py and numpy raise several kinds
        raise exchange.unreadable(path, "netx", error) from error
    return exchange.imported_network(
        path, layers, weights, steps, name=name, encoder=encoder, precision=precision
    )


def _groups(path: str | os.PathLike[str], file: h5py.File) -> list[h5py.Group]:
    names = [str(number) for number in range(len(file["layer"]))]
    if sorted(names) != sorted(file["layer"]):
        found = ", ".join(file["layer"])
        raise FileFormatError(f"{path} numbers its layers {found}: a part is missing")
    return [file["layer"][name] for name in names]


def _layers(
    path: str | os.PathLike[str], groups: list[h5py.Group]
) -> list[tuple[Dense | Conv, np.ndarray]]:
    """Return layers and inference weights, or raise an error that lists all that does not fit."""
    found: list[tuple[Dense | Conv, np.ndarray]] = []
    findings = []
    image: tuple[int, int, int] | None = None
    flattened = False
    for number, group in enumerate(groups):
        kind = _text(group["type"])
        try:
            if kind == "input":
                image = _input(group)
            elif kind == "flatten":
                flattened = True
            elif kind == "conv":
                found.append(_conv(group, image))
                image, flattened = found[-1][0].out_image, False
            elif kind in ("dense", "dense_rec"):
                if image and not flattened:
                    raise _Unfit("a dense layer on an image: put a flatten layer between them")
                found.append(_dense(group, image, recurrent=kind == "dense_rec"))
                image, flattened = None, False
            else:
                raise _Unfit(f"type {kind!r}: must be input, conv, flatten, dense or dense_rec")
        except (_Unfit, NetworkError) as error:
            findings += [f"layer {number} ({kind}): {line}" for line in str(error).splitlines()]
            image = None if kind.startswith("dense") else _image(group)
            flattened = False
    if not found and not findings:
        findings = ["no layer with neurons"]
    exchange.require(f"{path} does not fit our networks:", findings)
    return found


def _text(dataset: h5py.Dataset) -> str:
    return bytes(np.ravel(dataset[()])[0]).decode("ascii")


def _image(group: h5py.Group) -> tuple[int, int, int] | None:
    shape = [int(size) for size in np.ravel(group["shape"][()])] if "shape" in group else []
    return (shape[1], shape[2], shape[0]) if len(shape) == 3 else None


def _input(group: h5py.Group) -> tuple[int, int, int] | None:
    if "neuron" in group:
        raise _Unfit("input neurons: drop them and give the network spikes, or frames of counts")
    return _image(group)


def _dense(
    group: h5py.Group, image: tuple[int, int, int] | None, *, recurrent: bool
) -> tuple[Dense, np.ndarray]:
    neuron, unfit = _neuron(group)
    n_out = int(np.prod(group["shape"][()]))
    w = _integers(group["weight"]).reshape(n_out, -1)
    n_in = w.shape[1]
    delays = _delays(group, n_out, n_in, unfit)
    if unfit:
        raise _Unfit("\n".join(unfit))
    if image:
        w = exchange.columns_from(image, w)
    if recurrent:
        w = np.hstack([w, _integers(group["weight_rec"]).reshape(n_out, n_out)])
    layer = Dense(
        n_in=n_in,
        n_out=n_out,
        neuron=neuron,
        lr_shift=exchange.IMPORTED_LR_SHIFT,
        recurrence=Recurrence(source="spikes", shift=0) if recurrent else None,
        **delays,
    )
    if delays:
        drawn, held = layer.delays(), group["delay"][()]
        if not np.array_equal(drawn, exchange.columns_from(image, held) if image else held):
            raise _Unfit(f"delays other than those of delay_seed = {layer.delay_seed}")
    return layer, w


def _delays(group: h5py.Group, n_out: int, n_in: int, unfit: list[str]) -> dict[str, Any]:
    """Return how the layer's delays are drawn, ``{}`` without any."""
    if "delay" not in group:
        return {}
    attributes = group["delay"].attrs
    if {"max_delay", "delay_seed"} <= set(attributes) and group["delay"].shape == (n_out, n_in):
        return {name: int(attributes[name]) for name in ("max_delay", "delay_seed")}
    if np.any(group["delay"][()]):
        unfit.append(
            f"delays up to {np.max(group['delay'][()])}: ours are drawn from a seed and cannot be "
            "set; drop them"
        )
    return {}


def _conv(group: h5py.Group, image: tuple[int, int, int] | None) -> tuple[Conv, np.ndarray]:
    neuron, unfit = _neuron(group)
    w = _integers(group["weight"])
    height, width = (int(n) for n in w.shape[2:4])
    w = w.reshape(w.shape[:4])
    if not image:
        unfit.append("input of unknown shape: give an input layer of shape (C, H, W)")
    if height != width:
        unfit.append(f"a kernel of {height} by {width}: must be square")
    for name, only in (("stride", None), ("padding", None), ("dilation", 1), ("groups", 1)):
        values = set(np.ravel(group[name][()]).tolist())
        if len(values) > 1:
            unfit.append(f"{name} = {sorted(values)}: must be the same in both directions")
        elif only and values != {only}:
            unfit.append(f"{name} = {values.pop()}: must be {only}")
    if "delay" in group and np.any(group["delay"][()]):
        unfit.append("delays of a convolution: drop them")
    if unfit or not image:
        raise _Unfit("\n".join(unfit))
    layer = Conv(
        in_shape=image,
        channels=len(w),
        kernel=width,
        stride=int(np.ravel(group["stride"][()])[0]),
        padding=int(np.ravel(group["padding"][()])[0]),
        neuron=neuron,
        lr_shift=exchange.IMPORTED_LR_SHIFT,
    )
    return layer, exchange.from_filters(w)


def _integers(dataset: h5py.Dataset) -> np.ndarray:
    values = dataset[()]
    w = np.rint(values).astype(np.int64)
    if not np.array_equal(w, values):
        raise _Unfit(f"{dataset.name.rsplit('/')[-1]} is not whole: quantise it when exporting")
    return w


def _neuron(group: h5py.Group) -> tuple[Neuron, list[str]]:
    """Return the neuron, and what does not fit in it or in what all layers have."""
    unfit = []
    if "bias" in group and np.any(group["bias"][()]):
        unfit.append("a bias: ours have none; train without")
    if "neuron" not in group:
        raise _Unfit("\n".join([*unfit, "no neurons"]))
    held = group["neuron"]
    kind = _text(held["type"])
    if kind not in ("CUBA", "LOIHI"):
        raise _Unfit("\n".join([*unfit, f"{kind} neurons: must be CUBA"]))
    values = {name: _scalar(held[name]) for name in ("iDecay", "vDecay", "vThMant")}
    if values["iDecay"] != DECAY_UNIT:
        unfit.append(
            f"iDecay = {values['iDecay']}: our current does not last; use {DECAY_UNIT} "
            "(current_decay 1)"
        )
    distances = [abs(voltage_decay(n) - values["vDecay"]) for n in range(_MAX_DECAY_SHIFT + 1)]
    decay_shift = int(np.argmin(distances))
    if distances[decay_shift]:
        unfit.append(
            f"vDecay = {values['vDecay']}: must be {DECAY_UNIT} minus a power of two; "
            f"nearest {voltage_decay(decay_shift)}"
        )
    if "refDelay" in held and _scalar(held["refDelay"]) > 1:
        unfit.append(f"refDelay = {_scalar(held['refDelay'])}: must be 1, no refractory time")
    if "gradedSpike" in held and _scalar(held["gradedSpike"]):
        unfit.append("graded spikes: ours are binary; use gradedSpike False")
    vth = values["vThMant"]
    if not 1 <= vth < 1 << 17:
        unfit.append(f"vThMant = {vth}: must be 1..{(1 << 17) - 1}")
        vth = 1
    return exchange.imported_neuron(vth=vth, decay_shift=decay_shift, guarded=True), unfit


def _scalar(dataset: h5py.Dataset) -> int:
    value: Any = np.ravel(dataset[()])
    if value.size != 1:
        raise _Unfit(f"{dataset.name.rsplit('/')[-1]} differs from neuron to neuron: must be one")
    return int(value[0])
