"""A kind of neuron nobody knows: what declares itself works, what cannot be said is refused."""

from dataclasses import dataclass

import numpy as np
import pytest

from lava_intsnn import loihi
from lava_intsnn.arithmetic import limit
from lava_intsnn.costs.activity import full_activity
from lava_intsnn.costs.memory import memory
from lava_intsnn.costs.operations import operations
from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.formats.loihi_rule import export_loihi_rule
from lava_intsnn.formats.netx import export_netx
from lava_intsnn.formats.nir import export_nir
from lava_intsnn.loihi.learning_engine.engine_rule import unlearnable
from lava_intsnn.loihi.legality import check
from lava_intsnn.loihi.mapping.core_memory import state_bytes
from lava_intsnn.loihi.microcode import ins
from lava_intsnn.loihi.microcode.neuron_programs import FIRES, PROGRAMS, NeuronProgram
from lava_intsnn.loihi.microcode.neuron_programs.neuron_steps import (
    common_constants,
    gate_and_fire,
    integrate,
)
from lava_intsnn.network import Dense, Feedback, Loss, Network, NetworkError, Neuron, Precision
from lava_intsnn.network.neuron import NeuronState
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference import encode
from lava_intsnn.state import initial_state

B_BITS = 12


@dataclass(frozen=True, kw_only=True)
class Tiring(Neuron):
    """Its threshold grows with every spike, and what it has grown by decays."""

    growth: int = 30
    rest_shift: int = 3

    kind = "tiring"

    def states(self, current):
        b = NeuronState(name="b", bits=B_BITS, policy="saturate", bound=limit(B_BITS) + self.growth)
        return (*super().states(current), b)


def _step(part, *, first):
    yield from integrate(part, first=first)
    if not first:
        yield ins("READ", "r3", "b")
        yield ins("ADD", "r4", "r3", "vth", comment="the threshold")
    yield from gate_and_fire(part, threshold="vth" if first else "r4")
    yield ins("SEL", "r4", FIRES, "growth", "zero")
    if not first:
        yield ins("SHR", "r5", "r3", part.neuron.rest_shift)
        yield ins("SUB", "r3", "r3", "r5")
        yield ins("ADD", "r4", "r3", "r4")
    yield ins("SAT", "r4", "r4", B_BITS)
    yield ins("STORE", "b", "r4")


def _constants(part):
    return common_constants(part) | {"growth": part.neuron.growth}


@pytest.fixture
def programmed(monkeypatch):
    monkeypatch.setitem(PROGRAMS, "tiring", NeuronProgram(constants=_constants, step=_step))


def network(**neuron):
    layers = tuple(
        Dense(n_in=a, n_out=b, neuron=Tiring(vth=20, window=40, **neuron), lr_shift=5, clip=1 << 20)
        for a, b in ((12, 9), (9, 3))
    )
    return Network(
        name="tiring",
        layers=layers,
        steps=30,
        batch=1,
        precision=Precision(shadow_bits=8, inference_bits=8, full_range=True),
        loss=Loss(alpha=2, err_bits=8),
        feedback=Feedback(weights="random", time_gated=False, v_fb_bits=8),
    )


def kinds(net, **asked):
    found = check(net, learning=False, **asked)
    return [(f.layer, f.found, f.binds) for f in found if f.what == "neuron kind"]


def test_a_kind_without_a_program_is_refused():
    assert kinds(network(), target="loihi2") == [
        (0, "tiring", "compiler"),
        (1, "tiring", "compiler"),
    ]
    refused = [(layer, "tiring", "hardware") for layer in (0, 1)]
    assert kinds(network(guarded=True), target="loihi1") == refused
    with pytest.raises(NetworkError, match="neuron kind tiring; compiler takes lif"):
        loihi.compile(network(), initial_state(network()), learning=False)


@pytest.mark.usefixtures("programmed")
def test_a_kind_with_a_program_is_legal_where_there_are_programs():
    assert check(network(), target="loihi2", learning=False) == ()
    assert len(kinds(network(guarded=True), target="loihi1")) == 2


def plain(net, state, images, keys):
    counts = np.zeros((len(images), net.n_classes), int)
    for sample, (image, key) in enumerate(zip(images, keys)):
        spikes = encode(net.encoder, image, key=key, steps=net.steps).astype(int)
        for index, layer in enumerate(net.layers):
            w, neuron = state.w(net, index).astype(int), layer.neuron
            v, b, out = np.zeros(layer.n_out, int), np.zeros(layer.n_out, int), []
            for s in spikes:
                v = np.clip((v >> neuron.decay_shift) + w @ s, -limit(24), limit(24))
                fires = v > neuron.vth + b
                v = np.where(fires, 0, v)
                b = np.clip(b - (b >> neuron.rest_shift) + neuron.growth * fires, None, limit(12))
                out.append(fires.astype(int))
            spikes = np.array(out)
        counts[sample] = spikes.sum(0)
    return counts


@pytest.mark.usefixtures("programmed")
def test_the_virtual_chip_runs_its_program():
    net = network()
    state = initial_state(net, 1)
    images = np.random.default_rng(2).integers(0, 256, (20, net.n_in), dtype=np.uint8)
    keys = eval_keys(7, len(images))
    image = loihi.compile(net, state, learning=False)
    assert [(s.name, s.bits) for s in image.program.groups[0].states] == [("v", 24), ("b", 12)]
    with loihi.VirtualChip(image, network=net) as chip:
        counts = chip.infer_batch(images, keys).counts
    expected = plain(net, state, images, keys)
    assert expected.any()
    assert counts.tolist() == expected.tolist()
    without = plain(network(growth=0), state, images, keys)
    assert (expected < without).any()


def test_memory_follows_from_the_declared_states():
    net = network()
    assert state_bytes(net, 0) == 3 + 2
    assert state_bytes(net, 1) == 3 + 2 + 1
    lines = {(e.section, e.name): e.bits for e in memory(net).elements}
    assert (lines["hidden forward", "v"], lines["hidden forward", "b"]) == (24, 12)
    assert lines["parameters", "growth, hidden"] == 5
    assert lines["parameters", "rest_shift, output"] == 2


def test_operations_of_an_unknown_kind_are_not_guessed():
    with pytest.raises(NetworkError, match="'tiring'.*lif only"):
        operations(network(), full_activity(network()))


@pytest.mark.usefixtures("programmed")
def test_learning_dense_refuses_other_neurons():
    net = network()
    assert check(net, target="loihi2", learning=True) == ()
    assert len(unlearnable(net)) == 2
    assert "tiring neurons: the learning neurons compute lif alone" in unlearnable(net)[0]


@pytest.mark.usefixtures("programmed")
@pytest.mark.parametrize("export", [export_netx, export_nir, export_loihi_rule])
def test_formats_of_others_refuse_other_neurons(export, tmp_path):
    if export is export_nir:
        pytest.importorskip("nir")
    net = network(guarded=True)
    with pytest.raises(ExchangeError, match="layer 0: tiring neurons"):
        export(net, initial_state(net), tmp_path / "file")
