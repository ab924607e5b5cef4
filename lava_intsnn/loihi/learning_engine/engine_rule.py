"""The learning rule of a layer as Lava writes it: sums of products of traces, tags and weights.

What the numbers mean, with Lava's widths (9 bits of weight and tag, 7 of a trace, 4 of a mantissa,
products shifted back to 15 bits, an accumulator with 7 bits below a weight of ``W = 2 w``, which
are 8 below one of ``w``):

* ``dw = 4*2^(1-lr_shift) * t * y2``: ``(4 * 8 T_corr * y2) >> 5`` is exactly ``T_corr * y2``. With
  ``y2 = -v_fb`` the weight changes by ``-T_corr * v_fb / 2**lr_shift``. Exponents reach from -7 to
  1 here, so ``lr_shift`` from 8 to 0.
* ``dt = x0*y1 - u0*t*y3``: a spike adds ``y1 = 8 g`` to the tag, which holds ``8 T_corr``. At the
  sample's end ``y3 = 32`` makes the second term ``(-t * 32) >> 5 = -t``: the tag is cleared in the
  epoch in which ``dw`` reads it, since all products see the values from before.
* Where the presynaptic trace is more than the spike, ``8*u0*x1*y1``: ``(4 * x1 * 8 g) >> 3``, times
  2, adds ``8 x1 g``.

That ``y2`` may be negative is our assumption: Lava computes so, but no public source says whether
the chip's third factor has a sign. The *split* rule needs none. Of its traces ``y2`` holds
``-v_fb`` where that is positive and ``y3`` holds ``v_fb`` where that is, both 0..127, and ``dw``
subtracts the second product from the first. The tag is then cleared by a postsynaptic spike: ``-
y0*t``. It gives the same bits, since one of the two products is always 0. Nothing public confirms
this use of the traces on the chip either.
"""

from __future__ import annotations

from typing import Any

from lava_intsnn.field_checks import shown
from lava_intsnn.loihi.learning_engine.tick_schedule import TICKS
from lava_intsnn.loihi.legality import TAG_UNIT, check
from lava_intsnn.loihi.legality.learning_widths import UNIT_EXPONENT
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.network import Network

#: A synapse's weight in Lava is this many times ours: Dense drops the lowest of its nine bits.
WEIGHT_SCALE = 2
#: Value of ``y1`` where the surrogate gate is open: what a spike then adds to the tag.
GATE = TAG_UNIT
#: Kinds of neurons that the learning neurons beside the rule compute.
NEURON_KINDS = ("lif",)
#: Value of ``y3`` that clears the tag, in the rule with a signed third factor.
CLEAR = 32
#: How the error reaches the synapses: as one trace with a sign, or as two without.
THIRD_FACTORS = ("signed", "split")
#: Time constant of a trace that does not decay: exp(-1 / HOLD) is 1 in float64.
HOLD = 10**18


def unlearnable(network: Network) -> list[str]:
    """Return why ``network`` cannot learn this way: what Loihi 2 refuses, and other neurons."""
    found = [str(finding) for finding in check(network, target=LOIHI2, learning=True)]
    if network.local:
        found.append(
            "local readouts: LearningDense has one output, whose labels all layers wait for; "
            "compile it to microcode, or set propagation to 'direct'"
        )
    found += [
        f"layer {index}: recurrence or delays: Lava's Dense, which holds frozen layers here, has "
        "neither; compile it to microcode"
        for index, layer in enumerate(network.layers)
        if not layer.plastic and (layer.recurrence or layer.max_delay)
    ]
    return found + [
        f"layer {index}: {layer.neuron.kind} neurons: the learning neurons compute "
        f"{', '.join(NEURON_KINDS)} alone; compile it to microcode, or use such neurons"
        for index, layer in enumerate(network.layers)
        if layer.neuron.kind not in NEURON_KINDS
    ]


def counts_trace(network: Network, layer: int) -> bool:
    """Whether the layer's presynaptic trace is more than the spike of the same step.

    It is where inputs are counts, and where the trace does not decay.
    """
    rules = network.layers[layer].traces
    return (network.graded and layer == 0) or not all(rule.spike_is_trace for rule in rules)


def rule_of(network: Network, layer: int, *, third_factor: str = "signed") -> dict[str, Any]:
    """Return the learning rule of a layer.

    Parameters
    ----------
    network : Network
        One that may learn on Loihi, which is not asked here: see
        :func:`lava_intsnn.loihi.legality.check`.
    layer : int
        Index of the layer.
    third_factor : {"signed", "split"}
        Whether the error is one trace that may be negative, or two that may not. Our assumption;
        see the text of this module.

    Returns
    -------
    dict
        ``dw`` and ``dt`` are rule strings. ``parameters`` holds the other arguments of
        ``Loihi3FLearningRule``, ``taus`` the time constants that have to be set afterwards: it
        would let postsynaptic traces decay by one in some ten thousand epochs. ``scales`` holds
        what ``weights``, the tag ``t`` and the traces ``y1`` to ``y3`` are in our units; in the
        split rule those of ``y2`` and ``y3`` belong to negative and to positive errors.
        ``trace_shift`` is the ``b`` of ``x1 = (x1 >> b) + s_in`` where the rule has ``x1``, which
        Lava's own decay does not give, and None elsewhere.

    Raises
    ------
    IndexError
        If there is no such layer.
    ValueError
        If there is no such third factor.
    """
    if third_factor not in THIRD_FACTORS:
        raise ValueError(
            f"third_factor = {shown(third_factor)}: must be one of {', '.join(THIRD_FACTORS)}"
        )
    split = third_factor == "split"
    counts = counts_trace(network, layer)
    change = f"4*2^{UNIT_EXPONENT - network.layers[layer].lr_shift}*u0*t*"
    return {
        "dw": f"{change}y2 - {change}y3" if split else f"{change}y2",
        "dt": f"{'8*u0*x1*y1' if counts else 'x0*y1'} - {'y0*t' if split else 'u0*t*y3'}",
        "parameters": {
            "x1_impulse": 0,
            "x1_tau": HOLD if counts else 0,
            "t_epoch": TICKS,
        },
        "taus": {"y1_tau": HOLD, "y2_tau": HOLD, "y3_tau": HOLD},
        "scales": {
            "weights": WEIGHT_SCALE,
            "t": GATE,
            "y1": GATE,
            "y2": -1,
            "y3": 1 if split else CLEAR,
        },
        "trace_shift": network.layers[layer].trace.shift if counts else None,
    }
