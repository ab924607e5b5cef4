"""Reading NIR files as integer networks."""

from __future__ import annotations

import os
import warnings

from lava_intsnn.formats import exchange
from lava_intsnn.formats.nir.chain import stages
from lava_intsnn.formats.nir.nir_write import DT
from lava_intsnn.formats.nir.package import nir_package
from lava_intsnn.formats.nir.quantise import Errors, Unfit, quantise
from lava_intsnn.formats.nir.sidecar import detach
from lava_intsnn.network import FrameEncoder, Network, Precision, RateEncoder
from lava_intsnn.state import State


def import_nir(
    path: str | os.PathLike[str],
    *,
    steps: int | None = None,
    dt: float = DT,
    name: str | None = None,
    encoder: RateEncoder | FrameEncoder | None = None,
    precision: Precision | None = None,
    decay_tolerance: float = 0.01,
) -> tuple[Network, State]:
    """Read a NIR file.

    A file that :func:`export_nir` wrote gives the same network and state, bit for bit, and the
    other arguments are ignored. A graph from another tool, or one changed since, is quantised from
    its floats as :mod:`.quantise` describes, and a warning reports the error. Its encoder and
    learning constants, which no graph has, get defaults: learning shift 10, a surrogate window of
    twice the threshold, and otherwise those of :class:`~lava_intsnn.Network` and its parts.

    Parameters
    ----------
    path : path
    steps : int or None
        ``T``, steps of a sample, which graphs do not hold.
    dt : float
        Seconds of a step.
    name : str or None
        None: the file's name.
    encoder : RateEncoder or FrameEncoder or None
        How samples become input; None: the default rate code.
    precision : Precision or None
        Widths of the weights; None: 16-8.
    decay_tolerance : float
        Largest difference, as a share of the potential per step, between a decay and the nearest
        power of two.

    Returns
    -------
    network : Network
    state : State

    Warns
    -----
    ExchangeWarning
        If the floats were quantised.

    Raises
    ------
    ImportError
        Without the package ``nir``.
    ExchangeError
        With everything in the graph that our networks cannot hold.
    FileFormatError
        If the file is missing, damaged, or not NIR.
    """
    nir = nir_package()
    try:
        # tools differ in the shapes they write for scalars, so types are looked at here
        graph = nir.read(path, type_check=False)
        exact = detach(graph)
    except Exception as error:  # h5py and nir raise several kinds
        raise exchange.unreadable(path, "NIR", error) from error
    if not isinstance(exact, str):
        return exact
    if steps is None:
        raise exchange.ExchangeError(
            f"{path} has to be quantised from floats, since {exact}:",
            ["steps = None: a graph does not say how long a sample is; pass steps"],
        )
    precision = precision or Precision(shadow_bits=16, inference_bits=8)
    layers, weights, rounding = [], [], Errors()
    findings = []
    for stage in stages(str(path), graph):
        try:
            layer, w, errors = quantise(
                stage, dt=dt, bits=precision.inference_bits, decay_tolerance=decay_tolerance
            )
        except Unfit as unfit:
            findings += [f"node {stage.name!r}: {line}" for line in str(unfit).splitlines()]
            continue
        layers.append(layer)
        weights.append(w)
        rounding |= errors
    exchange.require(f"{path} does not fit our networks:", findings)
    network, state = exchange.imported_network(
        path,
        layers,
        weights,
        steps,
        name=name,
        encoder=encoder,
        precision=precision,
        tie_break=True,
    )
    message = f"{path}: quantised from floats, since {exact}: {rounding}"
    warnings.warn(message, exchange.ExchangeWarning, stacklevel=2)
    return network, state
