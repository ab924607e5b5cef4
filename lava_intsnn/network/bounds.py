"""Proof, from widths, fan-ins, T and batch, that no intermediate leaves its container."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lava_intsnn.arithmetic import NORMALISED_BITS, container, limit
from lava_intsnn.network.conv import Conv
from lava_intsnn.network.dense import Dense
from lava_intsnn.network.encoders import FrameEncoder, NeuronEncoder
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.layer import Layer
from lava_intsnn.network.network import Network
from lava_intsnn.network.neuron_kind import NeuronKind, NeuronState
from lava_intsnn.network.softmax_table import exponentials

#: The popcount form keeps a neuron's whole spike train in one word of this many bits.
WORD_BITS = 32
#: Largest learning-rate shift a schedule may reach.
MAX_LR_SHIFT = 40
#: Rounding adds less than this to ``delta`` before it shifts, and the sum must stay in int64.
ROUNDING_HEADROOM = 1 << MAX_LR_SHIFT


@dataclass(frozen=True, kw_only=True)
class Width:
    """One line of the width table.

    ``bits`` is the declared signed width, ``policy`` what happens beyond it (``"saturate"``,
    ``"wrap"`` or ``"proven"``: it cannot happen), ``bound`` the largest magnitude that can occur
    before the policy acts, ``container`` the dtype that holds it.
    """

    layer: int
    state: str
    bits: int
    policy: str
    bound: int
    container: str


@dataclass(frozen=True, kw_only=True)
class LayerBounds:
    """Largest magnitudes in one layer; each is proven to fit the named container.

    ``a`` synaptic sum; ``r`` recurrent term; ``states`` what a neuron keeps, the membrane potential
    first, before saturation and guard bits included; ``t_pre`` presynaptic trace; ``t_corr``
    eligibility trace at the sample's end; ``t_pre_recurrent`` and ``t_corr_recurrent`` those of
    recurrent synapses that learn; ``v_fb`` feedback voltage; ``v_fb_sum`` the sum it is shifted
    from; ``delta`` the update summed over a batch; ``slope`` the sum over a batch that, times the
    weight, is the update ``delta_d`` of a delay. What a layer does not have, or receive, is 0.
    """

    w: int
    a: int
    r: int
    states: tuple[NeuronState, ...]
    t_pre: int
    t_corr: int
    t_pre_recurrent: int
    t_corr_recurrent: int
    v_fb: int
    v_fb_sum: int
    delta: int
    slope: int = 0

    @property
    def delta_dtype(self) -> np.dtype:
        """Container of ``delta`` and ``slope``: int32 or int64."""
        return max(container(max(self.delta, self.slope)), np.dtype(np.int32))

    @property
    def delta_d(self) -> int:
        """Largest magnitude of a delay's update summed over a batch."""
        return self.slope * self.w


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What :func:`prove` has shown about a network.

    ``layers`` are those of ``Network.all_layers``, and so are the numbers of ``table``.
    """

    layers: tuple[LayerBounds, ...]
    table: tuple[Width, ...]
    popcount: bool
    """Spike trains fit one word and traces are the spikes themselves."""


def prove(network: Network) -> Bounds:
    """Bound every intermediate of ``network`` and choose containers.

    Raises
    ------
    NetworkError
        Where a bound leaves its container: names the layer, the bound and the fix.
    """
    if network.local:
        return _prove_branches(network)
    _prove_input(network)
    feedback = _feedback_bounds(network)
    layers = tuple(
        _layer_bounds(network, index, *feedback[index]) for index in range(len(network.layers))
    )
    popcount = network.steps <= WORD_BITS and all(
        fits_words(network, layer) for layer in network.layers
    )
    table = tuple(
        row for index, layer in enumerate(layers) for row in _table(network, index, layer)
    )
    return Bounds(layers=layers, table=table, popcount=popcount)


def _prove_branches(network: Network) -> Bounds:
    """Prove each branch as the network it is, and take from it the layers that learn in it."""
    layers: dict[int, LayerBounds] = {}
    table: list[Width] = []
    popcount = True
    for branch in network.branches:
        try:
            proven = prove(branch.network)
        except NetworkError as error:
            raise branch.refusal(network, error) from None
        own = dict(branch.own)
        layers.update((index, proven.layers[here]) for here, index in own.items())
        table += [replace(row, layer=own[row.layer]) for row in proven.table if row.layer in own]
        popcount = popcount and proven.popcount
    return Bounds(
        layers=tuple(layers[index] for index in sorted(layers)),
        table=tuple(sorted(table, key=lambda row: row.layer)),
        popcount=popcount,
    )


def fits_words(network: Network, layer: Dense | Conv) -> bool:
    """Whether a spike train through ``layer`` is all its executor needs: one bit a step."""
    other = layer.recurrence or layer.max_delay or layer.pool or layer.groups > 1
    plain = layer.neuron.in_words and not other and network.loss.points == 1
    traceless = all(rule.spike_is_trace for rule in layer.traces) or not layer.plastic
    return plain and traceless and not network.graded


def _prove_input(network: Network) -> None:
    """Refuse input neurons whose states leave the engine's container."""
    encoder = network.encoder
    if isinstance(encoder, NeuronEncoder):
        fix = "lower weight or bias of the encoder"
        _states_of(encoder.neuron, encoder.current_max, np.int32, "input neurons", fix)


