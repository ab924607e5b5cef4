"""Reading NIR files as integer networks."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.formats import exchange
from lava_intsnn.formats.nir.calibration import calibrated, compared
from lava_intsnn.formats.nir.chain import FloatChain, float_chain
from lava_intsnn.formats.nir.linear_nodes import Unfit
from lava_intsnn.formats.nir.nir_graph import read_graph
from lava_intsnn.formats.nir.nir_write import DT
from lava_intsnn.formats.nir.quantise import QuantisedLayer, quantise
from lava_intsnn.formats.nir.rounding_report import NirReport
from lava_intsnn.formats.nir.sidecar import detach
from lava_intsnn.network import FrameEncoder, Network, Precision, RateEncoder
from lava_intsnn.network.encoders import Encoder
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference import encode
from lava_intsnn.state import State
from lava_intsnn.storage.foreign_hdf5 import read_tree


class NirImport(NamedTuple):
    """What a NIR file holds, and what was rounded."""

    network: Network
    state: State
    report: NirReport


@checks_kinds
def import_nir(
    path: str | os.PathLike[str],
    *,
    steps: int | None = None,
    dt: float = DT,
    name: str | None = None,
    encoder: Encoder | None = None,
    precision: Precision | None = None,
    decay_tolerance: float | None = None,
    reset: Literal["hard", "soft"] = "hard",
) -> tuple[Network, State]:
    """Read a NIR file: :func:`read_nir` without samples, its report as a warning.

    Returns
    -------
    network : Network
    state : State

    Warns
    -----
    ExchangeWarning
        If the floats were quantised.
    """
    network, state, report = read_nir(
        path,
        steps=steps,
        dt=dt,
        name=name,
        encoder=encoder,
        precision=precision,
        decay_tolerance=decay_tolerance,
        reset=reset,
    )
    if not report.exact:
        message = "\n  - ".join([report.summary, *report.notes()])
        warnings.warn(message, exchange.ExchangeWarning, stacklevel=3)
    return network, state


@checks_kinds
def read_nir(
    path: str | os.PathLike[str],
    *,
    steps: int | None = None,
    dt: float = DT,
    name: str | None = None,
    encoder: Encoder | None = None,
    precision: Precision | None = None,
    decay_tolerance: float | None = None,
    reset: Literal["hard", "soft"] = "hard",
    samples: np.ndarray | None = None,
    calibrate: bool = False,
    progress: bool = False,
) -> NirImport:
    """Read a NIR file, and say what was rounded by how much.

    A file that :func:`export_nir` wrote gives the same network and state, bit for bit, and the
    other arguments are ignored. A graph from another tool, or one changed since, is quantised from
    its floats: :mod:`.float_layers` has the equations and :mod:`.quantise` the roundings. What no
    graph has gets defaults: learning shift 10, a surrogate window of twice the threshold, and
    otherwise those of :class:`~lava_intsnn.Network` and its parts.

    Parameters
    ----------
    path : path
    steps : int or None
        ``T``, steps of a sample, which graphs do not hold.
    dt : float
        Seconds of a step, or rather the unit of the graph's time constants.
    name : str or None
        None: the file's name.
    encoder : RateEncoder, FrameEncoder, NeuronEncoder or None
        How samples become input; None: the default rate code.
    precision : Precision or None
        Widths of the weights; None: 16-8.
    decay_tolerance : float or None
        A share of the potential a step. Decays within it of a power of two become that, and the
        neurons plain ones; a decay that 12 bits miss by more is refused. None: 12 bits for all, and
        plain neurons only where they are exact.
    reset : {"hard", "soft"}
        What a spike does: to ``v_reset``, as NIR defines it, or by subtraction of the threshold,
        which NIR cannot say and some tools mean.
    samples : uint8 (N, n_values) or None
        With them, the report has the share of spikes that differ from the graph in floats.
    calibrate : bool
        Choose the scale of each layer with which the fewest spikes of the samples differ.
    progress : bool
        Whether to show the progress of that.

    Returns
    -------
    NirImport
        ``network``, ``state`` and ``report``.

    Raises
    ------
    ExchangeError
        With everything in the graph that our networks cannot hold.
    FileFormatError
        If the file is missing, damaged, or not NIR.
    """
    if not 0 < dt < np.inf:
        raise ValueError(f"dt = {dt}: must be above 0 seconds")
    if calibrate and samples is None:
        raise ValueError("calibrate = True without samples: give samples")
    tree = read_tree(path, what="NIR")
    exact = detach(str(path), tree)
    if not isinstance(exact, str):
        return NirImport(*exact, NirReport(path=str(path), exact=True, dt=dt))
    what = str(path)
    if steps is None:
        raise exchange.ExchangeError(
            f"{path} has to be quantised from floats, since {exact}:",
            ["steps = None: a graph does not say how long a sample is; pass steps"],
        )
    precision = precision or Precision(shadow_bits=16, inference_bits=8)
    chain = float_chain(what, read_graph(what, tree), dt=dt, hard=reset == "hard")
    spikes = None
    if samples is not None:
        spikes = _encoded(chain, np.asarray(samples), encoder or RateEncoder(), steps)
    layers, shares = _quantised(
        what,
        chain,
        bits=precision.inference_bits,
        decay_tolerance=decay_tolerance,
        spikes=spikes,
        calibrate=calibrate,
        progress=progress,
    )
    network, state = exchange.imported_network(
        path,
        [made.layer for made in layers],
        [made.weights for made in layers],
        steps,
        name=name,
        encoder=encoder,
        precision=precision,
        tie_break=True,
        delays=[made.delays for made in layers],
    )
    report = NirReport(
        path=what, exact=False, why=exact, dt=dt, layers=tuple(made.rounding for made in layers)
    )
    if spikes is not None:
        report = report.with_spikes(shares, len(spikes))
    return NirImport(network, state, report)


def _quantised(
    what: str,
    chain: FloatChain,
    *,
    bits: int,
    decay_tolerance: float | None,
    spikes: np.ndarray | None,
    calibrate: bool,
    progress: bool,
) -> tuple[list[QuantisedLayer], list[tuple[float, float]]]:
    layers: list[QuantisedLayer] = []
    findings: list[str] = []
    for floats in chain.layers:
        try:
            layers.append(quantise(floats, bits=bits, decay_tolerance=decay_tolerance))
        except Unfit as unfit:
            findings += [f"node {floats.name!r}: {line}" for line in str(unfit).splitlines()]
    exchange.require(f"{what} does not fit our networks:", findings)
    if spikes is None:
        return layers, []
    if calibrate:
        return calibrated(
            chain.layers, spikes, bits=bits, decay_tolerance=decay_tolerance, progress=progress
        )
    return layers, compared(chain.layers, layers, spikes)


def _encoded(
    chain: FloatChain, samples: np.ndarray, encoder: Encoder, steps: int
) -> np.ndarray:
    """Return the input (N, T, I) of samples, as an evaluation encodes them."""
    n_in = len(chain.source.order)
    values = n_in * (steps if isinstance(encoder, FrameEncoder) else 1)
    if samples.ndim != 2 or samples.shape[1] != values or samples.dtype != np.uint8:
        raise ValueError(
            f"samples are {samples.dtype} {samples.shape}: the graph has {n_in} inputs, so give "
            f"uint8 (samples, {values}), channels fastest"
        )
    if not len(samples):
        raise ValueError("no samples: give at least one")
    keys: Sequence[np.uint64] = eval_keys(0, len(samples))
    shown = zip(samples, keys)
    return np.stack([encode(encoder, image, key=key, steps=steps) for image, key in shown])
