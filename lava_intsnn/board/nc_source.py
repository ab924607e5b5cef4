"""The text of generated files: models, the function to fill, the parity test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pprint import pformat

from lava_intsnn.board.core_content import Content
from lava_intsnn.loihi.labels import THIS_CLASS
from lava_intsnn.network import FrameEncoder, Network

MODELS, BOARD, TEST, OPTIONS = "nc_models.py", "nc_board.py", "test_parity.py", "conftest.py"

_PROCESSES = {"dense": "IntDense", "conv": "IntConv"}
#: Bits of what the host sets and reads, which no program computes with.
_HOST_BITS = {"lr_shift": 8, "learning": 1, "updates": 64}


def class_name(content: Content) -> str:
    """Return the name of a layer's model: ``NcHidden0Model``, ``NcReadoutModel``."""
    return f"Nc{content['group'].title().replace('_', '')}Model"


def models_text(network: Network, contents: list[Content], *, version: str) -> str:
    """Return the module with a ProcessModel for each layer."""
    used = sorted({_process(network, index) for index in range(len(contents))})
    parts = [_head(network, used, version), _data(contents)]
    parts += [_model(network, content, index) for index, content in enumerate(contents)]
    names = "".join(f"{class_name(content)}, " for content in contents)
    parts.append(_TAIL.format(names=f"({names.strip()})"))
    return "\n\n\n".join(part.strip("\n") for part in parts) + "\n"


def _process(network: Network, index: int) -> str:
    last = index == len(network.layers) - 1
    return "IntReadout" if last else _PROCESSES[network.layers[index].kind]


def _head(network: Network, used: list[str], version: str) -> str:
    return _HEAD.format(name=network.name, version=version, used=", ".join(used))


def _data(contents: list[Content]) -> str:
    """Return the layers as literals; listings are texts of their own, to be read."""
    texts = []
    for k, content in enumerate(contents):
        texts.append(f'LISTING_{k} = """\\\n{content["listing"]}"""\n')
    texts.append("#: What each layer's cores hold; the numbers of synapses are in program.npz.")
    named = [{**content, "listing": f"LISTING_{k}"} for k, content in enumerate(contents)]
    literal = pformat(named, width=96, sort_dicts=False)
    texts.append("LAYERS = " + re.sub(r"'(LISTING_\d+)'", r"\1", literal))
    return "\n".join(texts)


def _model(network: Network, content: Content, index: int) -> str:
    process = _process(network, index)
    cores = content["cores"]
    places = ", ".join(f"{core['chip']}:{core['index']}" for core in cores)
    lines = [
        f"@implements(proc={process}, protocol=LoihiProtocol)",
        "@requires(Loihi2NeuroCore)",
        f"class {class_name(content)}(AbstractNcProcessModel):",
        f'    """Layer {index}: {content["neurons"]} neurons on {len(cores)} '
        f"core{'s' * (len(cores) != 1)} ({places})." + '"""',
        "",
        *_declarations(network, index),
        "",
        "    def allocate(self, net):",
        '        """Let every core of the layer be written."""',
        f"        allocate_layer(net, self, LAYERS[{index}])",
    ]
    return "\n".join(lines)


def _declarations(network: Network, index: int) -> Iterator[str]:
    """Yield the ports and Vars of a layer's Process, with their widths."""
    for name, (port, bits) in ports_of(network, index).items():
        kind = f"{_type(bits)}, precision={bits}"
        yield f"    {name}: {port} = LavaNcType({port}.VEC_DENSE, {kind})"
    for name, bits in vars_of(network, index).items():
        yield f"    {name}: np.ndarray = LavaNcType(np.ndarray, {_type(bits)}, precision={bits})"


def ports_of(network: Network, index: int) -> dict[str, tuple[str, int]]:
    """Return the ports of a layer's Process by name: class and bits."""
    error, s_in = network.loss.err_bits, 1
    if index == 0 and isinstance(network.encoder, FrameEncoder):
        s_in = network.encoder.max_count.bit_length() + 1
    ports = {"s_in": ("NcInPort", s_in), "s_out": ("NcOutPort", 1), "fb_out": ("NcOutPort", error)}
    if index < len(network.layers) - 1:
        return ports | {"fb_in": ("NcInPort", error)}
    label = THIS_CLASS.bit_length() + 1
    return ports | {"label_in": ("NcInPort", label), "key_in": ("NcInPort", 64)}


def vars_of(network: Network, index: int) -> dict[str, int]:
    """Return the Vars of a layer's Process by name: bits."""
    precision, bounds = network.precision, network.check().layers[index]
    found = {state.name: state.bits for state in bounds.states}
    found |= {"w": precision.w_bits, "w_shadow": precision.shadow_bits}
    found |= {"vth": bounds.states[0].bits, **_HOST_BITS}
    if index == len(network.layers) - 1:
        found["count"] = network.steps.bit_length() + 1
        found |= {"err": network.loss.err_bits, "prediction": network.n_classes.bit_length() + 1}
    return found


def _type(bits: int) -> str:
    return next(f"np.int{size}" for size in (8, 16, 32, 64) if bits <= size)


