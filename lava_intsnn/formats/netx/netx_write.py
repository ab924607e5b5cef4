"""Writing networks of guarded and CUBA neurons as netx files."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.formats.exchange import channel_first, filters, require
from lava_intsnn.formats.netx.netx_findings import findings
from lava_intsnn.formats.netx.netx_input import write_input_neurons
from lava_intsnn.formats.netx.netx_neuron import is_integrator, write_neuron
from lava_intsnn.network import CUBA, Conv, Dense, Network, Neuron, NeuronEncoder
from lava_intsnn.state import State
from lava_intsnn.storage.atomic import write_bytes


@checks_kinds
def export_netx(network: Network, state: State, path: str | os.PathLike[str]) -> None:
    """Write the inference part of ``network`` to ``path`` atomically, as lava-dl reads it.

    ``lava.lib.dl.netx.hdf5.Network`` then has the spikes of our executors, one step later for each
    layer. Pass it ``reset_interval=steps + pause`` with ``reset_offset=1``, or with input neurons
    0, where ``pause`` is the sum of the layers' ``max_delay``, and ``input_message_bits=8`` if the
    input is frames. Images have the shape ``(W, H, C)``. See docs/exchange.md.

    Parameters
    ----------
    network : Network
        With guarded or CUBA neurons, which equal lava-dl's CUBA neuron bit for bit.
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
    require(f"network {network.name!r} does not fit netx:", findings(network, state))
    network.check()
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        _write(file, network, state)
    write_bytes(path, buffer.getvalue())


def _write(file: h5py.File, network: Network, state: State) -> None:
    first = network.layers[0]
    image = None
    shape = _chw(first.in_image) if first.in_image else [first.n_in]
    file["simulation/Ts"], file["simulation/tSample"] = 1, network.steps
    groups = [_group(file, 0, "input", shape)]
    if isinstance(network.encoder, NeuronEncoder):
        write_input_neurons(groups[0], network.encoder)
    for index, layer in enumerate(network.layers):
        if image and not layer.in_image:
            groups.append(_group(file, len(groups), "flatten", [layer.n_in]))
        write = _SYNAPSES[layer.kind]
        arrays = state.w(network, index), image, state.delays_of(index)
        groups.append(write(file, len(groups), layer, *arrays))
        neuron = layer.neuron
        assert isinstance(neuron, Neuron | CUBA)  # others are refused
        if not (layer.kind == Dense.kind and is_integrator(neuron)):
            write_neuron(groups[-1], neuron, layer.rows)
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
