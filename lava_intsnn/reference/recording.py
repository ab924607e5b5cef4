"""What a network does with a sample: spikes of all layers, and the widths that its states use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.field_checks import short_repr
from lava_intsnn.network import Branch, Layer, Network, NetworkError
from lava_intsnn.network.errors import integer_in
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference.answer import answer, running_sums
from lava_intsnn.reference.delay_learning import sample_slope
from lava_intsnn.reference.forward import (
    LayerRecord,
    forward,
    forward_local,
    inference_weights,
    predict,
    said,
)
from lava_intsnn.reference.learn import LearnedTerms, at_point, feedback, sample_delta
from lava_intsnn.reference.output_error import output_error
from lava_intsnn.reference.rate_coding import encode
from lava_intsnn.sample_batch import check_batch, check_labels
from lava_intsnn.state import State


@dataclass(frozen=True)
class Recording:
    """A sample in the reference.

    Parameters
    ----------
    network : Network
    spikes : tuple of int64 arrays (T, n)
        Of the input (spikes, or counts of frames) and of every layer, in every step.
    layers : tuple of LayerRecord
        Everything else the layers did.
    prediction : int
        The class.
    """

    network: Network
    spikes: tuple[np.ndarray, ...]
    layers: tuple[LayerRecord, ...]
    prediction: int

    __repr__ = short_repr


@checks_kinds
def record(
    network: Network, state: State, image: np.ndarray, *, key: np.uint64 | None = None
) -> Recording:
    """Run one sample without learning, and keep everything.

    Parameters
    ----------
    network : Network
        With an integer precision.
    state : State
    image : uint8 (n_values,)
    key : uint64, optional
        Keys the encoding; by default that of the first sample of an evaluation.

    Raises
    ------
    NetworkError
        If the network is in fp32, which computes no integers.
    ValueError
        If state or image do not fit the network, or the key is no integer of 64 bits.
    """
    _require_integers(network)
    state.validate(network)
    if key is None:
        key = eval_keys(state.seed, 1)[0]
    key = np.uint64(integer_in("key", key, 0, (1 << 64) - 1))
    check_batch(network, np.asarray(image)[None], np.array([key]))
    return _recorded(network, state, np.asarray(image), key)


@dataclass(frozen=True)
class UsedWidth:
    """The values that a state took, beside what it may hold.

    ``layer``, ``state`` and ``declared`` bits are those of the width table; ``low`` and ``high``
    are the extreme values seen, and ``used`` the signed bits that hold them.
    """

    layer: int
    state: str
    low: int
    high: int
    used: int
    declared: int
    policy: str


@checks_kinds
def used_widths(
    network: Network, state: State, images: np.ndarray, labels: np.ndarray | None = None
) -> tuple[UsedWidth, ...]:
    """Run samples and return, for every row of the width table, the width that was used.

    Parameters
    ----------
    images : uint8 (N, n_values)
        A few tens suffice: the reference runs them one by one.
    labels : integer (N,), optional
        Without them the states of learning (``err``, ``v_fb``, ``delta``) are left out. ``delta``
        is that of one update from at most ``network.batch`` samples.

    Raises
    ------
    NetworkError
        If the network is in fp32.
    ValueError
        If arrays do not fit the network, or there are no samples.
    """
    _require_integers(network)
    state.validate(network)
    images = np.asarray(images)
    if not len(images):
        raise ValueError("no images: give at least one")
    keys = eval_keys(state.seed, len(images))
    check_batch(network, images, keys)
    if labels is not None:
        labels = np.asarray(labels)
        check_labels(labels, len(images), network.n_classes)
    seen: dict[tuple[int, str], tuple[int, int]] = {}
    for name, values in _values(network, state, images, labels, keys):
        if not values.size:
            continue
        low, high = int(values.min()), int(values.max())
        before = seen.get(name, (low, high))
        seen[name] = min(low, before[0]), max(high, before[1])
    return tuple(
        UsedWidth(
            layer=row.layer,
            state=row.state,
            low=seen[row.layer, row.state][0],
            high=seen[row.layer, row.state][1],
            used=signed_bits(*seen[row.layer, row.state]),
            declared=row.bits,
            policy=row.policy,
        )
        for row in network.check().table
        if (row.layer, row.state) in seen
    )


def signed_bits(low: int, high: int) -> int:
    """Return the width of a signed integer that holds ``low`` and ``high``."""
    return max(high, ~low).bit_length() + 1


def _values(
    network: Network,
    state: State,
    images: np.ndarray,
    labels: np.ndarray | None,
    keys: np.ndarray,
) -> Iterator[tuple[tuple[int, str], np.ndarray]]:
    """Yield the layer and name of states with values they took.

    Local readouts, which take part in learning alone, are left out without labels.
    """
    w = inference_weights(network, state)
    layers = network.layers if labels is None else network.all_layers
    for index, layer in enumerate(layers):
        yield (index, "w_shadow"), state.weights[index]
        if layer.learns_delays:
            yield (index, "d_shadow"), cast(np.ndarray, state.delays[index])
        yield (index, "w"), w[index]
    sums = _no_terms(network)
    for k, (image, key) in enumerate(zip(images, keys)):
        found = list(_recorded(network, state, image, key).layers)
        if labels is not None:
            found = forward_local(network, w, found, state.delays)
            sums = _no_terms(network) if k % network.batch == 0 else sums
        for index, (layer, own) in enumerate(zip(layers, found)):
            yield from _forward(layer, index, own)
        for branch in network.branches if labels is not None else network.branches[-1:]:
            seen = [found[index] for index in branch.members]
            yield from _answers(branch, seen[-1])
            if labels is not None:
                yield from _learning(branch, w, seen, int(labels[k]), key, state, sums)


def _no_terms(network: Network) -> list[LearnedTerms]:
    return [LearnedTerms.none(layer) for layer in network.all_layers]


def _answers(branch: Branch, output: LayerRecord) -> Iterable[tuple[tuple[int, str], np.ndarray]]:
    network, index = branch.network, branch.readout
    y = said(network, output)
    yield (index, "count"), answer(network.layers[-1].neuron, y)
    if network.readout and network.readout.answer == "sum":
        yield (index, "v_sum"), running_sums(network.readout, y)


def _learning(
    branch: Branch,
    w: list[np.ndarray],
    records: list[LayerRecord],
    label: int,
    key: np.uint64,
    state: State,
    sums: list[LearnedTerms],
) -> Iterable[tuple[tuple[int, str], np.ndarray]]:
    """Add a sample to the ``sums`` of all layers, and yield what learning from it takes."""
    network = branch.network
    w_here = [w[index] for index in branch.members]
    for point in network.error_points:
        e = output_error(network, said(network, records[-1]), label, key, point)
        if network.feedback.propagation == "direct":
            yield (branch.readout, "err"), e  # else it counts spikes of error neurons
        seen = at_point(network, records, point)
        back = feedback(network, w_here, seen, e)
        for here, index in branch.own:
            layer, own, v_fb = network.layers[here], seen[here], back[here]
            delta, slope = sums[index]
            delta += sample_delta(network, layer, own, v_fb)
            yield (index, "v_fb"), v_fb
            yield (index, "delta"), delta[:, _learned(layer)]
            if layer.learns_delays:
                slope += sample_slope(layer, own, v_fb, state.delays[index])
                yield (index, "delta_d"), slope * w[index][:, : layer.fan_in]


def _forward(
    layer: Layer, index: int, found: LayerRecord
) -> Iterable[tuple[tuple[int, str], np.ndarray]]:
    yield (index, "a"), found.a
    yield (index, "r"), found.r
    yield (index, "v"), found.v_before
    for k, kept in enumerate(layer.neuron.states(0)):
        yield (index, kept.name), found.states[:, k]
    yield (index, "t_corr"), found.t_corr[..., _learned(layer)]
    for t_pre in found.t_pre:
        yield (index, "t_pre"), t_pre[..., _learned(layer)]


def _learned(layer: Layer) -> slice:
    """Return the columns whose weights learn, of a layer that does."""
    return slice(None) if layer.learns_recurrence else slice(layer.fan_in)


def _recorded(network: Network, state: State, image: np.ndarray, key: np.uint64) -> Recording:
    s_in = encode(network.encoder, image, key=key, steps=network.steps).astype(np.int64)
    layers = tuple(forward(network, inference_weights(network, state), s_in, state.delays))
    spikes = (s_in, *(layer.s for layer in layers))
    return Recording(network, spikes, layers, predict(network, layers[-1]))


def _require_integers(network: Network) -> None:
    if network.precision.floating:
        raise NetworkError(
            f"network {network.name!r} is in fp32, and the reference records integers: give "
            "another precision"
        )