def _feedback_bounds(network: Network) -> list[tuple[int, int]]:
    """Return ``(v_fb_sum, v_fb)`` of every layer, from the output down."""
    loss = network.loss
    err = min(_error_bound(network), limit(loss.err_bits))
    feedback = network.feedback
    if feedback.propagation != "direct":  # error neurons spike at most once a step
        spikes = 1 if feedback.propagation == "final" else network.steps - feedback.soft_start
        err = spikes << feedback.err_shift
    bounds = [(err, err)]
    for index in range(len(network.layers) - 2, -1, -1):
        if index < network.first_plastic:
            bounds.insert(0, (0, 0))
            continue
        if feedback.weights == "random":
            total = network.n_classes * feedback.random_max * err
        else:
            above = network.layers[index + 1]
            total = above.fan_out * network.precision.w_max * bounds[0][1]
        _fits("feedback sum", total, np.int64, index, "lower v_fb_bits or alpha")
        shifted = (total >> network.layers[index].fb_shift) + 1
        bounds.insert(0, (total, min(shifted, limit(network.feedback.v_fb_bits))))
    return bounds


def largest_error(network: Network) -> int:
    """Return a bound of the magnitude of an error before it saturates.

    It is that of a label's, the sum of both terms; of spikes it is smaller, as their signs differ.
    """
    loss, points = network.loss, network.error_points
    if loss.kind == "softmax":
        return loss.alpha
    if network.readout:  # answers may be negative, and 64 bits hold the widest times any alpha
        least_shift = min(point.count_shift for point in points)
        return (network.answer_max * loss.alpha >> least_shift) + 1 + loss.alpha
    return _largest_term(network) + loss.alpha


def _largest_term(network: Network) -> int:
    """Return the largest ``(count * alpha) >> floor(log2 T)`` of spikes, of any point."""
    points, alpha = network.error_points, network.loss.alpha
    return max(point.length * alpha >> point.count_shift for point in points)


def _error_bound(network: Network) -> int:
    """Return the largest magnitude of an error before it saturates."""
    loss = network.loss
    if loss.kind == "softmax" or network.readout:
        return largest_error(network)
    scaled = network.steps * loss.alpha
    _fits("count * alpha", scaled, np.int32, len(network.layers) - 1, "lower alpha or steps")
    return max(_largest_term(network), loss.alpha)


