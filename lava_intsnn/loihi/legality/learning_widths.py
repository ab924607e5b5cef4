"""Widths of the learning engine: what a synapse's tag, traces and accumulator hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from lava_intsnn.arithmetic import limit
from lava_intsnn.loihi.legality.change import at, refuse
from lava_intsnn.loihi.legality.connections import SHARED_WEIGHTS
from lava_intsnn.loihi.legality.finding import Finding, Mend, Question
from lava_intsnn.loihi.legality.proof import bounds_of
from lava_intsnn.loihi.limits import Limits
from lava_intsnn.loihi.limits.encoding import INPUT_BITS
from lava_intsnn.network import FrameEncoder, Layer, LayerBounds, Network
from lava_intsnn.network.per_neuron import numbers

#: What a coincidence of trace and gate adds to the tag: the product with the third factor, scaled
#: to the accumulator, then loses no bits.
TAG_UNIT = 8
#: Exponent of a rule's scale for ``lr_shift`` 0: a weight of the engine counts twice ours.
UNIT_EXPONENT = 1


def fraction_bits(target: Limits) -> int:
    """Bits of the engine's accumulator below one weight."""
    return target.accumulator_bits.value - target.weight_bits.value


def largest_lr_shift(target: Limits) -> int:
    """Largest learning shift: what the accumulator keeps, and a rule's scale can say."""
    return min(fraction_bits(target), UNIT_EXPONENT - target.rule_exponent_min.value)


def largest_t_corr(target: Limits) -> int:
    """Largest eligibility trace a tag holds."""
    return limit(target.tag_bits.value) // TAG_UNIT


def trace_decay(question: Question) -> Iterator[Finding]:
    """Refuse traces that decay by a product: a rule of this compiler shifts them."""
    for index, layer, _ in _plastic(question):
        if layer.trace_decay is not None:
            yield refuse(
                question.network,
                *("layers", index, "trace_decay"),
                to=None,
                trace_bits=0,
                allowed="None: the learning engine's traces decay by trace_shift here",
                binds="compiler",
            )


def own_traces(question: Question) -> Iterator[Finding]:
    """Refuse neurons whose traces decay each in its own way: x1 belongs to the input."""
    for index, layer, _ in _plastic(question):
        if layer.trace_decay is None and len(layer.traces) > 1:
            shifts = numbers(layer.trace_shift)
            yield refuse(
                question.network,
                *("layers", index, "trace_shift"),
                to=max(shifts),
                found=f"{min(shifts)} to {max(shifts)}",
                allowed="one number: the trace x1 is of an input, and all its synapses on a core "
                "see it",
            )


def presynaptic_trace(question: Question) -> Iterator[Finding]:
    """Refuse presynaptic traces beyond x1."""
    top = (1 << question.target.x_trace_bits.value) - 1
    yield from _trace(question, "presynaptic trace", top, lambda bounds: bounds.t_pre)


def eligibility_trace(question: Question) -> Iterator[Finding]:
    """Refuse eligibility traces beyond the tag."""
    top = largest_t_corr(question.target)
    yield from _trace(question, "eligibility trace T_corr", top, lambda bounds: bounds.t_corr)


def _trace(
    question: Question, what: str, top: int, bound: Callable[[LayerBounds], int]
) -> Iterator[Finding]:
    for index, _, bounds in _plastic(question):
        if bound(bounds) > top:
            nearest, mend = _shorter(question.network, index, top, bound)
            yield Finding(
                layer=index,
                what=what,
                found=f"up to {bound(bounds)}",
                allowed=f"at most {top}",
                nearest=nearest,
                binds="hardware",
                mend=mend,
            )


def _shorter(
    network: Network, index: int, top: int, bound: Callable[[LayerBounds], int]
) -> tuple[str, Mend | None]:
    """Return the least change after which ``bound`` of layer ``index`` is at most ``top``."""
    changes: dict[str, int] = {}
    for name, value in _shorter_traces(network, index, top):
        changes[name] = value
        mend = partial(_shortened, index=index, changes=dict(changes))
        proven = bounds_of(mend(network))
        if proven is not None and bound(proven.layers[index]) <= top:
            return ", ".join(f"{key} {value}" for key, value in changes.items()), mend
    return "fewer steps", None


