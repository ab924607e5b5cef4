"""Writing networks of guarded neurons as netx files."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from typing import Any

import h5py
import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.arithmetic import shift_floor
from lava_intsnn.formats.exchange import channel_first, filters, layer_findings, require
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.loihi.microcode.errors import signed_range
from lava_intsnn.network import Conv, Dense, Layer, Network
from lava_intsnn.state import State
from lava_intsnn.storage.atomic import write_bytes

#: Decays are fractions of this: ``v = v * (UNIT - vDecay) / UNIT``.
DECAY_UNIT = 1 << LOIHI2.decay_bits.value
#: Range of a synaptic weight. With mixed signs it has one more bit, of which the last is zero.
W_MIN, W_MAX = signed_range(LOIHI2.weight_bits.value)
W_MIN_EVEN, W_MAX_EVEN = 2 * W_MIN, 2 * W_MAX


@checks_kinds
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
    found = layer_findings(
        network, neurons="netx has lava-dl's CUBA neuron alone", images="netx only flattens"
    )
    if network.tie_break:
        found.append(
            "tie_break = True: netx gives spikes alone, no potentials to break ties with; "
            "use lava_intsnn.loihi.inference_network(network)"
        )
    if network.precision.floating:
        found.append("precision fp32: netx holds integers; train with an integer precision")
        return found
    return found + [
        f"layer {index}: {text}"
        for index, layer in enumerate(network.layers)
        for text in _integer_findings(layer, state.w(network, index))
    ]


def _integer_findings(layer: Layer, w: np.ndarray) -> Iterator[str]:
    if layer.pool:
        yield (
            f"a pool of kind {layer.pool.kind!r}: netx has none; train with a larger stride in its "
            "place"
        )
        return
    if not layer.neuron.guarded:
        yield (
            "its neurons floor their decay, lava-dl's truncate it above six guard bits: use "
            "lava_intsnn.loihi.inference_network(network), and evaluate again: a few spikes change"
        )
    if recurrence := layer.recurrence:
        if recurrence.source != "spikes":
            yield "recurrence on voltage: netx has it on spikes; use source='spikes'"
        if recurrence.shift:
            yield (
                f"recurrence shift = {recurrence.shift}: netx sums recurrent weights as they are; "
                "use shift=0 and smaller weights"
            )
        if layer.max_delay:
            yield (
                f"max_delay = {layer.max_delay} together with recurrence: lava-dl gives both kinds "
                "of synapses the same delays; use one or the other"
            )
    yield from _weight_findings(layer, w)


def _weight_findings(layer: Layer, w: np.ndarray) -> Iterator[str]:
    if layer.kind == Dense.kind:
        if not w.any():
            yield "all weights are 0: lava-dl divides by the largest; train first"
            return
        # Loaded alone, these are scaled up to -256, and a synapse without positive weights ends at
        # -255. This is a fault of lava-dl 0.6; Loihi could hold them.
        for part in (w[:, : layer.n_in], w[:, layer.n_in :]):
            if part.size and part.max() <= 0 and int(-part.min()).bit_count() == 1:
                yield (
                    f"no weight above 0, and a smallest one of {part.min()}, a power of two: "
                    "lava-dl would clip it; lower or raise that weight by one"
                )
                return
    low, high = int(w.min()), int(w.max())
    narrow = low >= W_MIN and high <= W_MAX
    even = low >= W_MIN_EVEN and high <= W_MAX_EVEN and not (w & 1).any()
    if not (narrow or even):
        yield (
            f"weights from {low} to {high}: netx holds {W_MIN} to {W_MAX}, or even ones from "
            f"{W_MIN_EVEN} to {W_MAX_EVEN}; use inference_bits=8 without headroom"
        )


def _write(file: h5py.File, network: Network, state: State) -> None:
    first = network.layers[0]
    image = None
    shape = _chw(first.in_image) if first.in_image else [first.n_in]
    groups = [_group(file, 0, "input", shape)]
    for index, layer in enumerate(network.layers):
        if image and not layer.in_image:
            groups.append(_group(file, len(groups), "flatten", [layer.n_in]))
        write = _SYNAPSES[layer.kind]
        arrays = state.w(network, index), image, state.delays_of(index)
        groups.append(write(file, len(groups), layer, *arrays))
        _neuron(groups[-1], layer)
        image = layer.out_image


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


def _conv(
    file: h5py.File,
    number: int,
    layer: Conv,
    w: np.ndarray,
    image: tuple[int, int, int] | None,
    delays: None,
) -> h5py.Group:
    group = _group(file, number, "conv", _chw(layer.out_shape))
    windows = layer.windows
    _fill(
        group,
        inChannels=layer.in_shape[2],
        outChannels=layer.channels,
        kernelSize=windows.kernel,
        stride=windows.stride,
        padding=windows.padding,
        dilation=windows.dilation,
        groups=layer.groups,
        weight=filters(layer, w)[..., None],
    )
    return group


def _dense(
    file: h5py.File,
    number: int,
    layer: Dense,
    w: np.ndarray,
    image: tuple[int, int, int] | None,
    delays: np.ndarray | None,
) -> h5py.Group:
    kind = "dense_rec" if layer.recurrence else "dense"
    group = _group(file, number, kind, [layer.n_out])
    # behind an image, lava-dl's flatten numbers neurons channel first
    columns = channel_first(image) if image else np.arange(layer.n_in)
    _fill(group, inFeatures=layer.n_in, outFeatures=layer.n_out, weight=w[:, columns])
    if layer.recurrence:
        _fill(group, weight_rec=w[:, layer.n_in :])
    if layer.max_delay:
        _fill(group, delay=layer.delays(delays)[:, columns])
        # how they were drawn, for reading back: other readers ignore these attributes
        drawn = {} if layer.delays_in_state else {"delay_seed": layer.delay_seed}
        group["delay"].attrs.update(max_delay=layer.max_delay, **drawn)
    return group


#: Kind of layer -> what writes its synapses; ``image`` is the shape of what comes in, if it is one,
#: ``delays`` are those of the state.
_SYNAPSES: dict[str, Callable[..., h5py.Group]] = {Conv.kind: _conv, Dense.kind: _dense}


def _neuron(group: h5py.Group, layer: Layer) -> None:
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
