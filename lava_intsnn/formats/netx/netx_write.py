"""Writing networks of guarded neurons as netx files."""

from __future__ import annotations

import io
import os
from typing import Any

import h5py
import numpy as np

from lava_intsnn.arithmetic import shift_floor
from lava_intsnn.formats.exchange import channel_first, filters, require
from lava_intsnn.network import Conv, Dense, Network
from lava_intsnn.state import State
from lava_intsnn.storage.atomic import write_bytes

#: Decays are fractions of this: ``v = v * (UNIT - vDecay) / UNIT``.
DECAY_UNIT = 4096
#: A Loihi weight has eight bits; with both signs, nine and the last one zero.
W_MIN, W_MAX = -128, 127
W_MIN_EVEN, W_MAX_EVEN = -256, 254


def export_netx(network: Network, state: State, path: str | os.PathLike[str]) -> None:
    """Write the inference part of ``network`` to ``path`` atomically, as lava-dl reads it.

    ``lava.lib.dl.netx.hdf5.Network`` then has the spikes of our executors, one step later for each
    layer. Pass it ``reset_interval=steps + pause`` with ``reset_offset=1``, where ``pause`` is the
    sum of the layers' ``max_delay``, and ``input_message_bits=8`` if the input is frames. Images
    have the shape ``(W, H, C)``. See docs/exchange.md.

    Parameters
    ----------
    network : Network
        With guarded neurons, which equal lava-dl's CUBA neuron bit for bit.
    state : State
    path : path

    Raises
    ------
    ExchangeError
        With everything netx cannot hold.
    NetworkError
        If a sum could leave its container; see :meth:`Network.check`.
    FileFormatError, OSError
        If the file cannot be written; ``path`` then keeps its content.
    """
    state.validate(network)
    require(f"network {network.name!r} does not fit netx:", _findings(network, state))
    network.check()
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        _write(file, network, state)
    write_bytes(path, buffer.getvalue())


def _findings(network: Network, state: State) -> list[str]:
    found = []
    if network.tie_break:
        found.append(
            "tie_break = True: netx gives spikes alone, no potentials to break ties with; "
            "use lava_intsnn.loihi.inference_network(network)"
        )
    if network.precision.floating:
        found.append("precision fp32: netx holds integers; train with an integer precision")
        return found
    for index, layer in enumerate(network.layers):
        below = network.layers[index - 1] if index else None
        found += [
            f"layer {index}: {text}"
            for text in [
                *_neuron_findings(layer),
                *_synapse_findings(layer, below),
                *_weight_findings(layer, state.w(network, index)),
            ]
        ]
    return found


def _neuron_findings(layer: Dense | Conv) -> list[str]:
    if layer.neuron.guarded:
        return []
    return [
        "its neurons floor their decay, lava-dl's truncate it above six guard bits: use "
        "lava_intsnn.loihi.inference_network(network), and evaluate again: a few spikes change"
    ]


def _synapse_findings(layer: Dense | Conv, below: Dense | Conv | None) -> list[str]:
    if isinstance(layer, Conv):
        if isinstance(below, Dense):
            return ["a Conv layer after a Dense one: netx only flattens; use Dense, too"]
        return []
    found = []
    if recurrence := layer.recurrence:
        if recurrence.source != "spikes":
            found.append("recurrence on voltage: netx has it on spikes; use source='spikes'")
        if recurrence.shift:
            found.append(
                f"recurrence shift = {recurrence.shift}: netx sums recurrent weights as they are; "
                "use shift=0 and smaller weights"
            )
        if layer.max_delay:
            found.append(
                f"max_delay = {layer.max_delay} together with recurrence: lava-dl gives both kinds "
                "of synapses the same delays; use one or the other"
            )
    return found


