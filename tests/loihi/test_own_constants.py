"""Constants of a group that hold a number for each neuron."""

from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn import CUBA, loihi, reference
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.loihi.mapping.partition import partition
from lava_intsnn.loihi.microcode import Constant, assemble, disassemble
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.network import Dense, Network
from lava_intsnn.state import State, initial_state

NEURON = CUBA(vth=(5, 60, 7), window=1, current_decay=2000, voltage_decay=9, bias_mant=(1, -9, 40))


def network(neuron=NEURON, **changes):
    layer = Dense(n_in=64, n_out=3, neuron=neuron, lr_shift=0)
    options = {"steps": 30, "batch": 1, "precision": "8-8", "tie_break": False} | changes
    return Network(name="own", layers=(layer,), **options)


def compiled(net, state):
    return loihi.compile(net, state, learning=False)


def test_each_neuron_reads_its_own_and_listings_keep_them():
    net = network()
    state = initial_state(net, 1)
    image = compiled(net, state)
    group = image.program.groups[0]
    assert group.find("constant", "vth").value == (5 << 6, 60 << 6, 7 << 6)
    assert group.find("constant", "bias").value == (1 << 6, -9 << 6, 40 << 6)
    text = disassemble(image.program)
    assert "  constant bias 64 -576 2560\n" in text
    assert assemble(text) == image.program
    images = np.random.default_rng(0).integers(0, 256, (5, 64)).astype(np.uint8)
    keys = np.arange(5, dtype=np.uint64)
    found = loihi.VirtualChip(image, network=net).infer_batch(images, keys)
    expected = reference.infer_batch(net, state, images, keys)
    np.testing.assert_array_equal(found.counts, expected.counts)
    np.testing.assert_array_equal(found.v, expected.v)


def test_numbers_that_are_all_the_same_are_one_constant():
    net = network(replace(NEURON, vth=(5, 5, 5), bias_mant=0))
    group = compiled(net, initial_state(net, 1)).program.groups[0]
    assert group.find("constant", "vth").value == 320
    assert "bias" not in [constant.name for constant in group.constants]


def test_a_constant_of_another_length_is_refused():
    net = network()
    group = compiled(net, initial_state(net, 1)).program.groups[0]
    with pytest.raises(MicrocodeError, match=r"constant more has 2 numbers: must be one, or 3"):
        replace(group, constants=(*group.constants, Constant("more", (1, 2))))
    with pytest.raises(MicrocodeError, match="constant more = 4294967296"):
        replace(group, constants=(*group.constants, Constant("more", (1, 2, 1 << 32))))


def test_a_core_has_room_for_them():
    alike = replace(NEURON, vth=5, bias_mant=0)
    own, one = (
        partition(network(neuron), limits=LOIHI2, learning=False) for neuron in (NEURON, alike)
    )
    sizes = [
        {region.name: region.size for region in placed.cores[0].regions} for placed in (own, one)
    ]
    assert sizes[0]["parameters"] - sizes[1]["parameters"] == 2 * 3 * 4


def test_a_current_wraps_on_the_chip_as_in_lava():
    net = network(CUBA(vth=100000, window=1, current_decay=0, voltage_decay=4096))
    weights = np.full((3, 64), 127, np.int32)
    weights[1], weights[2, 32:] = -127, -127
    state = State(weights=(weights,))
    images, keys = np.full((1, 64), 255, np.uint8), np.arange(1, dtype=np.uint64)
    expected = reference.infer_batch(net, state, images, keys)
    # a step adds 64 * 127 << 6: after 17 of them the current is beyond 2 ** 23
    assert expected.v[0, 0] < 0 < expected.v[0, 1]
    found = loihi.VirtualChip(compiled(net, state), network=net).infer_batch(images, keys)
    np.testing.assert_array_equal(found.v, expected.v)
    np.testing.assert_array_equal(found.counts, expected.counts)
