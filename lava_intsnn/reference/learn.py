"""Feedback and weight update (3.14-3.18, 3.21-3.22, 3.24-3.27)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import (
    draw,
    limit,
    normalised,
    round_shift,
    saturate,
    shift_ceil,
    shift_floor,
)
from lava_intsnn.network import Conv, Dense, Network
from lava_intsnn.network.error_points import ErrorPoint
from lava_intsnn.reference.answer import answering_gates
from lava_intsnn.reference.delay_learning import sample_slope
from lava_intsnn.reference.forward import LayerRecord, said
from lava_intsnn.reference.output_error import output_error
from lava_intsnn.reference.synaptic_sum import backward, per_synapse, per_weight


class LearnedTerms(NamedTuple):
    """One sample's terms of a layer's sums over a batch.

    Parameters
    ----------
    delta : int64, of the weights' shape
        What weights learn from (3.17, 3.22).
    slope : int64 (rows, fan_in)
        What delays learn from: see :func:`.sample_slope`.
    """

    delta: np.ndarray
    slope: np.ndarray

    @classmethod
    def none(cls, layer: Dense | Conv) -> LearnedTerms:
        """Return sums over no sample."""
        slope = np.zeros((layer.rows, layer.fan_in), np.int64)
        return cls(np.zeros(layer.weight_shape, np.int64), slope)


def at_point(network: Network, records: list[LayerRecord], point: ErrorPoint) -> list[LayerRecord]:
    """Return the records as the error of ``point`` sees them: gates and ``t_corr`` of its steps.

    Outside of these steps all gates are 0.
    """
    if point.length == network.steps and not network.readout:
        return records
    seen = []
    steps = slice(point.first, point.last + 1)
    for layer, record in zip(network.layers, records):
        g = np.zeros_like(record.g)
        g[steps] = answering_gates(layer.neuron, record.g[steps], record.v_before[steps])
        t_corr = np.zeros_like(record.t_corr)
        for t in range(point.first, point.last + 1):
            t_corr += per_synapse(layer, g[t], record.t_pre[t])
        seen.append(replace(record, g=g, t_corr=t_corr))
    return seen


def sample_deltas(
    network: Network,
    w: list[np.ndarray],
    records: list[LayerRecord],
    label: int,
    key: np.uint64,
    delays: Sequence[np.ndarray | None] = (),
) -> list[LearnedTerms]:
    """Return one sample's terms, added up over all its errors, of every layer.

    ``key`` is the sample's encoding key, from which the random loss draws; ``delays`` are those of
    the state: a matrix, or None, a layer.
    """
    terms = [LearnedTerms.none(layer) for layer in network.layers]
    for point in network.error_points:
        e = output_error(network, said(network, records[-1]), label, key, point)
        seen = at_point(network, records, point)
        back = feedback(network, w, seen, e)
        for term, layer, own, v_fb, d in zip_longest(terms, network.layers, seen, back, delays):
            term.delta[:] += sample_delta(network, layer, own, v_fb)
            term.slope[:] += sample_slope(layer, own, v_fb, d)
    return terms


def branch_deltas(
    network: Network,
    w: list[np.ndarray],
    records: list[LayerRecord],
    label: int,
    key: np.uint64,
    delays: Sequence[np.ndarray | None] = (),
) -> dict[int, LearnedTerms]:
    """Return one sample's terms of all layers, by index, each from the branch that it learns in.

    ``records`` are those of all layers, see :func:`.forward_local`; the others as in
    :func:`sample_deltas`.
    """
    terms: dict[int, LearnedTerms] = {}
    for branch in network.branches:
        w_here = [w[index] for index in branch.members]
        seen = [records[index] for index in branch.members]
        d_here = [delays[index] for index in branch.members] if delays else ()
        found = sample_deltas(branch.network, w_here, seen, label, key, d_here)
        terms.update((index, found[here]) for here, index in branch.own)
    return terms


def feedback(
    network: Network, w: list[np.ndarray], records: list[LayerRecord], e: np.ndarray
) -> list[np.ndarray]:
    """Return ``v_fb (T, O)`` of every layer (3.14, 3.16, 3.21) from the output's ``e (O,)``.

    It is 0 in layers below which, themselves included, nothing learns.
    """
    if network.feedback.weights == "random":
        return _random_feedback(network, e)
    v_fb = [np.tile(e, (network.steps, 1))]
    for index in range(len(network.layers) - 2, -1, -1):
        if index < network.first_plastic:
            v_fb.insert(0, np.zeros((network.steps, network.layers[index].n_out), np.int64))
            continue
        above = v_fb[0] * records[index + 1].g if network.feedback.time_gated else v_fb[0]
        layer, w_above = network.layers[index + 1], w[index + 1]
        total = np.array([backward(layer, w_above, above[t]) for t in range(network.steps)])
        shifted = shift_floor(total, network.layers[index].fb_shift)
        v_fb.insert(0, saturate(shifted, limit(network.feedback.v_fb_bits)))
    return v_fb


def _random_feedback(network: Network, e: np.ndarray) -> list[np.ndarray]:
    """Return ``v_fb (T, O)`` of every layer from fixed random weights."""
    v_fb = []
    for index, layer in enumerate(network.layers[:-1]):
        if index < network.first_plastic:
            v_fb.append(np.zeros((network.steps, layer.n_out), np.int64))
            continue
        total = network.feedback_weights(index) @ e
        # rounded up: the update is -v_fb, and bits lost in it must not excite neurons
        v = saturate(shift_ceil(total, layer.fb_shift), limit(network.feedback.v_fb_bits))
        v_fb.append(np.tile(v, (network.steps, 1)))
    return [*v_fb, np.tile(e, (network.steps, 1))]


def sample_delta(
    network: Network, layer: Dense | Conv, record: LayerRecord, v_fb: np.ndarray
) -> np.ndarray:
    """Return one sample's term of ``delta``, in the weights' shape (3.17, 3.22)."""
    if not layer.plastic:
        return np.zeros(layer.weight_shape, np.int64)
    if not network.feedback.time_gated:  # v_fb is the same at every step
        return per_weight(layer, per_synapse(layer, v_fb[0], record.t_corr))
    delta = np.zeros(layer.weight_shape, np.int64)
    for t in range(network.steps):
        q = v_fb[t] * record.g[t]
        delta += per_weight(layer, per_synapse(layer, q, record.t_pre[t]))
    return delta


def update(
    network: Network,
    layer: Dense | Conv,
    w_shadow: np.ndarray,
    delta: np.ndarray,
    *,
    lr_boost: int = 0,
    key: np.uint64,
) -> np.ndarray:
    """Return the new shadow weights (3.18, 3.24-3.27).

    The update of a normalised layer is divided, column by column, by its largest magnitude first.
    Stochastic rounding draws for the weight in row ``o`` and column ``i`` of ``R`` rows at index
    ``i * R + o`` of ``key``.
    """
    rows, columns = w_shadow.shape
    o, i = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    with np.errstate(over="ignore"):
        random = draw(key, (i * rows + o).astype(np.uint64))
    new = w_shadow.copy()
    for block in layer.blocks:
        if block.lr_shift is None:  # fixed recurrence stays, and all of a frozen layer
            continue
        part, shift = slice(block.first, block.last), np.int64(block.lr_shift + lr_boost)
        step = delta[:, part]
        if layer.normalise:
            step = normalised(step, np.maximum(abs(step).max(axis=0), 1))
        d = round_shift(step, shift, int(network.rounding), random[:, part])
        d = saturate(d, layer.clip)
        old = w_shadow[:, part].astype(np.int64)
        w_new = old - d
        if layer.weight_decay_shift is not None:
            w_new = w_new - shift_floor(old, layer.weight_decay_shift)
        precision = network.precision
        new[:, part] = np.clip(w_new, precision.w_shadow_min, precision.w_shadow_max)
    return new
