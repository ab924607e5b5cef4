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


def test_operations_of_normalised_updates():
    """Magnitudes, maxima and a division of 16 bits for each weight, before the learning shift."""
    conv, dense = replace(CONV, normalise=True), replace(DENSE, normalise=True)
    network = replace(NETWORK, layers=(conv, dense))
    for floating in (False, True):
        with_, plain = (
            operations(net, full_activity(net), floating=floating).lines
            for net in (network, NETWORK)
        )
        new = [line for line in with_ if line.element.startswith("normalised update")]
        found = {(line.section, line.kind): line.count for line in new}
        quotient = {"MUL": 1} if floating else {"SHIFT": 16, "ADD": 16}
        each = {"ABS": 1, "CMP": 1, "B-MUL": 1} | quotient
        assert found == {
            (section, kind): times * weights
            for section, weights in (("hidden update", 4 * 3), ("output update", 3 * 32))
            for kind, times in each.items()
        }
        rest = [line for line in with_ if line not in new]
        assert [(x.element, x.kind, x.count) for x in rest] == [
            (x.element, x.kind, x.count) for x in plain
        ]
        shifts = [x.widths for x in rest if x.element == "learning rate"]
        assert shifts == [(32, 32) if floating else (17,)] * 2


def test_normalised_updates_and_small_first_weights_need_no_memory():
    network = replace(
        NETWORK, layers=tuple(replace(x, normalise=True, init_shift=2) for x in NETWORK.layers)
    )
    for accounting in ("exact", "paper"):
        assert memory(network, accounting=accounting).elements == (
            memory(NETWORK, accounting=accounting).elements
        )


def test_tables_say_how_a_layer_learns():
    dense = replace(DENSE, normalise=True, init_shift=2)
    for layer, text in (
        (dense, "dense, delays 0..3, given, normalised updates, initial weights >> 2"),
        (replace(dense, plastic=False), "frozen, dense, delays 0..3, given, initial weights >> 2"),
    ):
        assert layer_rows(replace(NETWORK, layers=(CONV, layer)))[-1][-1] == text
