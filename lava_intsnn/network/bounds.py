"""Proof, from widths, fan-ins, T and batch, that no intermediate leaves its container."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_intsnn.arithmetic import container, limit
from lava_intsnn.network.conv import Conv
from lava_intsnn.network.dense import Dense
from lava_intsnn.network.encoders import FrameEncoder, NeuronEncoder
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.network import Network
from lava_intsnn.network.neuron_kind import NeuronKind, NeuronState

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
    """What :func:`prove` has shown about a network."""

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


def fits_words(network: Network, layer: Dense | Conv) -> bool:
    """Whether a spike train through ``layer`` is all its executor needs: one bit a step."""
    other = layer.recurrence or layer.max_delay or layer.pool or layer.groups > 1
    plain = layer.neuron.in_words and not other
    traceless = layer.trace.spike_is_trace or not layer.plastic
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
    scaled = network.steps * loss.alpha
    _fits("count * alpha", scaled, np.int32, len(network.layers) - 1, "lower alpha or steps")
    err = min(max(scaled >> network.count_shift, loss.alpha), limit(loss.err_bits))
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
    t_pre, t_corr = layer.trace.bounds(x, network.steps) if layer.plastic else (0, 0)
    _fits("presynaptic trace", t_pre, np.int32, index, "lower trace_bits or steps")
    t_pre_recurrent = t_corr_recurrent = 0
    if recurrence and layer.learns_recurrence:
        t_pre_recurrent, t_corr_recurrent = layer.trace.bounds(recurrence.u_max, network.steps)
    _fits("recurrent trace", t_pre_recurrent, np.int32, index, "lower trace_bits or steps")
    delta = network.batch * max(layer.sharing * t_corr, t_corr_recurrent) * v_fb
    rounded = delta + ROUNDING_HEADROOM
    _fits("summed update delta", rounded, np.int64, index, "lower batch, v_fb_bits or alpha")
    # each trace stands in two differences of neighbouring steps
    slope = 2 * network.batch * t_corr * v_fb if layer.learns_delays else 0
    rounded = slope * w + ROUNDING_HEADROOM
    _fits("summed update delta_d", rounded, np.int64, index, "lower batch, v_fb_bits or alpha")
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
        loss = network.loss
        scaled = (network.steps * loss.alpha >> network.count_shift) + loss.alpha
        rows.append(row("count", None, "proven", network.steps))
        rows.append(row("err", loss.err_bits, "saturate", scaled, "int32"))
    elif index >= network.first_plastic:
        rows.append(row("v_fb", network.feedback.v_fb_bits, "saturate", bounds.v_fb_sum, "int64"))
    if layer.plastic:
        rows.append(row("delta", None, "proven", bounds.delta, bounds.delta_dtype))
    if layer.learns_delays:
        stepped = layer.d_shadow_max + layer.delay_clip
        bits = layer.d_shadow_max.bit_length() + 1
        rows.append(row("d_shadow", bits, "saturate", stepped, "int32"))
        rows.append(row("delta_d", None, "proven", bounds.delta_d, "int64"))
    return rows
