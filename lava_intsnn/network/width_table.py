"""The width table: a line for each state and intermediate of a layer."""

from __future__ import annotations

from collections.abc import Callable

from lava_intsnn.arithmetic import NORMALISED_BITS, container, limit
from lava_intsnn.network.bounds import LayerBounds, Width
from lava_intsnn.network.error_bounds import largest_error
from lava_intsnn.network.network import Network
from lava_intsnn.network.softmax_table import exponentials


def width_rows(network: Network, index: int, bounds: LayerBounds) -> list[Width]:
    """Return the lines of layer ``index``."""
    layer = network.layers[index]
    precision = network.precision
    wraps = layer.neuron.wraps_sum
    storage = -precision.w_shadow_min
    decayed = 0
    if layer.weight_decay_shift is not None:
        decayed = (storage >> layer.weight_decay_shift) + 1
    update = storage + layer.clip + decayed
    last = index == len(network.layers) - 1
    wide = "int64" if bounds.r else "int32"

    def row(state: str, bits: int | None, policy: str, bound: int, dtype: object = None) -> Width:
        return Width(
            layer=index,
            state=state,
            bits=bits or bound.bit_length() + 1,
            policy=policy,
            bound=bound,
            container=str(dtype or container(bound)),
        )

    rows = [
        *([row("w_shadow", precision.storage_bits, "saturate", update, "int32")] * layer.plastic),
        row("w", precision.w_bits, "proven", bounds.w),
        row("a", 18 if wraps else None, "wrap" if wraps else "proven", bounds.a, "int32"),
        *([row("r", None, "proven", bounds.r, "int64")] if bounds.r else []),
        *(row(state.name, state.bits, state.policy, state.bound, wide) for state in bounds.states),
    ]
    if layer.plastic:
        t_pre = max(bounds.t_pre, bounds.t_pre_recurrent)
        t_corr = max(bounds.t_corr, bounds.t_corr_recurrent)
        rows += [row("t_pre", None, "proven", t_pre), row("t_corr", None, "proven", t_corr)]
    if last:
        rows += _output_rows(network, row)
    elif index >= network.first_plastic:
        rows.append(row("v_fb", network.feedback.v_fb_bits, "saturate", bounds.v_fb_sum, "int64"))
    if layer.plastic:
        rows.append(row("delta", None, "proven", bounds.delta, bounds.delta_dtype))
        if layer.normalise:
            rows.append(row("delta, normalised", None, "proven", 1 << NORMALISED_BITS, "int64"))
    if layer.learns_delays:
        stepped = layer.d_shadow_max + layer.delay_clip
        bits = layer.d_shadow_max.bit_length() + 1
        rows.append(row("d_shadow", bits, "saturate", stepped, "int32"))
        rows.append(row("delta_d", None, "proven", bounds.delta_d, "int64"))
    return rows


def _output_rows(network: Network, row: Callable[..., Width]) -> list[Width]:
    """Return the lines of what the output layer alone has."""
    loss, readout, rows = network.loss, network.readout, []
    if readout and readout.answer == "sum":
        bound = limit(readout.sum_bits) + limit(readout.v_bits)
        rows.append(row("v_sum", readout.sum_bits, "saturate", bound, "int32"))
    rows.append(row("count", None, "proven", network.answer_max))
    if loss.kind == "softmax":
        one = int(exponentials()[0])
        rows.append(row("exp", None, "proven", one, "int64"))
        rows.append(row("exp_sum", None, "proven", one * network.n_classes, "int64"))
        scaled = one * (2 * loss.alpha + network.n_classes)
        rows.append(row("exp_scaled", None, "proven", scaled, "int64"))
    rows.append(row("err", loss.err_bits, "saturate", largest_error(network), "int32"))
    return rows
