"""Delays that learn: the slope of the synaptic sum over a delay, pushed by the error of (3.17).

A synapse adds ``w x(t - d)`` to the sum ``a(t)``. One step more of delay adds ``w x(t - d - 1)``
instead, so ``w (x(t - d - 1) - x(t - d))`` is the slope of ``a(t)`` over ``d``. Weights follow the
error ``v_fb g`` along the slope over ``w``, which is ``x(t - d)``, with traces in the place of
``x`` (3.17). Delays follow the same error along theirs.
"""

import numpy as np

from lava_intsnn.arithmetic import Stream, draw, fold, round_shift, saturate
from lava_intsnn.network import Conv, Dense, Network
from lava_intsnn.reference.forward import LayerRecord, seen_traces


def sample_slope(
    layer: Dense | Conv, record: LayerRecord, v_fb: np.ndarray, delays: np.ndarray | None
) -> np.ndarray:
    """Return one sample's term of ``slope (O, I)``, which the weight is still to multiply.

    Traces are those that each neuron's synapses see. It is 0 where delays do not learn.

    Parameters
    ----------
    record : LayerRecord
        With the gates of the steps that the error is about.
    v_fb : int64 (T, O)
        Feedback voltage of the layer.
    delays : integer (O, I), optional
        Shadow delays, of a layer whose delays stand in the state.
    """
    slope = np.zeros((layer.rows, layer.fan_in), np.int64)
    if not layer.learns_delays:
        return slope
    for t in range(len(v_fb)):
        q = v_fb[t] * record.g[t]
        # one step more of delay would show now what was seen a step ago
        later = seen_traces(layer, record.in_trace, t - 1, delays)
        slope += q[:, None] * (later - seen_traces(layer, record.in_trace, t, delays))
    return slope


def update_delays(
    network: Network,
    layer: Dense | Conv,
    d_shadow: np.ndarray,
    slope: np.ndarray,
    w: np.ndarray,
    *,
    lr_boost: int = 0,
    key: np.uint64,
) -> np.ndarray:
    """Return the new shadow delays, int64, of ``d_shadow (O, I)``.

    Stochastic rounding draws for the delay in row ``o`` and column ``i`` of ``R`` rows at index
    ``i * R + o`` of the stream ``DELAY_ROUND`` of ``key``, the key of the weights' update.

    Parameters
    ----------
    slope : int64 (O, I)
        Summed over a batch.
    w : int64 (O, >= I)
        Inference weights with which the batch ran.
    """
    rows, columns = d_shadow.shape
    o, i = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    with np.errstate(over="ignore"):
        own_key = fold(np.uint64(key), np.uint64(Stream.DELAY_ROUND))
        random = draw(own_key, (i * rows + o).astype(np.uint64))
    delta_d = slope * w[:, :columns]
    assert layer.delay_lr_shift is not None
    shift = np.int64(layer.delay_lr_shift + lr_boost)
    step = saturate(round_shift(delta_d, shift, int(network.rounding), random), layer.delay_clip)
    return np.clip(d_shadow.astype(np.int64) - step, 0, layer.d_shadow_max)
