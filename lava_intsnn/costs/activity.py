"""Activity of a network: the share of values that are not 0, from the paper or measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.costs import paper_tables
from lava_intsnn.network import Conv, Dense, Network, NetworkError
from lava_intsnn.network.data_fit import check_data
from lava_intsnn.reference import encode
from lava_intsnn.reference.forward import inference_weights, run_layer
from lava_intsnn.state import State

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset


@dataclass(frozen=True, kw_only=True)
class LayerActivity:
    """Shares of non-zero values in one layer, 0..1, averaged over samples and steps.

    ``inputs`` is the share of the layer's input, ``weights`` of its inference weights, ``spikes``
    of its output, ``recurrent`` of the input of its recurrent synapses, ``recurrent_weights`` of
    the weights of these, ``gates`` of the surrogate gates and ``traces`` of the presynaptic traces.
    A share that is not known is 1.
    """

    inputs: float = 1.0
    weights: float = 1.0
    spikes: float = 1.0
    recurrent: float = 1.0
    recurrent_weights: float = 1.0
    gates: float = 1.0
    traces: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Activity:
    """One :class:`LayerActivity` for each of ``Network.all_layers``, and their source."""

    layers: tuple[LayerActivity, ...]
    source: str


#: The shares of activity, in the order in which they are measured.
_SHARES = ("inputs", "spikes", "gates", "traces", "recurrent")

#: Preset -> the network of Table B.5 whose coefficients it uses.
LIKE = {
    "mnist-snn": "mnist-snn",
    "mnist-snn-paper": "mnist-snn",
    "shd-rsnn": "shd-rsnn",
    "shd-snn": "shd-rsnn",
}


@checks_kinds
def paper_activity(
    network: Network, *, floating: bool = False, weights: float | None = None
) -> Activity | None:
    """Return Table B.5's coefficients for ``network``, or None if the paper has none.

    Parameters
    ----------
    floating : bool
        Of the FP32 network instead of the integer one.
    weights : float, optional
        Instead of the printed 0.9999 of weights and recurrent input.
    """
    like = LIKE.get(network.name)
    if like is None or len(network.layers) != 2 or network.local:
        return None
    found = {name: pair[floating] for name, pair in paper_tables.ACTIVITY[like].items()}
    if weights is not None:
        found |= dict.fromkeys(("A_hidW", "A_outW", "A_rec", "A_recW"), weights)
    hidden = LayerActivity(
        inputs=found["A_I"],
        weights=found["A_hidW"],
        spikes=found["A_hidS"],
        recurrent=found.get("A_rec", 0.0),
        recurrent_weights=found.get("A_recW", 0.0),
    )
    output = LayerActivity(inputs=found["A_hidS"], weights=found["A_outW"], spikes=found["A_outS"])
    which = "FP32" if floating else "MP 16-8"
    return Activity(
        layers=(hidden, output),
        source=f"Table B.5, {like} {which}; gates and traces, which it lacks, taken as 1",
    )


@checks_kinds
def full_activity(network: Network) -> Activity:
    """Return the upper bound: everything is active at every step."""
    return Activity(
        layers=tuple(LayerActivity() for _ in network.all_layers),
        source="everything active (upper bound); measure it with --measure",
    )


@checks_kinds
def measured_activity(network: Network, state: State, data: Dataset) -> Activity:
    """Run ``data`` through the reference and count what is not 0.

    Raises
    ------
    NetworkError
        For fp32: measure the integer network; or if the data do not fit it.
    ValueError
        If the state does not fit the network.
    """
    from lava_intsnn.random_keys import eval_keys

    if network.precision.floating:
        raise NetworkError("activity is measured on integer networks: give another --precision")
    check_data(network, data)
    state.validate(network)
    w = inference_weights(network, state)
    sums = [np.zeros(len(_SHARES)) for _ in network.all_layers]
    keys = eval_keys(state.seed, len(data))
    for sample, key in zip(data.images, keys):
        x = encode(network.encoder, sample, key=key, steps=network.steps).astype(np.int64)
        spikes = {-1: x}
        for k, (layer, source) in enumerate(zip(network.all_layers, network.sources)):
            spikes[k], shares = _run(layer, w[k], spikes[source], state.delays_of(k))
            sums[k] += shares
    layers = []
    for layer, w_layer, total in zip(network.all_layers, w, sums):
        found = dict(zip(_SHARES, (total / len(data)).tolist()))
        found["weights"] = _share(w_layer[:, : layer.fan_in])
        found["recurrent_weights"] = _share(w_layer[:, layer.fan_in :])
        layers.append(LayerActivity(**found))
    trained = f"after {state.updates:,} updates" if state.updates else "untrained"
    return Activity(
        layers=tuple(layers),
        source=f"measured on {len(data):,} samples of {data.name} {data.split}, {trained}",
    )


def _run(
    layer: Dense | Conv, w: np.ndarray, s_in: np.ndarray, delays: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return a layer's spikes ``(T, O)`` and :data:`_SHARES`."""
    record = run_layer(layer, w, s_in, delays)
    shares = np.zeros(len(_SHARES))
    for t in range(len(s_in)):
        active = s_in[t], record.s[t], record.g[t], record.in_trace[t], record.u[t]
        shares += [_share(values) for values in active]
    return record.s, shares / len(s_in)


def _share(values: np.ndarray) -> float:
    return float(np.count_nonzero(values) / values.size) if values.size else 0.0
