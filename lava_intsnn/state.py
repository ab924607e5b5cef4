"""The weights a network has learned, in the form that all executors share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isqrt

import numpy as np
import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.arithmetic import Stream, draw_below, limit, random_key
from lava_intsnn.field_checks import check_fields, short_repr
from lava_intsnn.network import Network, NetworkError, Precision
from lava_intsnn.network.errors import require_range
from lava_intsnn.network.held_delays import drawn_delays, held_delays, require_delays


@dataclass(frozen=True)
class State:
    """Shadow weights and the counter that keys their stochastic rounding.

    Parameters
    ----------
    weights : tuple of int32 arrays
        Shadow weights of each layer, then of each local readout, shape ``layer.weight_shape``,
        within the precision's storage width. float32 if the precision is fp32.
    seed : int
        Seed of every random bit this state's training draws.
    updates : int
        Weight updates made so far.
    delays : tuple of integer arrays or None
        For each layer with ``delay_source="state"`` the shadow delay of each feed-forward synapse,
        ``(n_out, fan_in)`` in ``0..layer.d_shadow_max``: steps, with ``delay_bits`` fractional
        bits. None for the others; empty if no layer has any. Delays that learn are float32 in fp32.
    """

    weights: tuple[np.ndarray, ...]
    seed: int = 0
    updates: int = 0
    delays: tuple[np.ndarray | None, ...] = ()

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_fields(self, NetworkError)
        require_range("updates", self.updates, 0, (1 << 63) - 1)

    def w(self, network: Network, layer: int) -> np.ndarray:
        """Return the inference weights of ``layer``, the shadow's top bits, in the same shape."""
        return network.precision.inference(self.weights[layer])

    def validate(self, network: Network) -> None:
        """Raise ValueError unless shapes, dtype and widths fit ``network``."""
        if len(self.weights) != len(network.all_layers):
            readouts = ", those of local readouts included" if network.local else ""
            raise ValueError(
                f"state has {len(self.weights)} layers, network {network.name!r} has "
                f"{len(network.all_layers)}{readouts}: they belong to different networks"
            )
        require_delays(network, self.delays)
        low, high = network.precision.w_shadow_min, network.precision.w_shadow_max
        dtype = network.precision.dtype
        for index, (layer, w) in enumerate(zip(network.all_layers, self.weights)):
            if w.shape != layer.weight_shape or w.dtype != dtype:
                raise ValueError(
                    f"layer {index}: weights are {w.dtype} {w.shape}, the network needs {dtype} "
                    f"{layer.weight_shape}"
                )
            if network.precision.floating:
                if not np.isfinite(w).all():
                    raise ValueError(f"layer {index}: a weight is not finite")
            elif w.size and (w.min() < low or w.max() > high):
                worst = w.min() if w.min() < low else w.max()
                raise ValueError(
                    f"layer {index}: a shadow weight of {worst} is outside {low}..{high}, the "
                    f"range of precision {network.precision}"
                )

    def delays_of(self, layer: int) -> np.ndarray | None:
        """Return the delays that the state holds for ``layer``, if any."""
        return self.delays[layer] if self.delays else None

    def equals(self, other: State) -> bool:
        """Whether all weights, the delays and the update counter are the same."""
        mine, theirs = ((*state.weights, *state.delays) for state in (self, other))
        same_layers = len(self.weights) == len(other.weights) and len(mine) == len(theirs)
        return (
            same_layers
            and self.updates == other.updates
            and all(
                a is b or (a is not None and b is not None and np.array_equal(a, b))
                for a, b in zip(mine, theirs)
            )
        )


def copied_delays(delays: tuple[np.ndarray | None, ...]) -> tuple[np.ndarray | None, ...]:
    """Return the delays of a state in arrays of their own."""
    return tuple(None if one is None else one.copy() for one in delays)


