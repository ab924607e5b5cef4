"""Mapping: by hand on small cases, against explicit connectivity on random ones."""

from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from random_layers import layered_networks
from random_loihi import loihi_networks
from random_networks import EVERYTHING, networks

from lava_intsnn import loihi, presets
from lava_intsnn.loihi.limits import LOIHI1, LOIHI2, Limit
from lava_intsnn.loihi.mapping import core_memory, partition
from lava_intsnn.loihi.microcode.binary import encode
from lava_intsnn.network import Conv, Dense, Network, Neuron, Precision
from lava_intsnn.state import initial_state

NEURON = Neuron(vth=100, window=50)


def dense(n_in, n_out, **options):
    return Dense(n_in=n_in, n_out=n_out, neuron=NEURON, lr_shift=4, **options)


def network(*layers, **options):
    options.setdefault("precision", Precision(shadow_bits=8, inference_bits=8))
    return Network(name="small", layers=layers, **options)


def limited(table, **values):
    """Return ``table`` with other numbers."""
    return replace(table, **{name: Limit(value, "", "test") for name, value in values.items()})


def region(core, name):
    return next((r.size for r in core.regions if r.name == name), 0)


def connections(layer):
    """Return which input reaches which neuron, bool ``(n_out, n_in)``, from the definition."""
    if isinstance(layer, Dense):
        return np.ones((layer.n_out, layer.n_in), bool)
    height, width, channels = layer.in_shape
    rows, columns, filters = layer.out_shape
    windows, heard, of_group = layer.windows, channels // layer.groups, filters // layer.groups
    found = np.zeros((rows, columns, filters, height, width, channels), bool)
    for y, x, ky, kx in np.ndindex(rows, columns, *windows.kernel):
        at = [
            position * stride + k * dilation - padding
            for position, stride, k, dilation, padding in zip(
                (y, x), windows.stride, (ky, kx), windows.dilation, windows.padding
            )
        ]
        if 0 <= at[0] < height and 0 <= at[1] < width:
            for g in range(layer.groups):
                own, seen = (
                    slice(g * of_group, (g + 1) * of_group),
                    slice(g * heard, (g + 1) * heard),
                )
                found[y, x, own, at[0], at[1], seen] = True
    return found.reshape(layer.n_out, layer.n_in)


def test_memory_of_one_dense_core_by_hand():
    placed = partition(network(dense(784, 100)), limits=LOIHI2, learning=False)
    assert placed.fits
    assert placed.chips == 1
    (core,) = placed.cores
    # 100 weights of 8 bits are 12.5 words of 8 bytes: 13; 100 potentials of 24 bits and counts to
    # 20; two accumulators of 24 bits each; 784 input axons of 4 bytes
    assert [(r.name, r.offset, r.size) for r in core.regions] == [
        ("synapses", 0, 784 * 13 * 8),
        ("program", 81536, 2048),
        ("parameters", 83584, 64),
        ("neuron state", 83648, 400),
        ("accumulators", 84048, 600),
        ("axons in", 84648, 3136),
    ]
    assert core.synapses == 78400
    assert core.axons_in.total == 784
    assert core.axons_out.total == 0
    assert placed.layers[0].binds == ""


def test_learning_adds_tags_traces_labels_and_feedback():
    random = replace(
        presets.mnist_snn_loihi(),
        layers=(dense(50, 16), dense(16, 3)),
        steps=20,
    )
    hidden, output = partition(random, limits=LOIHI2, learning=True).cores
    # 16 weights of 8 bits fill two words; three lists of 16 random weights -7..7, 4 bits, one each
    assert region(hidden, "synapses") == 50 * 16 + 3 * 8
    # 16 tags of 9 bits take three words
    assert region(hidden, "tags") == 50 * 3 * 8
    assert region(hidden, "traces") == 88  # 50 presynaptic, 2 * 16 postsynaptic, to whole words
    assert hidden.axons_in.feedback == 3
    assert hidden.feedback_synapses == 48
    assert output.axons_in.label == 3
    assert output.axons_out.feedback == 3
    assert output.feedback_synapses == 0
    without = partition(random, limits=LOIHI2, learning=False)
    assert not any(region(core, "tags") + region(core, "traces") for core in without.cores)


