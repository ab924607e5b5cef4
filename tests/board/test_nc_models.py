"""Skeletons of NcProcessModels: what they declare, what they hand over, and their parity test."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from lava.magma.core.resources import Loihi2NeuroCore
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

import lava_intsnn as ls
from lava_intsnn import data, loihi, network as nw, presets
from lava_intsnn.board.board_parity import load_module, parity
from lava_intsnn.board.board_recording import load_recording, save_recording, state_of
from lava_intsnn.board.nc_shape import HAS_BOARD
from lava_intsnn.formats.program_file import Compiled, load_program
from lava_intsnn.loihi import write_nc_models
from lava_intsnn.loihi.microcode import Image, SynapseData, assemble
from lava_intsnn.network import NetworkError
from lava_intsnn.processes import IntConv, IntDense, IntReadout
from lava_intsnn.random_keys import train_keys
from lava_intsnn.state import initial_state
from lava_intsnn.systems.hosted_system import build_hosted

DIGITS = replace(presets.digits_snn_loihi(), steps=6)
FROZEN = replace(DIGITS, layers=(replace(DIGITS.layers[0], plastic=False), DIGITS.layers[1]))
NEURON = nw.Neuron(vth=60, window=50, v_bits=24)


def compiled(network, *, learning=True, seed=3):
    state = initial_state(network, seed)
    image = loihi.compile(network, state, learning=learning)
    return Compiled(image, network, "loihi2", state.seed, state.updates)


def convolution():
    conv = nw.Conv(
        in_shape=(6, 5, 1), channels=3, kernel=3, stride=2, padding=1, neuron=NEURON, lr_shift=4
    )
    return nw.Network(
        name="conv",
        layers=(conv, nw.Dense(n_in=conv.n_out, n_out=4, neuron=NEURON, lr_shift=4)),
        steps=5,
        batch=1,
        precision=nw.Precision(shadow_bits=8, inference_bits=8),
        feedback=nw.Feedback(time_gated=False, weights="random"),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("board") / "digits"
    write_nc_models(compiled(DIGITS), path, data=data.digits("test"), samples=3)
    return path


def models_of(path):
    """Import a folder's models, and forget the modules of another one."""
    sys.modules.pop("nc_board", None)
    board = load_module(path / "nc_board.py")
    return load_module(path / "nc_models.py"), board


def test_the_models_import_without_the_extension(folder):
    models, _ = models_of(folder)
    hidden, readout = models.MODELS
    assert [m.__name__ for m in models.MODELS] == ["NcHidden0Model", "NcReadoutModel"]
    assert (hidden.implements_process, readout.implements_process) == (IntDense, IntReadout)
    for model in models.MODELS:
        assert model.required_resources == [Loihi2NeuroCore]
        assert model.implements_protocol is LoihiProtocol
        assert issubclass(model, models.AbstractNcProcessModel)


def test_every_port_and_var_of_the_process_is_declared_with_its_width(folder):
    models, _ = models_of(folder)
    system = build_hosted(DIGITS, initial_state(DIGITS, 3))
    bounds = DIGITS.check().layers
    for index, (model, process) in enumerate(zip(models.MODELS, system.layers)):
        names = {var.name for var in process.vars}
        names |= {port.name for port in (*process.in_ports, *process.out_ports)}
        declared = {n: t for n, t in vars(model).items() if isinstance(t, models.LavaNcType)}
        assert set(declared) == names
        assert declared["v"].precision == bounds[index].states[0].bits
        assert declared["w"].precision == 8
        assert declared["s_out"].precision == 1
        for kind in declared.values():
            assert kind.precision <= 8 * np.dtype(kind.d_type).itemsize
    assert models.MODELS[1].count.precision == DIGITS.steps.bit_length() + 1


def test_allocate_ends_where_only_the_closed_library_can_go_on(folder):
    models, _ = models_of(folder)
    with pytest.raises(
        NotImplementedError, match=r"core 0:0 \(hidden_0, neurons 0 to 99\): only INRC"
    ):
        models.MODELS[0](proc_params={}).allocate(net=object())


@pytest.mark.parametrize(
    ("network", "learning"),
    [
        pytest.param(DIGITS, True, id="learning"),
        pytest.param(DIGITS, False, id="inference"),
        pytest.param(FROZEN, True, id="frozen"),
        pytest.param(convolution(), False, id="convolution"),
    ],
)
def test_what_is_handed_over_is_the_whole_program(tmp_path, monkeypatch, network, learning):
    """A program put together again from nothing but the arguments gives the same bits."""
    program = compiled(network, learning=learning)
    write_nc_models(program, tmp_path, samples=2)
    models, _ = models_of(tmp_path)
    calls = []
    monkeypatch.setattr(models, "configure_core", lambda *given: calls.append(given))
    net = object()
    for model in models.MODELS:
        model(proc_params={}).allocate(net)
    assert all(given[0] is net for given in calls)
    layers = list({id(layer): layer for _, _, layer, _, _ in calls}.values())
    head = f"program again\nperiod {layers[0]['period']}\n\ninput input n {network.n_in} bits 1\n"
    halves = [layer["listing"].partition("synapses ") for layer in layers]
    groups, synapses_ = ([half[k] for half in halves] for k in (0, 2))
    listing = "\n".join([head, *groups, *(f"synapses {text}" for text in synapses_), "end\n"])
    cut, numbers = {}, {}
    for _, _, layer, core, synapses in calls:
        for name, held in synapses.items():
            cut.setdefault(name, []).append(held["weights"])
            shared = {b["block"] for b in layer["synapses"] if b["shape"][0] != layer["neurons"]}
            parts = cut[name][:1] if name in shared else cut[name]
            numbers[name] = SynapseData(np.concatenate(parts))
        assert core["stop"] - core["first"] <= layer["neurons"]
    again = Image(assemble(listing), numbers)
    images = np.random.default_rng(1).integers(0, 256, (3, network.n_values)).astype(np.uint8)
    keys, labels = train_keys(3, 0, np.arange(3)), np.array([0, 1, 2], np.int32)
    seen = []
    for image in (program.image, again):
        chip = loihi.VirtualChip(image, network=network, seed=3, updates=0)
        seen.append(chip.infer_batch(images, keys).counts)
        if learning:
            chip.train_online(images, labels, keys)
            seen[-1] = seen[-1], *chip.state().weights
    for one, two in zip(*seen):
        np.testing.assert_array_equal(one, two)


