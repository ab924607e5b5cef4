"""From a converted network to a program of the same kind as the learning compiler's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.loihi.converted.chip_layers import ChipLayer, chip_layers
from lava_intsnn.loihi.converted.chip_preflight import preflight_converted
from lava_intsnn.loihi.converted.threshold_forms import bits_for
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.loihi.microcode.errors import signed_range
from lava_intsnn.loihi.microcode.group import Axon, Constant, Group, GroupState, Phase, Port, Slot
from lava_intsnn.loihi.microcode.image import Image, SynapseData, digest
from lava_intsnn.loihi.microcode.isa import Instruction, ins
from lava_intsnn.loihi.microcode.names import INPUT, SPIKE, SUM, block_name, program_name
from lava_intsnn.loihi.microcode.neuron_programs import threshold_program
from lava_intsnn.loihi.microcode.program import ConvGeometry, Input, Program, SynapseBlock


@checks_kinds
def compile_converted(network: SpikingNetwork, *, steps: int, target: str = "loihi2") -> Image:
    """Compile a converted network to neuron microcode.

    The image enters as graded spikes in core step 0. Layer l takes step t of the sample in core
    step t + l, the readout being the last one, so a sample takes ``steps`` and the number of
    layers, readout not counted.

    Parameters
    ----------
    network : SpikingNetwork
    steps : int
        T, at most ``network.max_steps``. Fewer steps need fewer thresholds and narrower words.
    target : {"loihi2"}

    Returns
    -------
    Image
        Groups ``encoder``, ``hidden_1`` ..., ``readout``, with the thresholds as parameters.

    Raises
    ------
    LegalityError
        If ``target`` or this compiler refuses anything about the network: with all of it.
    ConversionError
        If the network has no thresholds for so many steps.
    NetworkError
        If there is no such target, or a convolution is one that the compiler lacks.
    """
    report = preflight_converted(network, steps=steps, target=target).require()
    layers = chip_layers(network, steps=steps, limits=LOIHI2)
    data, parameters, blocks = {}, {}, []
    source = INPUT
    for layer in layers:
        block = _synapses(layer, source)
        blocks.append(block)
        data[block.name] = SynapseData(layer.matrix)
        for name, numbers in _parameters(layer).items():
            parameters[f"{layer.name}.{name}"] = numbers
        source = f"{layer.name}.{SPIKE}"
    program = Program(
        name=program_name(report.network),
        period=steps + len(layers) - 1,
        inputs=(_input(layers[0]),),
        groups=tuple(_group(layer, index, steps) for index, layer in enumerate(layers)),
        blocks=tuple(blocks),
    )
    return Image(program, data, parameters)


def _input(encoder: ChipLayer) -> Input:
    low, high = encoder.payload
    return Input(name=INPUT, n=int(np.prod(encoder.in_shape)), bits=bits_for(low, high))


def _group(layer: ChipLayer, index: int, steps: int) -> Group:
    """Return the group of a layer; a sample's first step has a phase of its own."""
    phases, slots = [Phase("first", _code(layer, first=True))], [Slot("first", index, index)]
    if steps > 1:
        phases.append(Phase("step", _code(layer, first=False)))
        slots.append(Slot("step", index + 1, index + steps - 1))
    sends = layer.thresholds is not None
    constants = dict(threshold_program.CONSTANTS) if sends else {}
    if layer.role == "encoder" or layer.amplitude > 1:
        constants["amplitude"] = layer.amplitude
    states = [GroupState(name, bits) for name, bits in layer.words.items()]
    widths = layer.thresholds.widths if layer.thresholds else {}
    for name, numbers in _parameters(layer).items():
        states.append(GroupState(name, widths[name], len(numbers), digest(numbers)))
    return Group(
        name=layer.name,
        n=layer.layer.n_out,
        states=tuple(states),
        ports=(Port(SUM, LOIHI2.current_bits.value),),
        axons=(Axon(SPIKE, layer.spike_bits),) if sends else (),
        constants=tuple(Constant(name, value) for name, value in constants.items()),
        phases=tuple(phases),
        schedule=tuple(slots),
    )


def _code(layer: ChipLayer, *, first: bool) -> tuple[Instruction, ...]:
    return (*_step(layer, first=first), ins("HALT"))


def _step(layer: ChipLayer, *, first: bool) -> Iterator[Instruction]:
    if layer.thresholds is None:
        return threshold_program.accumulator(first=first)
    if layer.role == "encoder":
        return threshold_program.thermometer(layer.thresholds.levels, first=first)
    return layer.thresholds.code(first=first, graded=layer.amplitude != 1)


def _parameters(layer: ChipLayer) -> dict[str, npt.NDArray[np.int64]]:
    return layer.thresholds.parameters if layer.thresholds else {}


def _synapses(layer: ChipLayer, source: str) -> SynapseBlock:
    bits = LOIHI2.weight_bits.value
    w_min, w_max = signed_range(bits)
    w = layer.matrix
    return SynapseBlock(
        name=block_name(layer.name, SUM),
        source=source,
        group=layer.name,
        port=SUM,
        shape=(w.shape[0], w.shape[1]),
        bits=bits,
        w_min=w_min,
        w_max=w_max,
        weights_digest=digest(w),
        conv=ConvGeometry.of(layer.layer),
    )