_HEAD = '''
"""NcProcessModels of the network {name!r}, generated by lava_intsnn {version}.

Every layer has a model of the shape that Lava's public history shows. The program, its constants
and its placement stand below as data; listing.txt explains them. One function is left to fill,
which only INRC's library can: configure_core in nc_board.py. Do not edit this file, it is written
again with the next program.
"""

from pathlib import Path

import lava_intsnn.lava_start  # before anything of Lava
import numpy as np
from lava.magma.core.decorator import implements, requires
from lava.magma.core.resources import Loihi2NeuroCore
from lava.magma.core.run_configs import Loihi2HwCfg
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from nc_board import configure_core

from lava_intsnn.board.core_content import core_synapses
from lava_intsnn.board.nc_shape import AbstractNcProcessModel, LavaNcType, NcInPort, NcOutPort
from lava_intsnn.formats.program_file import load_program
from lava_intsnn.processes import {used}
from lava_intsnn.processes.layer_process import LayerProcess

PROGRAM = load_program(Path(__file__).with_name("program.npz"))
'''

_TAIL = '''
def allocate_layer(net, model, layer):
    """Hand each core of a layer to the board, with the numbers of the synapses that it holds."""
    for core in layer["cores"]:
        configure_core(net, model, layer, core, core_synapses(PROGRAM.image, layer, core))


#: The models by the number of their layer.
MODELS = {names}


class BoardRunCfg(Loihi2HwCfg):
    """Runs layers as the models above, and everything else as Loihi2HwCfg chooses."""

    def select(self, process, proc_models):
        """Select the model of a layer by its number."""
        if isinstance(process, LayerProcess):
            return MODELS[process.spec.index]
        ours = type(process).__module__.startswith("lava_intsnn.")
        return proc_models[0] if ours else super().select(process, proc_models)
'''

BOARD_TEXT = '''"""What only a library for the board can do. Yours to fill; it is not written again.

``configure_core`` is the one thing missing between the models in nc_models.py and a chip. The
bridge below names Processes of INRC's extension as public programs use them; correct it if yours
differ.
"""


def configure_core(net, model, layer, core, synapses):
    """Write one neuron core.

    Parameters
    ----------
    net : object
        What the compiler passes to ``allocate``.
    model : AbstractNcProcessModel
        Its ports are to be connected to the core.
    layer : dict
        What all cores of the layer hold: states, ports, axons and constants with their widths and
        values, the schedule of phases, and the listing of the program, whose instruction set is
        that of docs/microcode.md. See lava_intsnn.board.core_content.layer_content.
    core : dict
        Its place, its neurons ``first .. stop - 1``, and a map of its memory that is our choice.
    synapses : dict of str to dict
        Weights, and delays if there are any, of each synapse block, int64 (neurons, inputs).
    """
    raise NotImplementedError(
        f"core {core['chip']}:{core['index']} ({layer['group']}, neurons {core['first']} to "
        f"{core['stop'] - 1}): only INRC's library can write a neuron core. Translate the listing "
        "to its instructions here, allocate states, axons and synapses of `net`, and connect the "
        "ports of `model`."
    )


class Bridge:
    """Connects Processes of the host with those on the chip."""

    def to_chip(self, source, target):
        """Connect an OutPort of the host to an InPort on the chip."""
        from lava.proc.embedded_io.spike import PyToNxAdapter

        adapter = PyToNxAdapter(shape=source.shape)
        source.connect(adapter.inp)
        adapter.out.connect(target)

    def from_chip(self, source, target):
        """Connect an OutPort on the chip to an InPort of the host."""
        from lava.proc.embedded_io.spike import NxToPyAdapter

        adapter = NxToPyAdapter(shape=source.shape)
        source.connect(adapter.inp)
        adapter.out.connect(target)
'''

TEST_TEXT = '''"""Spikes and weights of a board, or of the simulator, against the engine's.

    pytest FOLDER                               # the simulator: programs on virtual cores
    pytest FOLDER --backend board               # with INRC's library, nc_board.py filled
    python FOLDER/test_parity.py --backend board

The samples, and what the engine made of them, are in recorded.npz.
"""

import argparse
import sys
from pathlib import Path

import pytest

from lava_intsnn.board.board_parity import BACKENDS, parity

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def found(request):
    return parity(FOLDER, backend=request.config.getoption("--backend"))


def test_every_output_spike_is_that_of_the_engine(found):
    assert found.samples > 0
    assert found.wrong_spikes == ()


def test_every_weight_is_that_of_the_engine_after_learning(found):
    if found.wrong_weights is None:
        pytest.skip("the program was compiled for inference")
    assert found.wrong_weights == tuple(0 for _ in found.wrong_weights)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backend", choices=BACKENDS, default=BACKENDS[0])
    result = parity(FOLDER, backend=parser.parse_args().backend)
    print(result.text())
    sys.exit(0 if result.identical else 1)
'''

OPTIONS_TEXT = '''"""The option of the parity test."""


def pytest_addoption(parser):
    parser.addoption("--backend", choices=("simulator", "board"), default="simulator")
'''
