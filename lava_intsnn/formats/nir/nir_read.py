"""Reading NIR files as integer networks."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.formats import exchange
from lava_intsnn.formats.imported_learning import with_learning
from lava_intsnn.formats.nir.bias_neurons import with_bias_neurons
from lava_intsnn.formats.nir.calibration import calibrated, compared
from lava_intsnn.formats.nir.chain import FloatChain, float_chain
from lava_intsnn.formats.nir.float_stages import FloatStage
from lava_intsnn.formats.nir.graph import NO_LEAK
from lava_intsnn.formats.nir.linear_nodes import UnfitNode
from lava_intsnn.formats.nir.nir_graph import NirGraph, read_graph
from lava_intsnn.formats.nir.nir_write import DT
from lava_intsnn.formats.nir.quantise import UNITY, QuantisedStage, quantise
from lava_intsnn.formats.nir.rounding_report import NirReport
from lava_intsnn.formats.nir.sidecar import detach
from lava_intsnn.network import FrameEncoder, Network, Precision, RateEncoder
from lava_intsnn.network.encoders import Encoder
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference import encode
from lava_intsnn.state import State
from lava_intsnn.storage.foreign_hdf5 import read_tree

#: Time constants of neurons.
_TIMES = ("tau", "tau_mem", "tau_syn")


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
    dt: float | None = None,
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
    dt: float | None = None,
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
    its floats: :mod:`.float_stages` has the equations and :mod:`.quantise` the roundings. What no
    graph has gets defaults: a surrogate window of twice the threshold, the learning shifts of
    :mod:`~lava_intsnn.formats.imported_learning`, and otherwise those of
    :class:`~lava_intsnn.Network` and its parts.

    Parameters
    ----------
    path : path
    steps : int or None
        ``T``, steps of a sample, which graphs do not hold.
    dt : float or None
        Length of a step, in the unit of the graph's time constants, which is seconds by the format.
        None: 1e-4, as snnTorch and the tools of the NIR paper assume; but 1 for a graph whose time
        constants are all too long for decays of 12 bits then, and so are counted in steps.
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
    if dt is not None and not 0 < dt < np.inf:
        raise ValueError(f"dt = {dt}: must be above 0 seconds")
    if calibrate and samples is None:
        raise ValueError("calibrate = True without samples: give samples")
    tree = read_tree(path, what="NIR")
    exact = detach(str(path), tree)
    if not isinstance(exact, str):
        return NirImport(*exact, NirReport(path=str(path), exact=True))
    what = str(path)
    if steps is None:
        raise exchange.ExchangeError(
            f"{path} has to be quantised from floats, since {exact}:",
            ["steps = None: a graph does not say how long a sample is; pass steps"],
        )
    precision = precision or Precision(shadow_bits=16, inference_bits=8)
    graph = read_graph(what, tree)
    dt = default_dt(graph) if dt is None else dt
    chain = float_chain(what, graph, dt=dt, hard=reset == "hard")
    counts = isinstance(encoder, FrameEncoder)
    floats = with_bias_neurons(chain.layers, counts=counts)
    spikes = None
    if samples is not None:
        spikes = _encoded(chain, np.asarray(samples), encoder or RateEncoder(), steps)
    layers, shares = _quantised(
        what,
        floats,
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
    return NirImport(with_learning(network), state, report)


def _quantised(
    what: str,
    chain: Sequence[FloatStage],
    *,
    bits: int,
    decay_tolerance: float | None,
    spikes: np.ndarray | None,
    calibrate: bool,
    progress: bool,
) -> tuple[list[QuantisedStage], list[tuple[float, float]]]:
    layers: list[QuantisedStage] = []
    findings: list[str] = []
    for floats in chain:
        try:
            layers.append(quantise(floats, bits=bits, decay_tolerance=decay_tolerance))
        except UnfitNode as unfit:
            findings += [f"node {floats.name!r}: {line}" for line in str(unfit).splitlines()]
    exchange.require(f"{what} does not fit our networks:", findings)
    if spikes is None:
        return layers, []
    if calibrate:
        return calibrated(
            chain, spikes, bits=bits, decay_tolerance=decay_tolerance, progress=progress
        )
    return layers, compared(chain, layers, spikes)


def default_dt(graph: NirGraph) -> float:
    """Return the step of a graph that is read without one."""
    fields = [node.fields.get(name) for node in graph.nodes.values() for name in _TIMES]
    shortest = min((float(f.min()) for f in fields if f is not None), default=0.0)
    longest = max((float(f.max()) for f in fields if f is not None), default=0.0)
    in_steps = shortest >= 1 and DT / shortest * UNITY < 0.5 and longest < NO_LEAK * DT
    return 1.0 if in_steps else DT


def _encoded(chain: FloatChain, samples: np.ndarray, encoder: Encoder, steps: int) -> np.ndarray:
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
    shown = zip(samples, eval_keys(0, len(samples)))
    return np.stack([encode(encoder, image, key=key, steps=steps) for image, key in shown])