def _layer_bounds(network: Network, index: int, v_fb_sum: int, v_fb: int) -> LayerBounds:
    layer = network.layers[index]
    w = network.precision.w_max
    encoder = network.encoder
    x = encoder.max_count if index == 0 and isinstance(encoder, FrameEncoder) else 1
    x *= layer.seen_max
    a = layer.fan_in * w * x
    _fits("synaptic sum a", a, np.int32, index, "lower n_in or inference_bits")
    if layer.pool and layer.pool.shift:
        a = (a >> layer.pool.shift) + 1
    recurrence = layer.recurrence
    r = 0
    if recurrence:
        r_sum = layer.n_out * w * recurrence.u_max
        _fits("recurrent sum", r_sum, np.int64, index, "lower n_out or inference_bits")
        r = (r_sum >> recurrence.shift) + 1
    # recurrent sums are wide, so neurons with recurrence integrate in 64 bits
    dtype = np.int64 if recurrence else np.int32
    fix = "lower n_in or inference_bits"
    states = _states_of(layer.neuron, a + r, dtype, f"layer {index}", fix)
    t_pre, t_corr = _trace_bounds(layer, x, network.steps) if layer.plastic else (0, 0)
    _fits("presynaptic trace", t_pre, np.int32, index, "lower trace_bits or steps")
    t_pre_recurrent = t_corr_recurrent = 0
    if recurrence and layer.learns_recurrence:
        u_max, steps = recurrence.u_max, network.steps
        t_pre_recurrent, t_corr_recurrent = _trace_bounds(layer, u_max, steps)
    _fits("recurrent trace", t_pre_recurrent, np.int32, index, "lower trace_bits or steps")
    pushes = network.loss.pushes
    _fits("feedback of all points", pushes * v_fb, np.int32, index, "lower points or v_fb_bits")
    pushed = network.batch * v_fb * pushes
    delta = pushed * max(layer.sharing * t_corr, t_corr_recurrent)
    # each trace stands in two differences of neighbouring steps
    slope = 2 * pushed * t_corr if layer.learns_delays else 0
    for what, (most, fix) in update_sums(layer, delta, slope * w).items():
        _fits(what, most, np.int64, index, f"lower batch, v_fb_bits or alpha{fix}")
    return LayerBounds(
        w=w,
        a=a,
        r=r,
        states=states,
        t_pre=t_pre,
        t_corr=t_corr,
        t_pre_recurrent=t_pre_recurrent,
        t_corr_recurrent=t_corr_recurrent,
        v_fb=v_fb,
        v_fb_sum=v_fb_sum,
        delta=delta,
        slope=slope,
    )


def update_sums(layer: Layer, delta: int, delta_d: int = 0) -> dict[str, tuple[int, str]]:
    """Return what int64 must hold of an update whose sum over a batch reaches ``delta``.

    ``delta_d`` is what that of delays reaches, where they learn.

    Returns
    -------
    dict
        Name -> largest magnitude, and what else would make it fit: the sum with its rounding, and
        where updates are normalised the sum before it is divided.
    """
    sums = {"summed update delta": (delta + ROUNDING_HEADROOM, "")}
    if layer.plastic and layer.normalise:
        raised = f"summed update delta * 2**{NORMALISED_BITS}, which is normalised,"
        sums[raised] = (delta << NORMALISED_BITS, ", or give normalise = False")
    if layer.learns_delays:
        sums["summed update delta_d"] = (delta_d + ROUNDING_HEADROOM, "")
    return sums


def _trace_bounds(layer: Dense | Conv, x: int, steps: int) -> tuple[int, int]:
    """Return the largest magnitude of a trace, and of its sum, over all neurons' traces."""
    each = [rule.bounds(x, steps) for rule in layer.traces]
    return max(t_pre for t_pre, _ in each), max(t_corr for _, t_corr in each)


def _states_of(
    neuron: NeuronKind, current: int, dtype: type, where: str, fix: str
) -> tuple[NeuronState, ...]:
    """Return the states of neurons for sums of up to ``current``, which ``dtype`` must hold."""
    if neuron.sum_max is not None and current > neuron.sum_max:
        raise NetworkError(
            f"{where}: a guarded current wraps once, a bound of {current} would wrap twice: {fix}, "
            f"for at most {neuron.sum_max}"
        )
    states = neuron.states(current)
    for state in states:
        _fits(f"state {state.name} of the neurons", state.bound, dtype, where, fix)
    return states


def _fits(what: str, bound: int, dtype: type, where: int | str, fix: str) -> None:
    if bound > np.iinfo(dtype).max:
        where = f"layer {where}" if isinstance(where, int) else where
        raise NetworkError(
            f"{where}: {what} can reach {bound} ({bound.bit_length() + 1} bits), more than "
            f"{np.dtype(dtype).name} holds: {fix}"
        )


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


def _table(network: Network, index: int, bounds: LayerBounds) -> list[Width]:
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