def test_the_placement_covers_every_neuron_once(folder):
    models, _ = models_of(folder)
    for layer in models.LAYERS:
        neurons = [n for core in layer["cores"] for n in range(core["first"], core["stop"])]
        assert neurons == list(range(layer["neurons"]))
        assert layer["constants"]["vth"] in (250, 500)


# ---- parity


def test_the_simulator_gives_every_spike_and_weight(folder):
    found = parity(folder)
    assert (found.samples, found.wrong_spikes, found.wrong_weights) == (3, (), (0, 0))
    assert found.identical
    recorded = load_recording(folder / "recorded.npz")
    start = state_of(load_program(folder / "program.npz")).weights
    assert any((a != b).any() for a, b in zip(start, recorded.weights))  # something was learned
    assert recorded.spikes_out.any()


def test_the_simulator_learns_a_head_alone(tmp_path):
    write_nc_models(compiled(FROZEN), tmp_path, data=data.digits("test"), samples=2)
    found = parity(tmp_path)
    assert (found.wrong_spikes, found.wrong_weights) == ((), (0, 0))


def test_differences_are_told(tmp_path):
    write_nc_models(compiled(DIGITS), tmp_path, data=data.digits("test"), samples=2)
    recorded = load_recording(tmp_path / "recorded.npz")
    spikes, weights = recorded.spikes_out.copy(), [w.copy() for w in recorded.weights]
    spikes[1, 2, 3] ^= 1
    weights[1][0, :2] += 1
    save_recording(
        tmp_path / "recorded.npz", replace(recorded, spikes_out=spikes, weights=tuple(weights))
    )
    found = parity(tmp_path)
    assert (found.wrong_spikes, found.wrong_weights) == (((1, 1),), (0, 2))
    assert "sample 1: 1 output spikes differ\nlayer 1: 2 weights differ" in found.text()


def test_inference_has_no_weights_to_compare(tmp_path):
    write_nc_models(compiled(convolution(), learning=False), tmp_path, samples=2)
    models, _ = models_of(tmp_path)
    assert models.MODELS[0].implements_process is IntConv
    found = parity(tmp_path)
    assert found.identical
    assert found.wrong_weights is None


def test_the_most_negative_weight_of_a_symmetric_shadow_is_recorded(tmp_path):
    """Its inference weight, -128, is below every shadow weight with zeros in the bits below."""
    network = replace(convolution(), precision=nw.Precision(shadow_bits=16, inference_bits=8))
    state = initial_state(network, 3)
    state.weights[0][0, 0] = -32767
    image = loihi.compile(network, state, learning=False)
    write_nc_models(Compiled(image, network, "loihi2", 3, 0), tmp_path, samples=2)
    assert parity(tmp_path).identical


@pytest.mark.skipif(HAS_BOARD, reason="Lava's models for neuron cores are installed")
@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["-m", "pytest", "-q", "-p", "no:cacheprovider", "{}"], 0, "2 passed"),
        (
            ["-m", "pytest", "-q", "-p", "no:cacheprovider", "{}", "--backend", "board"],
            1,
            "INRC's ext",
        ),
        pytest.param(
            ["{}/test_parity.py"],
            0,
            "all output spikes and weights are those of the engine",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_generated_test_runs(folder, words, status, told):
    words = [word.format(folder) for word in words]
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, cwd=folder.parent, timeout=900
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert told in done.stdout


@pytest.mark.slow
def test_the_trained_network_of_mnist(tmp_path):
    network, state = ls.pretrained("mnist-snn-loihi")
    image = loihi.compile(network, state, learning=True)
    write_nc_models(Compiled(image, network, "loihi2", state.seed, state.updates), tmp_path)
    models, _ = models_of(tmp_path)
    assert [len(layer["cores"]) for layer in models.LAYERS] == [3, 1]
    assert parity(tmp_path).identical


# ---- files, and what is refused


def test_what_was_filled_is_kept(tmp_path):
    program = compiled(DIGITS)
    written = write_nc_models(program, tmp_path, samples=1)
    assert sorted(path.name for path in written) == sorted(p.name for p in tmp_path.iterdir())
    (tmp_path / "nc_board.py").write_text("def configure_core(*given): pass\n")
    (tmp_path / "nc_models.py").write_text("")
    again = write_nc_models(program, tmp_path, samples=1)
    assert "nc_board.py" not in [path.name for path in again]
    models, _ = models_of(tmp_path)
    models.MODELS[0](proc_params={}).allocate(object())


def test_refusals(tmp_path):
    with pytest.raises(NetworkError, match="samples = 0: must be an integer in 1..1000"):
        write_nc_models(compiled(DIGITS), tmp_path, samples=0)
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="is a file; name a folder"):
        write_nc_models(compiled(DIGITS), tmp_path / "file")
    with pytest.raises(ValueError, match="backend = 'chip': must be one of simulator, board"):
        parity(tmp_path, backend="chip")
    with pytest.raises(NetworkError, match="64"):
        write_nc_models(compiled(convolution(), learning=False), tmp_path, data=data.digits("test"))
