"""What an import rounded by how much, and how many spikes differ for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

_HEAD = ("layer", "neurons", "scale", "weights", "clipped", "threshold", "decays", "biases")


@dataclass(frozen=True, kw_only=True)
class LayerRounding:
    """The roundings of a layer.

    Parameters
    ----------
    name : str
        The neurons' node in the graph.
    neurons : str
        Their kind here.
    shape : (int, int)
        Inputs and neurons.
    scale : float
        Integers of a weight of 1 (in the unit of potentials, after the neurons' gain).
    weight : float
        Largest error of a weight, as a share of the layer's largest.
    clipped : int
        Weights beyond their width, cut to its end.
    threshold : float
        Largest error of a threshold, as a share of it.
    decay : float
        Largest error of a decay, as a share of current or potential in a step.
    bias : float
        Largest error of a bias, as a share of the layer's largest.
    notes : tuple of str
        What else is not as in the graph.
    differ : float or None
        Share of spikes, of all neurons and steps, that are not those of the graph in floats; None
        without samples.
    rate : float or None
        Spikes of a neuron in a step, in the graph.
    """

    name: str
    neurons: str
    shape: tuple[int, int]
    scale: float
    weight: float
    clipped: int
    threshold: float
    decay: float
    bias: float
    notes: tuple[str, ...] = ()
    differ: float | None = None
    rate: float | None = None


@dataclass(frozen=True, kw_only=True)
class NirReport:
    """What :func:`.read_nir` did.

    Parameters
    ----------
    path : str
    exact : bool
        Whether the file carries a network of ours, which was taken bit for bit. Then there are no
        layers.
    why : str
        Why it was not.
    dt : float or None
        The step in the graph's unit of time, None if the network is exact.
    layers : tuple of LayerRounding
    samples : int
        Samples that the shares of spikes are of.
    """

    path: str
    exact: bool
    why: str = ""
    dt: float | None = None
    layers: tuple[LayerRounding, ...] = ()
    samples: int = 0

    def with_spikes(self, shares: list[tuple[float, float]], samples: int) -> NirReport:
        """Return the report with ``(differ, rate)`` of each layer."""
        layers = tuple(
            replace(layer, differ=differ, rate=rate)
            for layer, (differ, rate) in zip(self.layers, shares)
        )
        return replace(self, layers=layers, samples=samples)

    @property
    def summary(self) -> str:
        """One sentence: the largest error of each kind."""
        if self.exact:
            return f"{self.path}: the network it was exported from, bit for bit"
        weight, threshold, decay, bias = (
            max(getattr(layer, name) for layer in self.layers)
            for name in ("weight", "threshold", "decay", "bias")
        )
        return (
            f"{self.path}: quantised from floats, since {self.why}: weights by up to {weight:.2%} "
            f"of the layer's largest, thresholds by up to {threshold:.2%}, decays by up to "
            f"{decay:.2%} of the potential a step, biases by up to {bias:.2%} of the layer's "
            "largest"
        )

    def rows(self) -> list[list[str]]:
        """Return the report as a table, its head first."""
        known = any(layer.differ is not None for layer in self.layers)
        rows = [[*_HEAD, *(["spikes that differ", "spikes"] if known else [])]]
        for layer in self.layers:
            row = [
                f"{layer.name} ({layer.shape[0]}-{layer.shape[1]})",
                layer.neurons,
                f"{layer.scale:.6g}",
                f"{layer.weight:.2%}",
                f"{layer.clipped:,}",
                f"{layer.threshold:.2%}",
                f"{layer.decay:.3%}",
                f"{layer.bias:.2%}",
            ]
            if known:
                row += [_share(layer.differ), _share(layer.rate)]
            rows.append(row)
        return rows

    def notes(self) -> list[str]:
        """Return what else is not as in the graph, a line for each."""
        return [f"{layer.name}: {note}" for layer in self.layers for note in layer.notes]


def _share(value: float | None) -> str:
    return "" if value is None or np.isnan(value) else f"{value:.3%}"
