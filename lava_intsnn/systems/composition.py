"""What Processes composed by hand must agree on, lest they wait for each other for ever."""

from __future__ import annotations

from lava.magma.compiler.compiler_graphs import find_processes
from lava.magma.core.process.process import AbstractProcess

from lava_intsnn.network import NetworkError
from lava_intsnn.processes.int_readout.process import IntReadout
from lava_intsnn.processes.layer_process import HiddenProcess, LayerProcess, require_agreement
from lava_intsnn.processes.spike_encoder.process import SpikeEncoder


def check_composition(entry: AbstractProcess) -> None:
    """Raise NetworkError unless learning layers connected to ``entry`` fit each other.

    A layer that learns waits for feedback, so the layer above must learn too, and both must agree
    on when a sample ends and how many messages feedback takes.
    """
    processes = find_processes(entry)
    for process in processes:
        if isinstance(process, HiddenProcess) and _learns(process):
            for port in process.fb_in.get_src_ports():
                _check_pair(process, port.process)
    for process in processes:
        if isinstance(process, IntReadout):
            _check_labels(process)


def _learns(process: LayerProcess) -> bool:
    error = process.label_in if isinstance(process, IntReadout) else process.fb_in
    return bool(process.memory.learning[0]) and bool(error.get_src_ports())


def _check_labels(readout: IntReadout) -> None:
    labels = readout.label_in.get_src_ports()
    kind = readout.spec.network.loss.kind
    if labels and kind == "random" and not readout.key_in.get_src_ports():
        raise NetworkError(
            f"{readout.name} has the random loss, which draws from the samples' keys: connect "
            "key_in, say to the key_out of a SpikeEncoder"
        )
    for port in (*labels, *readout.key_in.get_src_ports()):
        encoder = port.process
        if isinstance(encoder, SpikeEncoder) and encoder.label_step != readout.label_step:
            raise NetworkError(
                f"{encoder.name} sends labels at label_step = {encoder.label_step}, "
                f"{readout.name} hears them at {readout.label_step}: give the former "
                f"label_step={readout.label_step}"
            )


def _check_pair(below: HiddenProcess, above: AbstractProcess) -> None:
    if not isinstance(above, LayerProcess):
        raise NetworkError(
            f"{below.name}.fb_in is connected to {above.name}, a {type(above).__name__}: connect "
            "the fb_out of an IntDense, IntConv or IntReadout"
        )
    if not _learns(above):
        raise NetworkError(
            f"{below.name} learns and would wait for feedback, but {above.name} does not learn: "
            "give both the same learning=, and connect label_in or fb_in of the latter"
        )
    require_agreement(below, above)