def test_one_neuron_more_than_fits_takes_one_more_core():
    # 1000 lists of 23 words and what goes with 184 neurons is 191952 of 196608 bytes; of 24, more
    held = partition(network(dense(1000, 184)), limits=LOIHI2, learning=False)
    assert [core.neurons for core in held.cores] == [184]
    more = partition(network(dense(1000, 185)), limits=LOIHI2, learning=False)
    assert [(core.first, core.stop) for core in more.cores] == [(0, 92), (92, 185)]
    assert more.layers[0].binds == "memory (synapses)"


@pytest.mark.parametrize(
    ("layer", "limits", "fit", "binds"),
    [
        (dense(2, 1024), LOIHI1, 1024, "neurons"),
        # 16 words of 8 bytes hold 128 neurons, 1024 axons fill the synaptic memory
        (dense(1024, 128), LOIHI1, 128, "synaptic memory"),
        # synapses delayed by up to 62 steps have 64 slots, of 8192
        (dense(2, 128, max_delay=62), LOIHI1, 128, "delay slots"),
    ],
)
def test_what_binds(layer, limits, fit, binds):
    exact = partition(network(layer), limits=limits, learning=False)
    assert [core.neurons for core in exact.cores] == [fit]
    assert exact.layers[0].binds == ""
    above = partition(network(replace(layer, n_out=fit + 1)), limits=limits, learning=False)
    assert len(above.cores) == 2
    assert above.layers[0].binds == binds


def test_more_cores_above_are_more_axons_out_below():
    # 40 neurons that reach 3 cores need 120 axons: 50 allow 16 neurons a core
    limits = limited(LOIHI2, axons_out_per_core=50, neurons_per_core=40)
    net = network(dense(3, 40), dense(40, 120), dense(120, 2))
    placed = partition(net, limits=limits, learning=False)
    assert [len(layer.cores) for layer in placed.layers] == [3, 3, 1]
    assert placed.layers[0].binds == "axons out"
    assert max(core.axons_out.forward for core in placed.cores) == 14 * 3


def test_conv_is_shared_on_loihi2_and_unrolled_on_loihi1():
    conv = Conv(in_shape=(4, 4, 1), channels=3, kernel=2, stride=2, neuron=NEURON, lr_shift=4)
    # 4 kernel entries with 3 weights each, or 16 inputs with 3 synapses of 8 bits and an index
    for limits, form, n_bytes in (
        (LOIHI2, "shared kernel", 4 * 8),
        (LOIHI1, "sparse", 16 * 8),
    ):
        placed = partition(network(conv), limits=limits, learning=False)
        assert placed.layers[0].format == form
        assert region(placed.cores[0], "synapses") == n_bytes
        assert placed.cores[0].synapses == 48
    # 256 neurons need 8 index bits: 64 synapses of 16 bits are 16 words, of 17 they would be 17
    wide = replace(conv, channels=64)
    placed = partition(network(wide), limits=LOIHI1, learning=False)
    assert region(placed.cores[0], "synapses") == 16 * 16 * 8


