"""The layers of a converted network as a chip sees them: synapses, and words with their widths."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.pixels import STANDARD_BITS
from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.field_checks import short_repr
from lava_intsnn.loihi.converted.threshold_forms import StoredThresholds, bits_for, stored, table
from lava_intsnn.loihi.limits import Limits
from lava_intsnn.loihi.microcode.names import LEVEL, LOGIT, NET_SPIKES, POTENTIAL
from lava_intsnn.network import Conv, Dense, Network, NetworkError, Neuron
from lava_intsnn.network.errors import STEPS
from lava_intsnn.network.neuron import NeuronState

READOUT = "readout"


@dataclass(frozen=True, kw_only=True)
class StoredNeuron(Neuron):
    """A neuron by the words it keeps: what the mapping needs to know of one.

    ``words`` are names and signed bits.
    """

    words: tuple[tuple[str, int], ...] = ()

    kind: ClassVar[str] = "dynamic_threshold"

    def states(self, current: int) -> tuple[NeuronState, ...]:
        """Return the words, parameters included."""
        return tuple(
            NeuronState(name=name, bits=bits, policy="proven", bound=(1 << (bits - 1)) - 1)
            for name, bits in self.words
        )


# eq=False: arrays have no single truth value, and identity is what callers mean.
@dataclass(frozen=True, kw_only=True, eq=False)
class ChipLayer:
    """One layer, the encoder first and the readout last.

    Parameters
    ----------
    name : str
        Of its group.
    role : {"encoder", "hidden", "readout"}
    weights : (O, kernel, kernel, I) integer array
    in_shape : (int, int, int)
    stride, padding : int
    payload : (int, int)
        Smallest and largest message that arrives.
    potential : int
        Largest magnitude of the number that integrates, at any time.
    current : int
        Largest magnitude of the synaptic sum of a step.
    thresholds : StoredThresholds or None
        None in the readout.
    words : dict of str to int
        Name of a state that the program writes -> its signed bits.
    amplitude : int
        Of the spikes it sends; 0 in the readout.
    """

    name: str
    role: str
    weights: npt.NDArray
    in_shape: tuple[int, int, int]
    stride: int
    padding: int
    payload: tuple[int, int]
    potential: int
    current: int
    thresholds: StoredThresholds | None
    words: dict[str, int]
    amplitude: int

    __repr__ = short_repr

    @property
    def matrix(self) -> npt.NDArray[np.int64]:
        """Weights as a layer of :class:`Network` has them, ``(O, fan_in)``."""
        return self.weights.reshape(len(self.weights), -1).astype(np.int64)

    @property
    def spike_bits(self) -> int:
        """Width of the messages it sends: 1 of spikes that are 0 or 1, else signed."""
        if self.role == "encoder":
            return 1 if self.amplitude == 1 else bits_for(0, self.amplitude)
        return bits_for(-self.amplitude, self.amplitude)

    @cached_property
    def layer(self) -> Conv | Dense:
        """The synapses and neurons; a kernel as large as its input is dense.

        Raises
        ------
        NetworkError
            If the compiler's convolutions have no such geometry.
        """
        parameters = self.thresholds.widths if self.thresholds else {}
        words = tuple((self.words | parameters).items())
        neuron = StoredNeuron(vth=1, window=0, words=words)
        kernel = self.weights.shape[1]
        if self.in_shape[:2] == (kernel, kernel) and not self.padding:
            shape = self.matrix.shape
            return Dense(n_in=shape[1], n_out=shape[0], neuron=neuron, lr_shift=0)
        return Conv(
            in_shape=self.in_shape,
            channels=len(self.weights),
            kernel=kernel,
            stride=self.stride,
            padding=self.padding,
            neuron=neuron,
            lr_shift=0,
        )


def chip_layers(network: SpikingNetwork, *, steps: int, limits: Limits) -> tuple[ChipLayer, ...]:
    """Return the layers for runs of ``steps``.

    Raises
    ------
    ConversionError
        If the network has no thresholds for so many steps.
    """
    network.check_steps(steps)
    if steps > STEPS.high:
        raise ConversionError(f"steps = {steps}: a program has at most {STEPS.high}")
    found: list[ChipLayer] = []
    payload = pixel_range(network)
    counts = (0, 0)  # of the layer below
    in_shape = network.in_shape
    for index, (layer, shape) in enumerate(zip(network.layers, network.shapes)):
        levels = min(layer.levels, steps)
        current = _largest(layer.weights, payload)
        # what has arrived is an amplitude times counts that are never negative
        potential = current if index == 0 else _largest(layer.weights, counts)
        if index == 0:
            thresholds = table(layer.thresholds, levels=levels, bound=potential)
            words = {LEVEL: bits_for(0, levels)}
        else:
            thresholds = stored(
                layer.thresholds,
                levels=levels,
                bound=potential,
                state_bits=limits.voltage_bits.value,
            )
            words = {
                POTENTIAL: bits_for(-potential, potential),
                NET_SPIKES: bits_for(0, levels),
            }
        found.append(
            ChipLayer(
                name=f"hidden_{index}" if index else "encoder",
                role="hidden" if index else "encoder",
                weights=layer.weights,
                in_shape=in_shape,
                stride=layer.stride,
                padding=layer.padding,
                payload=payload,
                potential=potential,
                current=current,
                thresholds=thresholds,
                words=words,
                amplitude=layer.amplitude,
            )
        )
        payload = (-layer.amplitude if index else 0, layer.amplitude)
        counts = (0, layer.amplitude * levels)
        in_shape = shape
    weights = network.readout[:, None, None]
    potential = _largest(weights, counts)
    found.append(
        ChipLayer(
            name=READOUT,
            role=READOUT,
            weights=weights,
            in_shape=(1, 1, weights.shape[3]),
            stride=1,
            padding=0,
            payload=payload,
            potential=potential,
            current=_largest(weights, payload),
            thresholds=None,
            words={LOGIT: bits_for(-potential, potential)},
            amplitude=0,
        )
    )
    return tuple(found)


def mapped_network(
    network: SpikingNetwork, layers: tuple[ChipLayer, ...], *, steps: int
) -> Network:
    """Return a network with these synapses and words, which the mapping places on cores.

    Raises
    ------
    NetworkError
        If a convolution is one that the compiler lacks: names the layer.
    """
    made = []
    for index, layer in enumerate(layers):
        try:
            made.append(layer.layer)
        except NetworkError as error:
            raise NetworkError(f"layer {index} of {network.name}: {error}") from None
    return Network(name=network.name, layers=tuple(made), steps=steps)


def pixel_range(network: SpikingNetwork) -> tuple[int, int]:
    """Return the smallest and largest integer pixel, of images without noise."""
    if network.pixels.scale == "standardised":
        # of n numbers with mean 0 and deviation 1 none is beyond the root of n - 1
        most = math.isqrt(math.prod(network.in_shape)) + 1 << STANDARD_BITS
        return -most, most
    ends = network.pixels.scaled(np.array([0, np.iinfo(np.uint8).max]).reshape(2, 1, 1, 1)).ravel()
    return int(ends[0]), int(ends[1])


def _largest(weights: npt.NDArray, span: tuple[int, int]) -> int:
    """Return the largest magnitude of a sum of weights times numbers in ``span``, 0 included."""
    w = weights.reshape(len(weights), -1).astype(np.int64)
    low, high = min(span[0], 0), max(span[1], 0)
    up, down = w.clip(min=0).sum(axis=1), w.clip(max=0).sum(axis=1)
    ends = np.abs([up * high + down * low, up * low + down * high])
    return int(ends.max())
