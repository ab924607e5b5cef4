"""Error, feedback and weight update (3.6, 3.15-3.18, 3.24-3.27)."""

import numpy as np

from lava_intsnn.arithmetic import (
    Stream,
    draw,
    limit,
    random_key,
    round_shift,
    saturate,
    shift_floor,
)
from lava_intsnn.network import Dense, Network
from lava_intsnn.reference.forward import LayerRecord


def error(network: Network, count: np.ndarray, label: int) -> np.ndarray:
    """Return the output error ``(O,)`` of one sample (3.6); label -1 means "do not learn"."""
    if label < 0:
        return np.zeros(len(count), np.int64)
    alpha = network.loss.alpha
    err = shift_floor(count.astype(np.int64) * alpha, network.count_shift)
    err[label] -= alpha
    if network.loss.kind == "one_sided":
        err[label] = min(err[label], 0)
    return saturate(err, limit(network.loss.err_bits))


def feedback(
    network: Network, w: list[np.ndarray], records: list[LayerRecord], err: np.ndarray
) -> list[np.ndarray]:
    """Return ``v_fb (T, O)`` of every layer (3.15-3.16)."""
    v_fb = [np.tile(err, (network.steps, 1))]
    for index in range(len(network.layers) - 2, -1, -1):
        above = v_fb[0] * records[index + 1].g if network.feedback.time_gated else v_fb[0]
        total = above @ w[index + 1]
        shifted = shift_floor(total, network.layers[index].fb_shift)
        v_fb.insert(0, saturate(shifted, limit(network.feedback.v_fb_bits)))
    return v_fb


def sample_delta(network: Network, record: LayerRecord, v_fb: np.ndarray) -> np.ndarray:
    """Return one sample's term of ``delta``, ``(O, I)`` (3.17)."""
    if not network.feedback.time_gated:
        return v_fb[0][:, None] * record.t_corr  # v_fb is the same at every step
    delta = np.zeros_like(record.t_corr)
    for t in range(network.steps):
        delta += (v_fb[t] * record.g[t])[:, None] * record.t_pre[t][None, :]
    return delta


def update(
    network: Network,
    layer: Dense,
    w_shadow: np.ndarray,
    delta: np.ndarray,
    *,
    lr_shift: int,
    key: np.uint64,
) -> np.ndarray:
    """Return the new shadow weights ``(O, I)`` (3.18, 3.24-3.27).

    Stochastic rounding draws for synapse ``(o, i)`` at index ``i * O + o`` of ``key``.
    """
    n_out, n_in = w_shadow.shape
    o, i = np.meshgrid(np.arange(n_out), np.arange(n_in), indexing="ij")
    with np.errstate(over="ignore"):
        random = draw(key, (i * n_out + o).astype(np.uint64))
    d = round_shift(delta, np.int64(lr_shift), int(network.rounding), random)
    d = saturate(d, layer.clip)
    w_new = w_shadow.astype(np.int64) - d
    if layer.weight_decay_shift is not None:
        w_new = w_new - shift_floor(w_shadow.astype(np.int64), layer.weight_decay_shift)
    return saturate(w_new, limit(network.precision.storage_bits)).astype(np.int32)


def update_key(seed: int, layer: int, updates: int) -> np.uint64:
    """Return the key of layer ``layer``'s rounding in update number ``updates``."""
    return random_key(seed, Stream.ROUND, layer, updates)