@family(50)
@given(loihi_networks(), st.booleans())
def test_compiled_programs_have_what_the_memory_map_holds(net, learning):
    program = loihi.compile(net, initial_state(net, 0), learning=learning).program
    placed = partition(net, limits=LOIHI2, learning=learning)
    for index, (group, layer) in enumerate(zip(program.groups, placed.layers)):
        assert core_memory.state_bytes(net, index) == sum(
            -(-state.bits // 8) for state in group.states
        )
        assert core_memory.delay_slots(net, index, learning=learning) == 2 * len(group.ports)
        code = [word for phase in group.phases for word in encode(group, phase.code)]
        assert 4 * len(code) < core_memory.PROGRAM_BYTES
        assert 4 * len(group.constants) <= core_memory.PARAMETER_BYTES
        blocks = [block for block in program.blocks if block.group == group.name]
        synapses = sum(block.shape[0] * block.shape[1] for block in blocks)
        assert synapses == sum(core.synapses + core.feedback_synapses for core in layer.cores)


def test_a_neuron_that_does_not_fit_is_reported():
    placed = partition(network(dense(5000, 3), dense(3, 2)), limits=LOIHI2, learning=False)
    (overflow,) = placed.overflows
    assert (overflow.layer, overflow.resource, overflow.need, overflow.have) == (
        0,
        "axons in",
        5000,
        4096,
    )
    assert not placed.fits
    assert [core.layer for core in placed.cores] == [1]
    assert "5,000 of 4,096 (axons in)" in placed.text()


def test_more_cores_than_a_chip_has_are_reported():
    limits = limited(LOIHI2, neurons_per_core=2, cores_per_chip=3)
    placed = partition(network(dense(4, 5), dense(5, 2)), limits=limits, learning=False)
    (overflow,) = placed.overflows
    assert (overflow.layer, overflow.resource, overflow.need, overflow.have) == (
        None,
        "cores",
        4,
        3,
    )
    assert placed.chips == 2
    assert [(core.chip, core.index) for core in placed.cores] == [(0, 0), (0, 1), (0, 2), (1, 0)]


@pytest.mark.parametrize("build", [presets.mnist_snn_loihi, presets.mnist_snn_loihi_400])
def test_presets_fit(build):
    assert partition(build(), limits=LOIHI2, learning=True).fits
    assert partition(build(), limits=LOIHI1, learning=False).fits


@family(150)
@given(
    st.one_of(
        networks(max_steps=8, max_size=20, features=EVERYTHING),
        layered_networks(max_steps=8, pooled=False, features=EVERYTHING - {"conv"}),
    ),
    st.booleans(),
    st.sampled_from([LOIHI1, LOIHI2]),
    st.sampled_from([1, 3, 16, 8192]),
    st.sampled_from([304, 3000, 131072]),
    st.sampled_from([8, 40, 4096]),
)
def test_every_neuron_has_a_place_and_no_core_is_over_a_limit(
    net, learning, table, neurons, n_bytes, axons
):
    if table.shared_memory.value:
        n_bytes += 2112  # program and parameters
    limits = limited(
        table,
        neurons_per_core=neurons,
        synaptic_memory_bytes=n_bytes,
        axons_in_per_core=axons,
        axons_out_per_core=axons,
    )
    placed = partition(net, limits=limits, learning=learning)
    homeless = {overflow.layer for overflow in placed.overflows} - {None}
    last = len(net.layers) - 1
    for index, (layer, found) in enumerate(zip(net.layers, placed.layers)):
        if index in homeless:
            assert not found.cores
            continue
        held = [n for core in found.cores for n in range(core.first, core.stop)]
        assert held == list(range(layer.n_out))
        assert bool(found.binds) == (len(found.cores) > 1)
        into = connections(layer)
        recurrent = isinstance(layer, Dense) and layer.recurrence is not None
        for core in found.cores:
            mine = into[core.first : core.stop]
            assert core.synapses == mine.sum()
            assert core.axons_in.forward == mine.any(0).sum()
            assert core.recurrent_synapses == recurrent * layer.n_out * core.neurons
            assert core.axons_out.recurrent == recurrent * core.neurons * len(found.cores)
            if index < last and index + 1 not in homeless:
                above = connections(net.layers[index + 1])
                edges = sum(
                    above[other.first : other.stop, core.first : core.stop].any(0).sum()
                    for other in placed.layers[index + 1].cores
                )
                assert core.axons_out.forward == edges
            assert 1 <= core.neurons <= neurons
            assert core.axons_in.total <= axons
            assert core.axons_out.total <= axons
            ends = [0]
            for each in core.regions:
                assert each.size > 0
                assert each.offset >= ends[-1]
                assert each.offset % 8 == 0
                ends.append(each.end)
            assert ends[-1] <= placed.core_bytes
            synaptic = sum(region(core, name) for name in ("synapses", "tags", "traces"))
            assert synaptic <= n_bytes
            assert bool(region(core, "tags")) == learning
            if table.shared_memory.value:
                assert core.bytes == ends[-1] <= n_bytes
    assert [(core.chip, core.index) for core in placed.cores] == [
        divmod(k, limits.cores_per_chip.value) for k in range(len(placed.cores))
    ]


@family(60)
@given(st.integers(1, 60), st.integers(1, 200), st.booleans(), st.sampled_from([400, 2000, 8000]))
def test_a_dense_layer_takes_the_fewest_cores(n_in, n_out, learning, memory):
    limits = limited(LOIHI2, synaptic_memory_bytes=memory + 2112)

    def cores(n):
        return len(partition(network(dense(n_in, n)), limits=limits, learning=learning).cores)

    found = cores(n_out)
    if found > 1:  # with one core less, its largest shard would not fit
        assert cores(-(-n_out // (found - 1))) > 1
    if found:
        assert cores(-(-n_out // found)) == 1
