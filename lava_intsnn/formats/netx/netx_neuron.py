"""The neurons of a netx layer, as lava-dl hands them to Lava's LIF."""

from __future__ import annotations

from dataclasses import replace

import h5py
import numpy as np

from lava_intsnn.arithmetic import DECAY_UNITY, shift_floor
from lava_intsnn.formats import exchange
from lava_intsnn.formats.imported_learning import imported_window
from lava_intsnn.formats.netx.netx_fields import Fields, UnfitLayer
from lava_intsnn.loihi.microcode.errors import signed_range
from lava_intsnn.network import CUBA, Neuron
from lava_intsnn.network.cuba import NEVER_FIRES
from lava_intsnn.network.per_neuron import mapped, numbers, spread

#: What lava-dl gives every LIF: with it the mantissa of a bias is in the threshold's unit.
BIAS_EXP = 6
#: Attribute of our files that tells CUBA neurons from guarded neurons that compute the same, where
#: that is not clear.
KIND_ATTRIBUTE = "lava_intsnn_kind"
#: Width of Loihi's mantissa. Lava keeps them in 16 bits, where larger ones would wrap.
_BIAS_BITS, _BIAS_IN_LAVA = 13, (1 << 15) - 1
#: Longest decay shift of a guarded neuron.
_MAX_DECAY_SHIFT = 12
#: Thresholds up to here reach Lava's LIF unharmed; from ``NEVER_FIRES`` on nothing exceeds them.
_MAX_THRESHOLD = (1 << 24) - 1

_SIGMA_DELTA = (
    "a sigma-delta neuron, which sends graded changes of its activation, where ours send spikes: "
    "train the network with CUBA neurons"
)
_RESONATE = "a resonate-and-fire neuron, with a complex state: train the network with CUBA neurons"


def voltage_decay(decay_shift: int) -> int:
    """Return lava-dl's ``vDecay`` for a decay shift of 0..12."""
    return DECAY_UNITY - int(shift_floor(DECAY_UNITY, decay_shift))


def integrator() -> CUBA:
    """Return what lava-dl gives a dense layer without neurons: it sums up and never fires."""
    return CUBA(vth=NEVER_FIRES, window=NEVER_FIRES, current_decay=0, voltage_decay=DECAY_UNITY)


def spiking_neuron(
    fields: Fields, *, bias: int | tuple[int, ...], sizes: set[int]
) -> Neuron | CUBA:
    """Return the neurons of a layer.

    Parameters
    ----------
    fields : Fields
        Of the group ``neuron``.
    bias : int or tuple of int
    sizes : set of int
        How many numbers a layer may have where neurons differ.

    Raises
    ------
    UnfitLayer
    """
    _check_type(fields)
    if fields.number("gradedSpike", 0, 1, default=0):
        raise UnfitLayer("graded spikes: ours are binary; use gradedSpike False")
    if fields.number("messageBits", 0, 32, default=0):
        raise UnfitLayer("messageBits: graded spikes; ours are binary")
    for name, plain in (("refDelay", 1), ("wgtExp", 0)):
        if (held := fields.number(name, 0, 1 << 20, default=plain)) not in (plain, 0):
            fields.note(f"{name} = {held} has no effect, as in lava-dl's netx")
    vth = fields.each("vThMant", 1, _MAX_THRESHOLD, sizes)
    vth = (
        tuple(min(v, NEVER_FIRES) for v in vth) if isinstance(vth, tuple) else min(vth, NEVER_FIRES)
    )
    current = fields.each("iDecay", 0, DECAY_UNITY, sizes)
    voltage = fields.each("vDecay", 0, DECAY_UNITY, sizes)
    shifts = {voltage_decay(shift): shift for shift in range(_MAX_DECAY_SHIFT + 1)}
    kind = fields.attributes().get(KIND_ATTRIBUTE)
    # neurons that differ are CUBA neurons, unless the file says that it holds ours
    alike = isinstance(vth, int) and isinstance(voltage, int)
    if (
        (alike or kind == Neuron.kind)
        and set(numbers(voltage)) <= shifts.keys()
        and (current, bias) == (DECAY_UNITY, 0)
        and max(numbers(vth)) != NEVER_FIRES
        and kind != CUBA.kind
    ):
        found = mapped(voltage, lambda decay: shifts[decay])
        return exchange.imported_neuron(vth=vth, decay_shift=found, guarded=True)
    return CUBA(
        vth=vth,
        window=imported_window(vth),
        current_decay=current,
        voltage_decay=voltage,
        bias_mant=bias,
        bias_exp=BIAS_EXP,
    )


def is_integrator(neuron: Neuron | CUBA) -> bool:
    """Whether lava-dl gives these neurons to a dense layer without any."""
    return neuron == replace(integrator(), window=neuron.window)


def bias_mantissa(neuron: CUBA) -> int | tuple[int, ...] | None:
    """Return the bias with the exponent of netx, or None if it has none that fits."""
    each = np.array(neuron.bias_mant, np.int64) << neuron.bias_exp
    found = shift_floor(each, BIAS_EXP)
    low, high = signed_range(_BIAS_BITS)
    if ((found << BIAS_EXP) != each).any() or found.min() < low or found.max() > high:
        return None
    return tuple(found.tolist()) if found.ndim else int(found)


def write_neuron(layer: h5py.Group, neuron: Neuron | CUBA, rows: int) -> None:
    """Write neurons, which are known to fit, into the group of their layer of ``rows`` rows."""
    held = layer.create_group("neuron")
    held.create_dataset("type", (1,), "S10", [b"CUBA"])
    if isinstance(neuron, CUBA):
        values = neuron.current_decay, neuron.voltage_decay
        if np.any(bias := bias_mantissa(neuron)):
            assert bias is not None  # the findings have said so
            layer["bias"] = spread(bias, rows)  # lava-dl needs a vector
    else:
        values = DECAY_UNITY, mapped(neuron.decay_shift, voltage_decay)
    if isinstance(neuron, CUBA) or neuron.own_numbers:
        held.attrs[KIND_ATTRIBUTE] = neuron.kind
    fields = {
        "iDecay": values[0],
        "vDecay": values[1],
        "vThMant": neuron.vth,
        "refDelay": 1,
        "gradedSpike": False,
    }
    for name, value in fields.items():
        held[name] = spread(value, rows) if isinstance(value, tuple) else np.array(value)


def bias_of(layer: Fields, sizes: set[int]) -> int | tuple[int, ...]:
    """Return the bias of a layer's neurons, in the threshold's unit."""
    if "bias" not in layer:
        return 0
    return layer.each("bias", -_BIAS_IN_LAVA, _BIAS_IN_LAVA, sizes)


def _check_type(fields: Fields) -> None:
    kind = fields.text("type")
    if kind in ("CUBA", "LOIHI"):
        return
    reasons = {"SDNN": _SIGMA_DELTA, "RF": _RESONATE, "RF_PHASE": _RESONATE, "RF_IZ": _RESONATE}
    raise UnfitLayer(
        f"{kind} neurons: {reasons.get(kind, 'must be CUBA, or LOIHI of older files')}"
    )
