"""Shared parts of the formats of other tools: errors, channel order, defaults of missing fields."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import numpy as np

from lava_intsnn.network import Conv, Dense, Network, NetworkError, Neuron, Precision
from lava_intsnn.network.encoders import Encoder, RateEncoder
from lava_intsnn.network.per_neuron import numbers
from lava_intsnn.printable_text import PrintableError
from lava_intsnn.state import State
from lava_intsnn.storage.errors import FileFormatError
from lava_intsnn.storage.file_kinds import kind_of_file

#: Learning shift of imported layers, which files of inference do not hold. Change it with
#: ``dataclasses.replace`` before further training.
IMPORTED_LR_SHIFT = 10


class ExchangeError(PrintableError):
    """A network and a format do not fit each other.

    The message lists everything that does not fit, each with the nearest fix.

    Attributes
    ----------
    findings : tuple of str
        One line for each.
    """

    def __init__(self, what: str, findings: Iterable[str]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n  - ".join([what, *self.findings]))


class ExchangeWarning(UserWarning):
    """A network and a format fit except for what the message names."""


def require(what: str, findings: Sequence[str]) -> None:
    """Raise :class:`ExchangeError` if there are ``findings``."""
    if findings:
        raise ExchangeError(what, findings)


def layer_findings(
    network: Network, *, neurons: str, images: str, kinds: tuple[str, ...] = (Neuron.kind,)
) -> list[str]:
    """Return a finding for each layer that other tools lack.

    Parameters
    ----------
    network : Network
    neurons : str
        Why neurons of other kinds do not fit.
    images : str
        Why a layer cannot see as an image what the layer below gives as a vector.
    kinds : tuple of str
        Kinds of neurons that fit.
    """
    found = [
        f"layer {index}: {layer.neuron.kind} neurons: {neurons}; use {' or '.join(kinds)} neurons"
        for index, layer in enumerate(network.layers)
        if layer.neuron.kind not in kinds
    ]
    pairs = zip(network.layers, network.layers[1:])
    return found + [
        f"layer {index}: a Conv layer after a Dense one: {images}; use Dense, too"
        for index, (below, layer) in enumerate(pairs, start=1)
        if layer.in_image and not below.out_image
    ]


def unreadable(path: str | os.PathLike[str], what: str, error: Exception) -> FileFormatError:
    """Return the error to raise if h5py, or a tool that uses it, could not read ``path``."""
    if not os.path.exists(path):
        return FileFormatError(f"{path} cannot be read as a {what} file: there is no such file")
    found = kind_of_file(path)  # h5py says "file signature not found", nir's tools even less
    why = str(error) if found.startswith("it is an HDF5 file") else found
    return FileFormatError(f"{path} cannot be read as a {what} file: {why}")


def imported_neuron(
    *, vth: int | tuple[int, ...], decay_shift: int | tuple[int, ...], guarded: bool = False
) -> Neuron:
    """Return a neuron with a surrogate window, which files of inference lack, of twice ``vth``."""
    return Neuron(vth=vth, decay_shift=decay_shift, guarded=guarded, window=2 * max(numbers(vth)))


def channel_first(shape: tuple[int, int, int]) -> np.ndarray:
    """Return our number of each neuron of an image in channel-first order.

    Other tools number neurons ``(c * H + y) * W + x``; we number them ``(y * W + x) * C + c``.

    Parameters
    ----------
    shape : (H, W, C)

    Returns
    -------
    int64 (C * H * W,)
        At index ``k``, our number of the neuron that other tools number ``k``.
    """
    return np.arange(np.prod(shape), dtype=np.int64).reshape(shape).transpose(2, 0, 1).ravel()


def filters(layer: Conv, w: np.ndarray) -> np.ndarray:
    """Return ``w`` in other tools' order, ``(channels, channels of a group, height, width)``."""
    return w.reshape(layer.channels, *layer.windows.kernel, -1).transpose(0, 3, 1, 2)


def from_filters(w: np.ndarray) -> np.ndarray:
    """Undo :func:`filters`."""
    return w.transpose(0, 2, 3, 1).reshape(len(w), -1)


def columns_from(shape: tuple[int, int, int], w: np.ndarray) -> np.ndarray:
    """Return columns of ``w`` that read a channel-first image in our order."""
    ours = np.empty_like(w)
    ours[:, channel_first(shape)] = w
    return ours


def imported_network(
    path: str | os.PathLike[str],
    layers: Iterable[Dense | Conv],
    weights: Sequence[np.ndarray],
    steps: int,
    *,
    name: str | None,
    encoder: Encoder | None,
    precision: Precision | None,
    tie_break: bool = False,
    delays: Sequence[np.ndarray | None] = (),
) -> tuple[Network, State]:
    """Return the network of imported ``layers`` and a state with their inference ``weights``.

    ``name`` is the file's by default, ``encoder`` a :class:`RateEncoder`. ``delays`` are those of
    layers that have them in the state, None for the others.

    Raises
    ------
    ExchangeError
        If ``precision`` cannot hold the weights, or our library does not support the network.
    """
    precision = fit_precision(str(path), precision, weights)
    try:
        network = Network(
            name=name or os.path.splitext(os.path.basename(path))[0],
            layers=tuple(layers),
            steps=steps,
            precision=precision,
            encoder=encoder or RateEncoder(),
            tie_break=tie_break,
        )
        network.check()
    except NetworkError as error:
        raise ExchangeError(f"{path} does not fit our networks:", [str(error)]) from error
    state = State(
        weights=tuple(precision.shadow(w) for w in weights),
        delays=tuple(delays) if any(d is not None for d in delays) else (),
    )
    state.validate(network)
    return network, state


def fit_precision(
    what: str, precision: Precision | None, weights: Sequence[np.ndarray]
) -> Precision:
    """Return the precision of imported inference ``weights``; None stands for the default.

    Raises
    ------
    ExchangeError
        If it cannot hold them.
    """
    widths = [max(8, int(max(w.max(), ~w.min())).bit_length() + 1) for w in weights]
    if precision is None:
        return Precision(shadow_bits=16, inference_bits=max(widths))
    if precision.floating:
        raise ExchangeError(f"{what} does not fit fp32:", ["give an integer precision, or none"])
    findings = [
        f"layer {index}: weights from {w.min()} to {w.max()}: use inference_bits = {width}, and "
        "more shadow_bits or full_range"
        for index, (w, width) in enumerate(zip(weights, widths))
        if not np.array_equal(precision.inference(precision.shadow(w)), w)
    ]
    require(f"{what} does not fit precision {precision}:", findings)
    return precision