@checks_kinds
def initial_state(network: Network, seed: int = 0) -> State:
    """Draw Kaiming-uniform weights, all layers on one scale.

    The synapses with the smallest fan-in use the whole shadow range; the others use
    ``sqrt(min fan-in / fan-in)`` of it, computed in integers. Recurrent synapses have a separate
    fan-in, the size of their layer. Local readouts leave the scale as it is; one with a smaller
    fan-in uses the whole range, too. All weights of a layer are shifted right by its
    ``init_shift``, rounded down, and with ``init_centred`` raised by half a unit of the inference
    weights, up to the end of the range. fp32 starts from the same numbers without that half unit.
    Delays that stand in the state start as the layer's ``delay_seed`` draws them.
    """
    narrow = min(block.fan_in for layer in network.layers for block in layer.blocks)
    weights = []
    for index, layer in enumerate(network.all_layers):
        blocks = [
            _uniform(network, seed, index, k, rows=layer.rows, fan_in=block.fan_in, narrow=narrow)
            for k, block in enumerate(layer.blocks)
        ]
        w = np.concatenate(blocks, axis=1) >> layer.init_shift
        if layer.init_centred:
            w = _centred(network.precision, w)
        weights.append(w.astype(network.precision.dtype))
    delays = tuple(
        drawn_delays(network, layer) if layer.delays_in_state else None
        for layer in network.all_layers
    )
    return State(
        weights=tuple(weights),
        seed=seed,
        delays=delays if any(layer.delays_in_state for layer in network.all_layers) else (),
    )


