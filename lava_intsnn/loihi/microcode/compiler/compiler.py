"""From a network to a program with all its layers, at one target's limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.loihi.core_schedule import CoreSchedule
from lava_intsnn.loihi.legality import Finding
from lava_intsnn.loihi.limits import limits_of
from lava_intsnn.loihi.microcode.compiler.blocks import SynapseSource, synapses_of
from lava_intsnn.loihi.microcode.compiler.group_program import group_of
from lava_intsnn.loihi.microcode.compiler.part import Part
from lava_intsnn.loihi.microcode.image import Image
from lava_intsnn.loihi.microcode.names import ERROR, INPUT, SPIKE, group_name, program_name
from lava_intsnn.loihi.microcode.program import Input, Program
from lava_intsnn.loihi.preflight_report import Preflight, preflight
from lava_intsnn.network import FrameEncoder, Network
from lava_intsnn.network.bounds import Bounds
from lava_intsnn.state import State

_NO_MICROCODE = Finding(
    layer=None,
    what="neuron programs",
    found="asked for",
    allowed="its LIF alone",
    nearest="compile for loihi2, or export what LIF computes as netx",
    binds="hardware",
)


@checks_kinds
def compile(
    network: Network,
    state: State,
    *,
    target: str = "loihi2",
    learning: bool = True,
    axons: int | None = None,
) -> Image:
    """Compile ``network`` to neuron microcode and learning rules.

    Parameters
    ----------
    network : Network
    state : State
        The weights to begin with.
    target : {"loihi2"}
    learning : bool
        Whether it shall learn there, or only run.
    axons : int, optional
        Axons of a core; see :func:`~lava_intsnn.loihi.preflight`.

    Returns
    -------
    Image
        A group for each layer, see :func:`~.names.group_name`.

    Raises
    ------
    LegalityError
        If ``target`` or this compiler refuses anything about the network: with all of it.
    NetworkError
        If there is no such target.
    ValueError
        If the state does not fit the network.
    """
    state.validate(network)
    _require_legal(preflight(network, target=target, learning=learning, state=state, axons=axons))
    schedule = CoreSchedule.of(network, learning=learning)
    parts = parts_of(network, learning=learning)
    synapses: list[SynapseSource] = []
    heard = {
        hidden: parts[branch.readout].name
        for branch in network.branches
        for hidden in branch.learners
        if learning
    }
    for index, part in enumerate(parts):
        source = network.sources[index]
        synapses += synapses_of(
            part,
            state.w(network, index),
            source=INPUT if source < 0 else f"{parts[source].name}.{SPIKE}",
            error_source=f"{heard.get(index)}.{ERROR}",
            feedback_weights=network.feedback_weights(index) if index in heard else None,
            delays=state.delays_of(index),
        )
    return image_of(
        network, period=schedule.period, inputs=(input_of(network),), parts=parts, synapses=synapses
    )


def parts_of(network: Network, *, learning: bool) -> tuple[Part, ...]:
    """Return the layers of a legal network as the compiler sees them.

    Local readouts, which take part in learning alone, are left out without it.
    """
    schedule = CoreSchedule.of(network, learning=learning)
    bounds = network.check()
    return tuple(
        _part(network, bounds, schedule, index, learning=learning)
        for index in range(len(network.all_layers if learning else network.layers))
    )


def image_of(
    network: Network,
    *,
    period: int,
    inputs: tuple[Input, ...],
    parts: Iterable[Part],
    synapses: Iterable[SynapseSource],
) -> Image:
    """Return the program made of ``parts`` and ``synapses`` with its data."""
    synapses = tuple(synapses)
    program = Program(
        name=program_name(network),
        period=period,
        inputs=inputs,
        groups=tuple(group_of(part) for part in parts),
        blocks=tuple(each.block for each in synapses),
    )
    return Image(program, {each.block.name: each.data for each in synapses})


def input_of(network: Network) -> Input:
    """Return the input that carries samples: spikes, or counts with a bit for their sign."""
    encoder = network.encoder
    bits = encoder.max_count.bit_length() + 1 if isinstance(encoder, FrameEncoder) else 1
    return Input(name=INPUT, n=network.n_in, bits=bits)


def _part(
    network: Network, bounds: Bounds, schedule: CoreSchedule, index: int, *, learning: bool
) -> Part:
    layer, output = network.all_layers[index], network.is_readout(index)
    return Part(
        name=group_name(network, index),
        network=network,
        layer=layer,
        bounds=bounds.layers[index],
        stream=index,
        output=output,
        learning=learning and (layer.plastic or output),
        sends_error=learning and output and bool(network.learners(index)),
        first=schedule.first(index),
        last=schedule.last(index),
        update=schedule.update(index),
    )


def _require_legal(report: Preflight) -> None:
    if not limits_of(report.target).microcode.value:
        report = replace(report, findings=(*report.findings, _NO_MICROCODE))
    report.require()
