"""Recurrent synapses within a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from lava_intsnn.field_checks import Checked, Within
from lava_intsnn.network.errors import NetworkError

#: Width of the potential that recurrent synapses read (B16 of 3.23).
B16_BITS = 16


@dataclass(frozen=True, kw_only=True)
class Recurrence(Checked, refusal=NetworkError):
    r"""All-to-all synapses from a layer onto itself (3.23).

    .. math:: v = (v_s >> b) + W s_{in} + ((W_{rec}\, u) >> shift)

    Parameters
    ----------
    source : {"voltage", "spikes"}
        What ``u`` is. ``"voltage"``: the membrane potential of the last step, before its reset,
        shifted right by ``b16_shift`` and saturated at 16 bits. ``"spikes"``: the spikes of the
        last step, the form Loihi can hold.
    b16_shift : int
        Right shift that makes a potential a 16-bit number; only with ``"voltage"``.
    shift : int
        Right shift of the recurrent sum.
    learned : bool
        Fixed random weights, as in the paper, or weights that learn by the layer's own rule with
        ``u`` as presynaptic activity.
    lr_shift : int
        Learning shift of the recurrent weights, if they learn.
    """

    source: Literal["voltage", "spikes"] = "voltage"
    b16_shift: Annotated[int, Within(0, 30)] = 8
    shift: Annotated[int, Within(0, 30)] = 3
    learned: bool = False
    lr_shift: Annotated[int, Within(0, 36)] = 0

    @property
    def u_max(self) -> int:
        """Largest magnitude of ``u``."""
        return (1 << (B16_BITS - 1)) - 1 if self.source == "voltage" else 1