def _centred(precision: Precision, w: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return shadow weights whose inference weights have the mean of ``w``."""
    half = (1 << precision.w_shift) >> 1
    return w if precision.floating else np.minimum(w + half, precision.w_shadow_max)


@checks_kinds
def state_on_features(network: Network, donor: Network, learned: State, *, seed: int = 0) -> State:
    """Return the state in which the frozen layers of ``network`` are those of ``donor``.

    In another precision they take its inference weights, in the top bits of their own shadow
    weights, which the network's own neurons then see. Their delays are the donor's, too. All other
    weights are drawn from ``seed``.

    Parameters
    ----------
    network : Network
        With frozen layers; see :func:`~lava_intsnn.network.frozen`.
    donor : Network
        Has layers of the same index and shape, of the same inference bits.
    learned : State
        Of ``donor``.
    seed : int
        Of the new state.

    Raises
    ------
    NetworkError
        If nothing is frozen, or a frozen layer has another kind, shape or inference width in
        ``donor``, or delays that its own description cannot have.
    ValueError
        If ``learned`` does not fit ``donor``.

    Examples
    --------
    >>> network = frozen(presets.mnist_csnn(precision="8-8"), [0])              # doctest: +SKIP
    >>> state = state_on_features(network, *pretrained("mnist-csnn"))           # doctest: +SKIP
    """
    learned.validate(donor)
    new = initial_state(network, seed)
    chosen = [index for index, layer in enumerate(network.layers) if not layer.plastic]
    if not chosen:
        raise NetworkError(
            f"network {network.name!r} has no frozen layer to take features for: freeze some"
        )
    weights, delays = list(new.weights), list(new.delays)
    for index in chosen:
        own, layers = network.layers[index], donor.layers[index : index + 1]
        found = [(layer.kind, layer.weight_shape) for layer in layers]
        if found != [(own.kind, own.weight_shape)]:
            raise NetworkError(
                f"layer {index} of {network.name!r} is {own.kind} {own.weight_shape}, "
                f"{donor.name!r} has {found[0] if found else 'no such layer'}: features need the "
                "same layer"
            )
        weights[index] = _in_precision(network, donor, learned, index)
        given = layers[0].delays(learned.delays_of(index))
        if own.delays_in_state and given.max(initial=0) <= own.max_delay:
            delays[index] = held_delays(network, own, given)
        elif own.delays_in_state or not np.array_equal(given, own.delays()):
            raise NetworkError(
                f"layer {index} of {network.name!r} has other delays than that of {donor.name!r}: "
                f"give it delay_source = 'state' and max_delay = {given.max()}"
            )
    return replace(new, weights=tuple(weights), delays=tuple(delays))


def _in_precision(network: Network, donor: Network, learned: State, index: int) -> np.ndarray:
    """Return shadow weights of ``network`` whose inference weights are those of ``donor``."""
    to, of = network.precision, donor.precision
    if to == of:
        return learned.weights[index]
    if to.floating or of.floating or to.w_bits != of.w_bits:
        raise NetworkError(
            f"precision {to}: features of {donor.name!r} are {of}; give both the same inference "
            "bits"
        )
    w = learned.w(donor, index)
    shadow = to.shadow(w)
    if (to.inference(shadow) != w).any():
        raise NetworkError(
            f"layer {index}: a weight of {int(w.min())} does not fit precision {to}; give it "
            "full_range"
        )
    return shadow


@checks_kinds
def state_in_precision(network: Network, donor: Network, learned: State) -> State:
    """Return what ``donor`` has learned as a state of ``network``, which has another precision.

    Shadow weights keep their upper bits, or get lower ones that are 0. So inference weights of
    fewer bits are those of ``donor``, halved and rounded down for each bit less, as
    :func:`~lava_intsnn.loihi.nearest_legal` halves the thresholds. Weights beyond the range of
    ``network``, such as -128 in a symmetric one, become its end. Where shadow delays have another
    number of fractional bits, the delays in use stay.

    Parameters
    ----------
    network : Network
        Of the layers of ``donor``, such as the legal network nearest to it.
    donor : Network
    learned : State
        Of ``donor``.

    Raises
    ------
    NetworkError
        If the layers are others, or one precision is fp32 and the other is not.
    ValueError
        If ``learned`` does not fit ``donor``.

    Examples
    --------
    >>> network, state = pretrained("mnist-snn")                                # doctest: +SKIP
    >>> legal = loihi.nearest_legal(network, target="loihi2", learning=True)    # doctest: +SKIP
    >>> state = state_in_precision(legal, network, state)                       # doctest: +SKIP
    """
    learned.validate(donor)
    to, of = network.precision, donor.precision
    own, theirs = (
        [(layer.kind, layer.weight_shape) for layer in each.all_layers] for each in (network, donor)
    )
    if own != theirs:
        raise NetworkError(
            f"{network.name!r} has layers {own}, {donor.name!r} has {theirs}: give a network of "
            "the same layers"
        )
    if to.floating != of.floating:
        raise NetworkError(f"precision {to}: {donor.name!r} has {of}; both must be integers")
    fewer = 0 if to.floating else of.shadow_bits - to.shadow_bits
    weights = learned.weights
    if not to.floating:
        shifted = (w >> fewer if fewer > 0 else w.astype(np.int64) << -fewer for w in weights)
        low, high = to.w_shadow_min, to.w_shadow_max
        weights = tuple(np.clip(w, low, high).astype(to.dtype) for w in shifted)
    delays = tuple(
        held_delays(network, mine, their.delays(d))
        if d is not None and mine.delay_bits != their.delay_bits
        else d
        for mine, their, d in zip(network.all_layers, donor.all_layers, learned.delays)
    )
    state = replace(learned, weights=weights, delays=delays)
    state.validate(network)
    return state


def _uniform(
    network: Network, seed: int, index: int, block: int, *, rows: int, fan_in: int, narrow: int
) -> np.ndarray:
    top = limit(network.precision.shadow_bits)
    reach = isqrt(top * top * min(narrow, fan_in) // fan_in)
    synapses = np.arange(rows * fan_in, dtype=np.uint64)
    with np.errstate(over="ignore"):
        key = random_key(seed, Stream.INIT, index, block)
        w = draw_below(key, synapses, np.uint64(2 * reach + 1))
    return (w.astype(np.int64) - reach).reshape(rows, fan_in)
