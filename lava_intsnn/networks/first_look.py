"""The pre-flight: a network's layers on a few samples, and what keeps them from learning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.field_checks import shown
from lava_intsnn.markdown import plain_table
from lava_intsnn.network import Conv, Dense, Network, NetworkError
from lava_intsnn.network.cuba import numbers
from lava_intsnn.network.data_fit import check_data
from lava_intsnn.network.errors import integer_in
from lava_intsnn.networks.integer_rule import feedback_shift
from lava_intsnn.networks.population_probe import (
    encoded,
    per_million,
    probe_samples,
    respond,
    sums_of,
    widest,
)
from lava_intsnn.networks.threshold_search import threshold_for
from lava_intsnn.state import State, initial_state

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset

#: Below, a hidden layer counts as dead; above, as saturated. Parts of a million: with as many
#: negative weights as positive ones, half of the neurons spike at most.
_DEAD, _SATURATED = 5_000, 350_000
#: Below, gates are too rarely open for a layer to learn.
_FEW_GATES = 50_000
#: More than this share of neurons without a spike in any sample is worth a warning.
_SILENT = 800_000
#: Percentage of neurons without a spike from which on a layer counts as silent.
_ALMOST_ALL = 99
#: Feedback may grow by so many bits in a layer before it is worth a warning.
_LOOSE_BITS = 4


@dataclass(frozen=True, kw_only=True)
class LayerLook:
    """What one layer did, in percent, and what should change in it.

    ``spikes`` of all neurons and steps, ``gates`` likewise; ``silent`` neurons that spiked in no
    sample; ``busy`` neurons that spiked in more than half of the steps.
    """

    spikes: float
    gates: float
    silent: float
    busy: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FirstLook:
    """Result of :func:`preflight`: the layers from input to output.

    Local readouts follow, numbered as in ``Network.all_layers``.
    """

    samples: int
    layers: tuple[LayerLook, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of all layers: what should change."""
        return tuple(warning for look in self.layers for warning in look.warnings)

    @property
    def silent_layers(self) -> tuple[int, ...]:
        """Layers of which at most one neuron in a hundred spiked, in all the samples."""
        return tuple(k for k, look in enumerate(self.layers) if look.silent >= _ALMOST_ALL)

    def __str__(self) -> str:
        head = ("layer", "spikes %", "gates open %", "silent neurons %", "busy neurons %")
        rows = [
            (str(index), *(f"{v:.1f}" for v in (look.spikes, look.gates, look.silent, look.busy)))
            for index, look in enumerate(self.layers)
        ]
        return "\n".join([plain_table([head, *rows]), *(f"warning: {w}" for w in self.warnings)])


@checks_kinds
def preflight(
    network: Network, data: Dataset, state: State | None = None, *, samples: int = 32
) -> FirstLook:
    """Run ``network`` on a few samples and say which layers cannot learn, and what to change.

    Parameters
    ----------
    network : Network
        Any integer network.
    data : Dataset
        The samples are spread evenly over it.
    state : State, optional
        By default the initial weights with seed 0.
    samples : int
        At most so many; fewer if the network is large.

    Raises
    ------
    NetworkError
        If the network is in fp32, the data do not fit it, or ``samples`` is below 1.
    """
    if network.precision.floating:
        raise NetworkError('the pre-flight needs an integer network: give precision="16-8"')
    samples = integer_in("samples", samples, 1, 1 << 31)
    check_data(network, data)
    state = initial_state(network) if state is None else state
    state.validate(network)
    images = probe_samples(data, samples, values=widest(network))
    x = encoded(network.encoder, images, steps=network.steps, seed=state.seed)
    looks, sent = [], {-1: x}
    for index, (layer, source) in enumerate(zip(network.all_layers, network.sources)):
        x = sent[source]
        w = state.w(network, index).astype(np.int64)
        delays = state.delays_of(index)
        spikes, gates = respond(layer, w, x, delays)
        sums = partial(sums_of, layer, w, x, delays)
        looks.append(_look(spikes, gates, _findings(network, index, x, spikes, gates, sums)))
        sent[index] = spikes.astype(np.int64)
    return FirstLook(samples=len(images), layers=tuple(looks))


