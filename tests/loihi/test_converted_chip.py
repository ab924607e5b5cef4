"""Converted networks on the virtual chip: every spike, count and logit of the engine."""

from dataclasses import replace

import numpy as np
import pytest
from families import family
from hand_made_ann import hand_made
from hypothesis import assume, given, strategies as st
from random_conversion import quantised_networks

from lava_intsnn import data, loihi
from lava_intsnn.conversion.converter import convert
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.spiking_engine import infer
from lava_intsnn.conversion.spiking_network import SpikingLayer, SpikingNetwork
from lava_intsnn.conversion.spiking_reference import infer_image
from lava_intsnn.data.errors import DataError
from lava_intsnn.loihi import (
    ConvertedChip,
    LegalityError,
    compile_converted,
    preflight_converted,
    run_on_chip,
)
from lava_intsnn.loihi.microcode import Image, MicrocodeError, assemble, disassemble
from lava_intsnn.network import NetworkError

STEPS = 9


@st.composite
def arbitrary_networks(draw):
    """Networks that no conversion gives: thresholds equal, negative, never or always reached."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = in_shape = (draw(st.integers(1, 6)), draw(st.integers(1, 6)), draw(st.integers(1, 3)))
    layers = []
    for index in range(draw(st.integers(1, 4))):
        padding = draw(st.integers(0, 2))
        kernel = draw(st.integers(padding + 1, max(padding + 1, min(4, min(shape[:2])))))
        assume(kernel <= min(shape[:2]) + 2 * padding)
        stride, channels = draw(st.integers(1, 3)), draw(st.integers(1, 6))
        largest = draw(st.sampled_from((1, 127)))
        w = rng.integers(-largest, largest + 1, (channels, kernel, kernel, shape[2]))
        wide = max(2, int(np.abs(w).sum(axis=(1, 2, 3)).max())) * (255 if index == 0 else 2)
        theta = rng.integers(-wide // 4, wide, (channels, draw(st.integers(STEPS, STEPS + 3))))
        theta[rng.random(theta.shape) < 0.1] = draw(st.sampled_from((0, -(2**40), 2**40)))
        amplitude = draw(st.sampled_from((1, 2, 4) if index == 0 else (1, 1, 3)))
        layers.append(
            SpikingLayer(w.astype(np.int8), np.sort(theta, axis=1), stride, padding, amplitude)
        )
        height, width = ((n + 2 * padding - kernel) // stride + 1 for n in shape[:2])
        shape = (height, width, channels)
    readout = rng.integers(-128, 128, (draw(st.integers(2, 5)), int(np.prod(shape))))
    pixels = Pixels(draw(st.sampled_from(("raw", "centred"))))
    network = SpikingNetwork("any", in_shape, pixels, tuple(layers), readout.astype(np.int8))
    images = rng.integers(0, 256, (draw(st.integers(1, 3)), *in_shape)).astype(np.uint8)
    images[rng.random(images.shape) < 0.4] = 0
    return network, images


@given(quantised_networks(ternary=True), st.sampled_from(("exact", "compact")), st.integers(1, 16))
@family(200)
def test_converted_networks_spike_as_in_the_engine(case, form, steps):
    ann, images = case
    assume(ann.pixels.scale != "standardised" or ann.layers[0].weights.size < 40)
    network = convert(ann, levels=16, thresholds=form)
    assume(preflight_converted(network, steps=steps).fits)
    found = run_on_chip(network, images, steps=steps, record=True)
    assert found.differences(infer(network, images, steps=steps, record=True)) == []


@given(arbitrary_networks(), st.integers(1, STEPS))
@family(200)
def test_arbitrary_networks_spike_as_in_the_reference(case, steps):
    network, images = case
    found = run_on_chip(network, images[:1], steps=steps, record=True)
    assert found.differences(infer_image(network, images[0], steps=steps)) == []


@pytest.fixture(scope="module")
def network():
    return convert(hand_made(), levels=16)


@pytest.fixture(scope="module")
def images():
    return data.digits("test").head(7).maps


def test_chips_side_by_side_and_one_after_the_other_change_nothing(network, images):
    wanted = infer(network, images, steps=STEPS, record=True)
    assert wanted.retractions.sum() > 0
    image = compile_converted(network, steps=STEPS)
    counted = []
    for batch in (1, 3, 16):
        chip = ConvertedChip(image, network=network, steps=STEPS, batch=batch)
        assert chip.infer(images).differences(wanted) == []
        counted.append(chip.counters)
    assert counted[0] == counted[1] == counted[2]
    quick = chip.infer(images, record=False)
    assert quick.differences(replace(wanted, spikes=None)) == []


def test_the_core_counts_the_engines_spikes_and_synaptic_operations(network, images):
    chip = ConvertedChip(compile_converted(network, steps=STEPS), network=network, steps=STEPS)
    result = chip.infer(images)
    groups = list(chip.counters.groups.values())
    assert [g.spikes for g in groups[:-1]] == result.events.sum(axis=(0, 2)).tolist()
    assert [g.synaptic_ops for g in groups[1:]] == result.synops.sum(axis=(0, 2)).tolist()
    assert chip.counters.steps == len(images) * (STEPS + len(network.layers))


def test_a_listing_assembles_to_the_same_program(network, images):
    image = compile_converted(network, steps=STEPS)
    program = assemble(disassemble(image.program))
    assert program == image.program
    again = Image(program, image.data, image.parameters)
    chip = ConvertedChip(again, network=network, steps=STEPS)
    assert chip.infer(images).differences(infer(network, images, steps=STEPS, record=True)) == []


def test_a_line_takes_the_place_of_a_table_where_it_is_smaller(network):
    groups = compile_converted(network, steps=12).program.groups
    names = [[state.name for state in group.parameters] for group in groups]
    assert names[0] == ["theta_1", "theta_2", "theta_3", "theta_4"]
    assert names[1] == ["theta_first", "theta_step"]
    assert names[-1] == []


def test_the_host_wants_the_program_of_its_network(network):
    image = compile_converted(network, steps=STEPS)
    with pytest.raises(MicrocodeError, match="other inputs, groups or timing than network"):
        ConvertedChip(image, network=network, steps=STEPS + 1)
    with pytest.raises(MicrocodeError, match="batch = 0"):
        ConvertedChip(image, network=network, steps=STEPS, batch=0)
    chip = ConvertedChip(image, network=network, steps=STEPS)
    with pytest.raises(MicrocodeError, match="no images"):
        chip.infer(np.zeros((0, 8, 8, 1), np.uint8))
    with pytest.raises(ConversionError, match="17..16|1..16"):
        compile_converted(network, steps=17)


def wide_layer(network, index, **changes):
    layers = list(network.layers)
    layers[index] = replace(layers[index], **changes)
    return replace(network, layers=tuple(layers))


def test_what_is_too_wide_is_refused_with_its_reason(network):
    w = network.layers[1].weights
    wide = wide_layer(network, 1, weights=w.astype(np.int32) * 300)
    with pytest.raises(LegalityError) as refusal:
        compile_converted(wide, steps=STEPS)
    text = str(refusal.value)
    assert "layer 1: weights -300..300; hardware takes -128..127 (8 bits)" in text
    assert "--ends integer" in text
    readout = replace(network, readout=np.full(network.readout.shape, 2**20, np.int32))
    (weights, total, logit) = preflight_converted(readout, steps=STEPS).findings
    assert (weights.layer, weights.what, total.what) == (3, "weights", "synaptic sum")
    assert logit.what == "logit"
    assert logit.found == f"up to {12 * STEPS * 2**20} (28 bits)"
    assert logit.nearest == "fewer --steps: counts are then lower"


def test_loihi_1_is_refused_by_name(network):
    report = preflight_converted(network, steps=STEPS, target="loihi1")
    assert [each.what for each in report.findings][:2] == ["neuron programs", "spikes"]
    with pytest.raises(LegalityError, match="cannot take a spike back"):
        compile_converted(network, steps=STEPS, target="loihi1")
    with pytest.raises(NetworkError, match="loihi3"):
        preflight_converted(network, steps=STEPS, target="loihi3")


def test_a_table_has_as_many_thresholds_as_a_group_has_states():
    rng = np.random.default_rng(0)
    theta = np.sort(rng.integers(0, 900, (1, 90)), axis=1)
    one = np.ones((1, 1, 1, 1), np.int8)
    encoder = SpikingLayer(one, np.array([[50, 100, 150, 200]]), amplitude=100)
    network = SpikingNetwork(
        "long", (1, 1, 1), Pixels(), (encoder, SpikingLayer(one, theta)), np.ones((2, 1), np.int8)
    )
    (finding,) = preflight_converted(network, steps=80).findings
    assert "80 that lie on no line" in str(finding)
    assert finding.nearest == "--steps 62"
    images = np.array([0, 60, 255], np.uint8).reshape(3, 1, 1, 1)
    found = run_on_chip(network, images, steps=62, record=True)
    assert found.differences(infer(network, images, steps=62, record=True)) == []


def test_a_convolution_that_the_compiler_lacks_is_named():
    w = np.ones((1, 1, 1, 1), np.int8)
    encoder = SpikingLayer(w, np.array([[1]]), padding=1)
    network = SpikingNetwork("padded", (2, 2, 1), Pixels(), (encoder,), np.ones((2, 16), np.int8))
    with pytest.raises(NetworkError, match="layer 0 of padded: padding = 1"):
        preflight_converted(network, steps=3)


def test_every_public_name_is_in_loihi():
    for name in ("compile_converted", "ConvertedChip", "estimate_converted", "run_on_chip"):
        assert callable(getattr(loihi, name))


@pytest.mark.slow
def test_lenet_spikes_as_in_the_engine_on_a_hundred_images():
    try:
        mnist = data.load("mnist", "test", download=False)
    except DataError:
        pytest.skip("no MNIST here: LAVA_INTSNN_DATA names its folder")
    ann = hand_made(name="lenet", preset_name="lenet-mnist", stack=None, images=mnist.head(50).maps)
    network = convert(ann, levels=16)
    images = mnist.maps[50:150]
    found = run_on_chip(network, images, steps=16, record=True)
    wanted = infer(network, images, steps=16, record=True)
    assert wanted.retractions.sum() > 1000
    assert found.differences(wanted) == []
