"""Bounds of a network: what a proof has shown, and the width table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_intsnn.arithmetic import container
from lava_intsnn.network.neuron_kind import NeuronState


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
    """What :func:`~.overflow_proof.prove` has shown about a network.

    ``layers`` are those of ``Network.all_layers``, and so are the numbers of ``table``.
    """

    layers: tuple[LayerBounds, ...]
    table: tuple[Width, ...]
    popcount: bool
    """Spike trains fit one word and traces are the spikes themselves."""
