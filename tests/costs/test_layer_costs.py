"""Memory and operations of pools, groups and given delays, by hand."""

from dataclasses import replace

from lava_intsnn.costs.activity import full_activity
from lava_intsnn.costs.memory import memory
from lava_intsnn.costs.operations import operations
from lava_intsnn.network import Conv, Dense, Network, Neuron, Pool
from lava_intsnn.report.network_tables import layer_rows

LEARNS = {"neuron": Neuron(vth=50, window=9), "lr_shift": 3}
CONV = Conv(
    in_shape=(8, 8, 2),
    pool=Pool(kind="average", in_shape=(8, 8, 2), kernel=2, stride=2),
    channels=4,
    kernel=(3, 1),
    stride=1,
    groups=2,
    **LEARNS,
)
DENSE = Dense(n_in=CONV.n_out, n_out=3, max_delay=3, delay_source="state", **LEARNS)
NETWORK = Network(name="x", layers=(CONV, DENSE), steps=5, batch=2)


def test_memory_of_windows_and_delays():
    found = {(e.section, e.name): e for e in memory(NETWORK, accounting="exact").elements}
    windows = found["hidden forward", "windows of s_in"]
    assert (windows.shape, windows.bits) == ((2, 32), 3)  # 4x4 windows of 2 channels; sums to 4
    assert found["hidden forward", "s_in, train"].shape == (2, 5, 128)
    assert found["hidden forward", "s_in, train"].bits == 1
    weights = found["hidden forward", "w_shadow"]
    assert weights.shape == (4, 3)  # three kernel entries of one channel for each of four filters
    delays = found["output forward", "delays"]
    assert (delays.shape, delays.bits) == ((3, 32), 2)


def test_memory_and_operations_of_delays_that_learn():
    """Shadow delays of 2 + 8 bits; a slope, a product and a step for each of 96 synapses."""
    dense = replace(DENSE, delay_bits=8, delay_lr_shift=5)
    network = replace(NETWORK, layers=(CONV, dense))
    found = {(e.section, e.name): e for e in memory(network, accounting="exact").elements}
    delays = found["output forward", "d_shadow"]
    assert (delays.shape, delays.bits) == ((3, 32), 10)
    assert ("output forward", "delays") not in found
    slope = found["output update", "slope"]
    assert slope.shape == (3, 32)
    assert slope.bits == network.check().layers[1].slope.bit_length() + 1
    lines = operations(network, full_activity(network), accounting="exact").lines
    counts = {(line.section, line.element, line.kind): line.count for line in lines}
    assert counts["output update", "delta of delays", "MUL"] == 96
    assert counts["output update", "delay update", "ADD"] == 96
    plain = operations(NETWORK, full_activity(NETWORK), accounting="exact").lines
    assert not any("delays" in line.element or line.element == "slope" for line in plain)
    assert (
        layer_rows(network)[2][-1] == "dense, delays 0..3, learned, 8 fractional bits, lr_shift 5"
    )


def test_operations_of_windows():
    lines = operations(NETWORK, full_activity(NETWORK), accounting="exact").lines
    found = {(line.section, line.element, line.kind): line for line in lines}
    pool = found["hidden forward", "pool", "ADD"]
    assert pool.count == 5 * 2 * 128  # every input is in one window
    products = found["hidden forward", "synaptic sum", "MUL"]
    assert products.count == 5 * 2 * (2 * 4 * 4) * 3  # 32 neurons with three synapses each
    assert products.widths == (8, 3)
    assert found["hidden forward", "average", "SHIFT"].count == 5 * 2 * 32


def test_tables_say_what_a_layer_sees():
    _, conv, dense = layer_rows(NETWORK)
    assert conv[-1] == "average of windows 2x2, stride 2, conv 3x1, stride 1, 2 groups, to 2x4x4"
    assert dense[-1] == "dense, delays 0..3, given"
