"""The page docs/loihi-limits.md, written from the tables: run this module."""

from __future__ import annotations

import sys

from lava_intsnn.arithmetic import limit as largest
from lava_intsnn.loihi.legality.feedback_path import LOSSES, PROPAGATIONS
from lava_intsnn.loihi.legality.learning_widths import (
    TAG_UNIT,
    fraction_bits,
    largest_lr_shift,
    largest_t_corr,
)
from lava_intsnn.loihi.legality.neuron_limits import neuron_vth
from lava_intsnn.loihi.limits import LOIHI1, LOIHI2, Limit, Limits
from lava_intsnn.loihi.limits.sources import OWN_CHOICE, SOURCES
from lava_intsnn.markdown import table

_INTRODUCTION = """\
# What Loihi holds

Every number this project takes from Intel's chips, with the public text it is read from. The
tables are those of `lava_intsnn.loihi.limits`, from which `lava-intsnn compile` decides what it
takes; `python -m lava_intsnn.loihi.legality.document` prints this page, and a test compares the
two.

Lava-loihi, which knows more, is closed. Where no figure is public the source says "own choice": a
value at which we expect a network to fit on any of these chips. Signed widths count the sign."""


def markdown() -> str:
    """Return the page."""
    limits = [(name, old, new) for (name, old), (_, new) in zip(LOIHI1.rows(), LOIHI2.rows())]
    rows = [
        (
            name.replace("_", " "),
            _value(old),
            _value(new),
            new.unit,
            _both(old.source, new.source),
            _both(old.note, new.note),
        )
        for name, old, new in limits
    ]
    header = ("limit", "Loihi 1", "Loihi 2", "unit", "source", "note")
    sources = "\n".join(f"- **{name}**: {text}" for name, text in SOURCES.items())
    own = ", ".join(name.replace("_", " ") for name, *both in limits if any(map(_is_ours, both)))
    return f"""{_INTRODUCTION}

{table(header, rows)}

Our own choices: {own}.

## What they make illegal

Of an inference network on Loihi 2. Loihi 1 has no neuron programs, so its neurons are `guarded`,
its recurrence unshifted and its input binary; and it does not learn by our rule, since the third
factor of each neuron would come from an embedded processor, which our compiler does not program.

{table(("choice", "legal"), _inference(LOIHI2))}

Learning asks for more:

{table(("choice", "legal"), _learning(LOIHI2))}

`lava-intsnn compile` names every choice that is not, and the nearest legal one.

## Sources

{sources}
"""


def _inference(of: Limits) -> list[tuple[str, str]]:
    return [
        ("layers", "dense and convolutional, of any decay shift, guarded or not"),
        (
            "`CUBA` neurons",
            f"bias_mant of {of.bias_bits.value} bits, signed; on Loihi 1 a hard reset, a "
            f"current_decay of at least 1, a vth of at most {neuron_vth(LOIHI1):,}",
        ),
        ("readouts", "none: our compiler counts spikes"),
        ("windows", "any kernel, stride, padding, dilation and groups, but no pool"),
        (
            "inference weights",
            f"integers of at most {of.weight_bits.value} bits, or one more if all are even",
        ),
        ("membrane potential", f"at most {of.voltage_bits.value} bits"),
        ("synaptic sum", f"at most {largest(of.current_bits.value):,}, unless guarded"),
        ("recurrence", "on spikes only: our compiler sends no potentials as graded spikes"),
        ("delays", f"at most {of.delay_max.value} steps"),
        ("graded input", "bytes"),
        ("size", "fits the cores of a chip"),
    ]


def _learning(of: Limits) -> list[tuple[str, str]]:
    bits, third = of.weight_bits.value, of.third_factor_bits.value
    unit = fraction_bits(of)
    most = largest(of.accumulator_bits.value)
    return [
        (
            "layers that learn",
            "dense, without recurrence and delays; frozen ones, plastic = False, are as for "
            "inference and asked nothing else below",
        ),
        ("batch", "1"),
        ("precision", f"{bits}-{bits} of full range: no shadow weights"),
        ("rounding", "stochastic"),
        (
            "feedback",
            f"{' or '.join(PROPAGATIONS)}; where hidden layers learn, through fixed random "
            "weights, not time gated",
        ),
        ("random_max", f"at most {largest(bits)}"),
        ("err_bits, v_fb_bits", f"at most {third}"),
        ("loss", f"{', '.join(LOSSES)}, at the end of the sample alone"),
        ("normalise", "False: a rule sees one synapse, not the largest update of its input"),
        ("weight decay", "none: our compiler's rules round their sum, not each product"),
        ("clip", "one that never acts"),
        (
            "presynaptic trace",
            f"at most {(1 << of.x_trace_bits.value) - 1}, without trace_decay, one trace_shift a "
            "layer",
        ),
        ("T_corr", f"at most {largest_t_corr(of)}: the tag holds {TAG_UNIT} T_corr"),
        ("lr_shift", f"0..{largest_lr_shift(of)}"),
        ("update", f"bound of T_corr * v_fb, times 2^({unit} - lr_shift), at most {most:,}"),
    ]


def _value(limit: Limit) -> str:
    if limit.unit == "yes or no":
        return "yes" if limit.value else "no"
    return f"{limit.value:,}"


def _both(old: str, new: str) -> str:
    """Return the text of both chips, once if it is the same."""
    if old == new:
        return old
    return "; ".join(f"{n}: {text}" for n, text in (("1", old), ("2", new)) if text)


def _is_ours(limit: Limit) -> bool:
    return limit.source == OWN_CHOICE


if __name__ == "__main__":
    sys.stdout.write(markdown())
