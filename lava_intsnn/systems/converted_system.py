"""A converted network as connected Lava Processes, and a function that runs images in them."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava
from lava_intsnn.argument_kinds import checks_kinds

# isort: split
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_configs import Loihi2SimCfg

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.noise import Noise
from lava_intsnn.conversion.quantised import inputs_of
from lava_intsnn.conversion.result import Result, joined, result_of
from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.processes import (
    DynamicThreshold,
    ImageSource,
    LogitAccumulator,
    ThermometerEncoder,
)
from lava_intsnn.progress_bar import progress_bar
from lava_intsnn.runtime import session
from lava_intsnn.systems.converted_synapses import synapses as synapses_of

#: Bytes of spikes that one session may record; more images are run in several sessions.
_RECORD_BYTES = 1 << 28


@dataclass(frozen=True)
class SpikingSystem:
    """Connected Processes that run a converted network on consecutive images without gaps.

    Attributes
    ----------
    network : SpikingNetwork
    source : ImageSource
    synapses : tuple of Process
        Lava's Conv and Dense, or :class:`GradedConv`: one for each entry of ``neurons`` and one for
        the readout.
    neurons : tuple
        A :class:`ThermometerEncoder` and :class:`DynamicThreshold` Processes.
    readout : LogitAccumulator
    images, steps : int
        N and T.
    """

    network: SpikingNetwork
    source: ImageSource
    synapses: tuple[AbstractProcess, ...]
    neurons: tuple[ThermometerEncoder | DynamicThreshold, ...]
    readout: LogitAccumulator
    images: int
    steps: int

    @property
    def processes(self) -> tuple[AbstractProcess, ...]:
        """All Processes: source, synapses, neurons, readout."""
        return (self.source, *self.synapses, *self.neurons, self.readout)

    @property
    def latency(self) -> int:
        """Lava steps from an image to its effect on the accumulators: 1 per synapse Process."""
        return len(self.synapses)

    def result(self) -> Result:
        """Return the recorded spikes and logits, corrected for the latency of each layer.

        Raises
        ------
        ConversionError
            If the system was built with ``record=False``.
        """
        if not all(len(layer.spikes) for layer in self.neurons):
            raise ConversionError("the system was built with record=False: it kept no spikes")
        # (N, T, ...) -> (T, N, ...)
        spikes = tuple(layer.spikes.swapaxes(0, 1).copy() for layer in self.neurons)
        return result_of(self.network, spikes, self.readout.logits.swapaxes(0, 1).copy())


@checks_kinds
def build(
    network: SpikingNetwork,
    inputs: npt.NDArray[np.int32],
    *,
    steps: int,
    record: bool = False,
    synapses: str = "lava",
) -> SpikingSystem:
    """Return connected Lava Processes for ``network`` that show ``inputs`` once.

    Each connection has a latency of one step, so layer l begins an image ``l + 1`` steps after the
    source. Lava compiles a Process only once, so call ``build`` again for a second session.

    Parameters
    ----------
    network : SpikingNetwork
    inputs : (N, H, W, C) integer array
        Input of the first layer; see :func:`~lava_intsnn.conversion.quantised.inputs_of`.
    steps : int
        T, the steps of each image; at most ``network.max_steps``.
    record : bool
        Keep all spikes, for :meth:`SpikingSystem.result`. Logits are always kept.
    synapses : {"lava", "own"}
        ``"lava"``: Lava's Conv and Dense where they are exact (8-bit weights, and sums within 24
        bits in Conv and 31 in Dense), :class:`GradedConv` elsewhere. ``"own"``: GradedConv
        everywhere, which is faster.

    Raises
    ------
    ConversionError
        If inputs or steps do not fit the network.
    """
    network.check_steps(steps)
    inputs = np.asarray(inputs)
    if inputs.shape[1:] != network.in_shape:
        raise ConversionError(
            f"inputs are {inputs.shape}: {network.name} takes (N, H, W, C) with H, W, C = "
            f"{network.in_shape}"
        )
    source = ImageSource(inputs=inputs, steps=steps, name="images")
    kept = len(inputs) if record else 0
    made: list[AbstractProcess] = []
    neurons: list[ThermometerEncoder | DynamicThreshold] = []
    before: AbstractProcess = source
    in_shape, largest = network.in_shape, int(np.abs(inputs.astype(np.int64)).max())

    def connect(after: AbstractProcess, weights: npt.NDArray, name: str, **geometry: int) -> None:
        synapse = synapses_of(
            weights, in_shape=in_shape, largest=largest, kind=synapses, name=name, **geometry
        )
        before.s_out.reshape(synapse.s_in.shape).connect(synapse.s_in)
        synapse.a_out.reshape(after.a_in.shape).connect(after.a_in)
        made.append(synapse)

    for index, (layer, shape) in enumerate(zip(network.layers, network.shapes)):
        kind = DynamicThreshold if index else ThermometerEncoder
        neurons.append(
            kind(
                shape=shape,
                thresholds=layer.thresholds,
                amplitude=layer.amplitude,
                steps=steps,
                offset=index + 1,
                slots=kept,
                name=f"layer_{index}" if index else "encoder",
            )
        )
        geometry = {"stride": layer.stride, "padding": layer.padding}
        connect(neurons[-1], layer.weights, f"synapses_{index}", **geometry)
        before, in_shape, largest = neurons[-1], shape, layer.amplitude
    readout = LogitAccumulator(
        shape=(network.n_classes,),
        steps=steps,
        offset=len(neurons) + 1,
        slots=len(inputs),
        name="readout",
    )
    in_shape = (1, 1, network.readout.shape[1])
    connect(readout, network.readout[:, None, None], "synapses_readout", stride=1, padding=0)
    return SpikingSystem(
        network=network,
        source=source,
        synapses=tuple(made),
        neurons=tuple(neurons),
        readout=readout,
        images=len(inputs),
        steps=steps,
    )


@checks_kinds
def run_in_lava(
    network: SpikingNetwork,
    images: npt.NDArray[np.uint8],
    *,
    steps: int,
    noise: Noise | None = None,
    first_sample: int = 0,
    record: bool = False,
    progress: bool = False,
    synapses: str = "lava",
) -> Result:
    """Run images in Lava Processes for ``steps`` each, without early stopping.

    Parameters
    ----------
    network : SpikingNetwork
    images : (B, H, W, C) uint8 array
    steps : int
        T, at most ``network.max_steps``.
    noise : Noise, optional
    first_sample : int
        Index of the first image in its data set, which keys the noise.
    record : bool
        Return all spikes.
    progress : bool
        Show a bar, on a terminal.
    synapses : {"lava", "own"}
        As in :func:`build`.

    Returns
    -------
    Result
        The same as the engine's, to the last spike. The latency of the pipeline is removed.

    Raises
    ------
    ConversionError
        If images or steps do not fit the network, or there are no images.
    ProcessModelError
        If a Process fails.
    """
    inputs = inputs_of(network, images, noise=noise, first_sample=first_sample)
    network.check_steps(steps)
    if not len(inputs):
        raise ConversionError("no images: give at least one")
    neurons = sum(int(np.prod(shape)) for shape in network.shapes)
    size = max(1, _RECORD_BYTES // (steps * neurons))
    parts = []
    with progress_bar(len(inputs), name="Lava", unit="images", shown=progress) as bar:
        for first in range(0, len(inputs), size):
            part = inputs[first : first + size]
            system = build(network, part, steps=steps, record=True, synapses=synapses)
            with session(system, Loihi2SimCfg(select_tag="fixed_pt")) as run:
                run.run(system.latency)  # fills the pipeline; then each image takes T steps
                for _ in part:
                    run.run(steps)
                    bar.update()
            result = system.result()
            parts.append(result if record else replace(result, spikes=None))
    return joined(parts)
