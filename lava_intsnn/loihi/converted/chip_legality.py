"""What a chip or this compiler refuses of a converted network, and what would be legal."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.arithmetic import limit
from lava_intsnn.loihi.converted.chip_layers import ChipLayer
from lava_intsnn.loihi.converted.threshold_forms import bits_for
from lava_intsnn.loihi.legality import Finding
from lava_intsnn.loihi.limits import Limits
from lava_intsnn.loihi.microcode.errors import signed_range

#: Thresholds of a table: a group has at most 64 states, of which two are the neuron's own.
MOST_THRESHOLDS = 62


def findings(layers: tuple[ChipLayer, ...], limits: Limits) -> tuple[Finding, ...]:
    """Return everything that is refused; sizes of cores are the mapping's."""
    found = list(_chip(layers, limits))
    for index, layer in enumerate(layers):
        found += _layer(index, layer, limits)
    return tuple(found)


def _chip(layers: tuple[ChipLayer, ...], limits: Limits) -> Iterator[Finding]:
    if not limits.microcode.value:
        yield _refuse(
            None,
            "neuron programs",
            "dynamic thresholds, a thermometer, an accumulator",
            "its LIF alone, which leaks or resets and cannot take a spike back",
            "compile for loihi2",
        )
    if not limits.graded_spike_bits.value:
        yield _refuse(
            None,
            "spikes",
            "with a sign or an amplitude",
            "binary spikes only",
            "compile for loihi2",
        )


def _layer(index: int, layer: ChipLayer, limits: Limits) -> Iterator[Finding]:
    w, bits = layer.weights, limits.weight_bits.value
    low, high = signed_range(bits)
    if w.min() < low or w.max() > high:
        yield _refuse(
            index,
            "weights",
            f"{w.min()}..{w.max()}",
            f"{low}..{high} ({bits} bits)",
            "`convert train --ends integer`, or fewer --weight-bits",
        )
    message = max(bits_for(*layer.payload), layer.spike_bits)
    if limits.graded_spike_bits.value and message > limits.graded_spike_bits.value:
        yield _refuse(
            index,
            "messages",
            f"of {message} bits",
            f"at most {limits.graded_spike_bits.value}",
            "a lower --k, or raw pixels",
        )
    for what, bound, width in (
        ("synaptic sum", layer.current, limits.current_bits.value),
        (
            "logit" if layer.role == "readout" else "potential",
            layer.potential,
            limits.voltage_bits.value,
        ),
    ):
        if bound > limit(width):
            yield _refuse(
                index,
                what,
                f"up to {bound} ({bits_for(-bound, bound)} bits)",
                f"at most {limit(width)} ({width} bits)",
                _narrower(layer, what),
            )
    stored = layer.thresholds
    if stored is None:
        return
    wide = max(stored.widths.values())
    if wide > limits.voltage_bits.value and layer.potential <= limit(limits.voltage_bits.value):
        yield _refuse(
            index,
            "thresholds",
            f"of {wide} bits",
            f"at most {limits.voltage_bits.value}, those of a neuron's word",
            "narrower weights",
        )
    if stored.form == "table" and stored.levels > MOST_THRESHOLDS:
        yield _refuse(
            index,
            "thresholds",
            f"{stored.levels} that lie on no line",
            f"at most {MOST_THRESHOLDS} of a table",
            f"--steps {MOST_THRESHOLDS}",
            compiler=True,
        )


def _narrower(layer: ChipLayer, what: str) -> str:
    if layer.role == "encoder" or what == "synaptic sum":
        return "`convert train --ends integer`, or fewer inputs to a neuron"
    return "fewer --steps: counts are then lower"


def _refuse(
    layer: int | None, what: str, found: str, allowed: str, nearest: str, *, compiler: bool = False
) -> Finding:
    return Finding(
        layer=layer,
        what=what,
        found=found,
        allowed=allowed,
        nearest=nearest,
        binds="compiler" if compiler else "hardware",
    )