def _weight_findings(layer: Dense | Conv, w: np.ndarray) -> list[str]:
    if isinstance(layer, Dense):
        if not w.any():
            return ["all weights are 0: lava-dl divides by the largest; train first"]
        # Loaded alone, these are scaled up to -256, and a synapse without positive weights ends at
        # -255. This is a fault of lava-dl 0.6; Loihi could hold them.
        for part in (w[:, : layer.n_in], w[:, layer.n_in :]):
            if part.size and part.max() <= 0 and int(-part.min()).bit_count() == 1:
                return [
                    f"no weight above 0, and a smallest one of {part.min()}, a power of two: "
                    "lava-dl would clip it; lower or raise that weight by one"
                ]
    low, high = int(w.min()), int(w.max())
    narrow = low >= W_MIN and high <= W_MAX
    even = low >= W_MIN_EVEN and high <= W_MAX_EVEN and not (w & 1).any()
    if narrow or even:
        return []
    return [
        f"weights from {low} to {high}: netx holds {W_MIN} to {W_MAX}, or even ones from "
        f"{W_MIN_EVEN} to {W_MAX_EVEN}; use inference_bits=8 without headroom"
    ]


def _write(file: h5py.File, network: Network, state: State) -> None:
    first = network.layers[0]
    image = None
    shape = [first.n_in]
    if isinstance(first, Conv):
        shape = _chw(first.in_shape)
    groups = [_group(file, 0, "input", shape)]
    for index, layer in enumerate(network.layers):
        w = state.w(network, index)
        if isinstance(layer, Conv):
            groups.append(_conv(file, len(groups), layer, w))
            image = layer.out_shape
        else:
            if image:
                groups.append(_group(file, len(groups), "flatten", [layer.n_in]))
            groups.append(_dense(file, len(groups), layer, w, image))
            image = None
        _neuron(groups[-1], layer)


def _group(file: h5py.File, number: int, kind: str, shape: list[int]) -> h5py.Group:
    group = file.create_group(f"layer/{number}")
    group.create_dataset("type", (1,), "S10", [kind.encode()])
    group.create_dataset("shape", data=np.array(shape))
    return group


def _chw(shape: tuple[int, int, int]) -> list[int]:
    height, width, channels = shape
    return [channels, height, width]


def _fill(group: h5py.Group, **values: Any) -> None:
    for name, value in values.items():
        group.create_dataset(name, data=value)


def _conv(file: h5py.File, number: int, layer: Conv, w: np.ndarray) -> h5py.Group:
    group = _group(file, number, "conv", _chw(layer.out_shape))
    _fill(
        group,
        inChannels=layer.in_shape[2],
        outChannels=layer.channels,
        kernelSize=[layer.kernel, layer.kernel],
        stride=[layer.stride, layer.stride],
        padding=[layer.padding, layer.padding],
        dilation=[1, 1],
        groups=1,
        weight=filters(layer, w)[..., None],
    )
    return group


def _dense(
    file: h5py.File,
    number: int,
    layer: Dense,
    w: np.ndarray,
    image: tuple[int, int, int] | None,
) -> h5py.Group:
    kind = "dense_rec" if layer.recurrence else "dense"
    group = _group(file, number, kind, [layer.n_out])
    # behind an image, lava-dl's flatten numbers neurons channel first
    columns = channel_first(image) if image else np.arange(layer.n_in)
    _fill(group, inFeatures=layer.n_in, outFeatures=layer.n_out, weight=w[:, columns])
    if layer.recurrence:
        _fill(group, weight_rec=w[:, layer.n_in :])
    if layer.max_delay:
        _fill(group, delay=layer.delays()[:, columns])
        # how they were drawn, for reading back: other readers ignore these attributes
        group["delay"].attrs.update(max_delay=layer.max_delay, delay_seed=layer.delay_seed)
    return group


def _neuron(group: h5py.Group, layer: Dense | Conv) -> None:
    neuron = group.create_group("neuron")
    neuron.create_dataset("type", (1,), "S10", [b"CUBA"])
    _fill(
        neuron,
        iDecay=DECAY_UNIT,
        vDecay=voltage_decay(layer.neuron.decay_shift),
        vThMant=layer.neuron.vth,
        refDelay=1,
        gradedSpike=False,
    )


def voltage_decay(decay_shift: int) -> int:
    """Return lava-dl's ``vDecay`` for a decay shift of 0..12."""
    return DECAY_UNIT - int(shift_floor(DECAY_UNIT, decay_shift))