def _shorter_traces(network: Network, index: int, top: int) -> Iterator[tuple[str, int]]:
    # shifted by the width of the input, a trace is the input itself
    longest = max(numbers(network.all_layers[index].trace_shift))
    for trace_shift in range(longest + 1, INPUT_BITS + 1):
        yield "trace_shift", trace_shift
    if index == 0 and isinstance(network.encoder, FrameEncoder):
        for bits in range(network.encoder.max_count.bit_length() - 1, 0, -1):
            yield "max_count", (1 << bits) - 1
    if network.steps > top:
        yield "steps", top


def _shortened(network: Network, index: int, changes: dict[str, int]) -> Network:
    for name, value in changes.items():
        if name == "trace_shift":
            network = at("layers", index, trace_shift=value)(network)
        elif name == "max_count":
            network = at("encoder", max_count=value)(network)
        else:
            network = replace(network, steps=min(network.steps, value))
    return network


def learning_shift(question: Question) -> Iterator[Finding]:
    """Refuse shifts beyond what the accumulator keeps of a weight."""
    top = largest_lr_shift(question.target)
    for index, layer, _ in _plastic(question):
        if layer.lr_shift > top:
            found = _and_given(question, index, "lr_shift", layer.lr_shift)
            lr_shift = ("layers", index, "lr_shift")
            yield refuse(question.network, *lr_shift, to=top, found=found, allowed=f"0..{top}")


def accumulator(question: Question) -> Iterator[Finding]:
    """Refuse updates ``T_corr * v_fb`` that leave the accumulator."""
    if not question.target.third_factor.value:
        return  # no width of the third factor to reckon with
    most, unit = limit(question.target.accumulator_bits.value), fraction_bits(question.target)
    for index, layer, bounds in _plastic(question):
        shift = min(layer.lr_shift, unit)
        if bounds.delta << (unit - shift) > most:
            fits = [s for s in range(shift + 1, unit + 1) if bounds.delta << (unit - s) <= most]
            nearest = f"lr_shift {fits[0]}" if fits else "fewer steps or a smaller alpha"
            yield Finding(
                layer=index,
                what=f"largest update in 1/{1 << unit} of a weight",
                found=f"{bounds.delta << (unit - shift)} with lr_shift "
                + _and_given(question, index, "lr_shift", layer.lr_shift),
                allowed=f"at most {most}",
                nearest=nearest,
                binds="hardware",
                mend=at("layers", index, lr_shift=fits[0]) if fits else None,
            )


def clip(question: Question) -> Iterator[Finding]:
    """Refuse a clip that could act: the engine adds what it computed."""
    precision = question.network.precision
    span = precision.w_shadow_max - precision.w_shadow_min  # beyond, the weight saturates anyway
    for index, layer, bounds in _plastic(question):
        largest = -(-bounds.delta // 2**layer.lr_shift)
        if layer.clip < min(largest, span):
            yield refuse(
                question.network,
                *("layers", index, "clip"),
                to=span,
                found=_and_given(question, index, "clip", layer.clip),
                allowed=f"one that never acts, from {min(largest, span)}",
            )


def feedback_sum(question: Question) -> Iterator[Finding]:
    """Refuse sums ``F e`` wider than any other synaptic sum may be."""
    network, top = question.network, limit(question.target.current_bits.value)
    proven = bounds_of(network)
    random = network.feedback.weights == "random"
    if not (question.learning and network.sends_error and random) or proven is None:
        return
    err = proven.layers[-1].v_fb
    hidden = proven.layers[: len(network.layers) - 1]
    largest = max((bounds.v_fb_sum for bounds in hidden), default=0)
    if largest > top:
        random_max = top // (network.n_classes * err)
        yield Finding(
            layer=None,
            what="feedback sum",
            found=f"up to {largest}",
            allowed=f"at most {top}",
            nearest=f"random_max {random_max}" if random_max else "fewer classes",
            binds="hardware",
            mend=at("feedback", random_max=random_max) if random_max else None,
        )


def _plastic(question: Question) -> Iterator[tuple[int, Layer, LayerBounds]]:
    """Yield the layers that can learn with what is proven of them.

    Readouts are left out: their layer is refused for them, and their trace must decay as they do.
    """
    if not question.learning:
        return
    proven = bounds_of(question.network)
    for index, layer in enumerate(question.layers):
        learns = layer.plastic and layer.neuron.fires and layer.kind not in SHARED_WEIGHTS
        if proven is not None and learns:
            yield index, layer, proven.layers[index]


def _and_given(question: Question, index: int, name: str, value: int) -> str:
    """Return ``value``, and what it was before the precision changed."""
    given = getattr(question.given.all_layers[index], name)
    return str(value) if given == value else f"{value} on these weights ({given} as given)"