def _look(spikes: np.ndarray, gates: np.ndarray, warnings: list[str]) -> LayerLook:
    busy = 2 * spikes.sum(axis=(0, 1)) > spikes.shape[0] * spikes.shape[1]
    return LayerLook(
        spikes=per_million(spikes) / 1e4,
        gates=per_million(gates) / 1e4,
        silent=per_million(~spikes.any(axis=(0, 1))) / 1e4,
        busy=per_million(busy) / 1e4,
        warnings=tuple(warnings),
    )


def _findings(
    network: Network,
    index: int,
    x: np.ndarray,
    spikes: np.ndarray,
    gates: np.ndarray,
    sums: Callable[[], np.ndarray],
) -> list[str]:
    """Return what should change in layer ``index``, whose feed-forward sums ``sums`` returns."""
    layer, reads = network.all_layers[index], network.is_readout(index)
    share, silent = per_million(spikes), per_million(~spikes.any(axis=(0, 1)))
    found = []
    if not reads and (share < _DEAD or silent > _SILENT or share > _SATURATED):
        dead = share <= _SATURATED
        fix = _threshold_advice(layer, dead, x, sums)
        found.append(
            f"layer {index} is {'dead' if dead else 'saturated'}: its neurons spike in "
            f"{share / 1e4:.1f} % of the steps, and {silent / 1e4:.0f} % of them in no sample{fix}"
        )
    if per_million(gates) < _FEW_GATES:
        found.append(
            f"layer {index} can hardly learn: its gates are open in {per_million(gates) / 1e4:.1f} "
            f"% of the steps{_window_advice(layer)}"
        )
    return found + _feedback_findings(network, index)


def _threshold_advice(
    layer: Dense | Conv, dead: bool, x: np.ndarray, sums: Callable[[], np.ndarray]
) -> str:
    """Return what mends a dead or saturated layer with input ``x``."""
    if not x.any():
        return ": its input never spikes, so mend the layer below first"
    if layer.recurrence:  # what it adds is not among the feed-forward sums
        return f": {'lower' if dead else 'raise'} its vth, now {shown(layer.neuron.vth)}"
    better = threshold_for(layer.neuron, sums())
    if dead and better >= min(numbers(layer.neuron.vth)):
        return (
            ": no other vth mends it, since few of its sums reach one; new weights with "
            "init_centred = True, or wider inference weights, give larger sums"
        )
    return f": set its vth to about {better} in place of {shown(layer.neuron.vth)}"


def _window_advice(layer: Dense | Conv) -> str:
    """Return what opens the gates of a layer."""
    neuron = layer.neuron
    wide = 2 * max(numbers(neuron.vth))
    if neuron.window >= wide:
        return ", with a window that is wide enough: its potentials are far from its vth"
    return f"; raise its window from {neuron.window} to about twice its vth, {wide}"


def _feedback_findings(network: Network, index: int) -> list[str]:
    """Say if feedback that comes through another hidden layer outgrows its width."""
    if index > len(network.layers) - 3 or network.feedback.weights == "random":
        return []
    if network.local and network.local[index]:  # it hears a readout of its own
        return []
    wanted = hidden_feedback_shift(network, index)
    found = network.layers[index].fb_shift
    if found >= wanted - _LOOSE_BITS:
        return []
    return [
        f"layer {index} has fb_shift = {found}: feedback through layer {index + 1} grows by about "
        f"{wanted} bits; set fb_shift to {wanted}"
    ]


def hidden_feedback_shift(network: Network, index: int) -> int:
    """Return the rule's ``fb_shift`` of a layer whose feedback comes through a hidden layer."""
    above = network.layers[index + 1]
    narrow = min(block.fan_in for layer in network.layers for block in layer.blocks)
    return feedback_shift(
        network.precision, fan_in=above.fan_in, fan_out=above.fan_out, narrow=narrow
    )
