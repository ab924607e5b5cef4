"""Neurons of one layer with constants of their own: the equations by hand, and what is refused."""

import numpy as np
import pytest
from own_constants import LIF, network_above, several_constants

from lava_intsnn.arithmetic import limit
from lava_intsnn.network import ALIF, Conv, Dense, Network, NetworkError, Neuron
from lava_intsnn.reference.forward import run_layer
from lava_intsnn.reference.membrane import advance, resting

# --- by hand ------------------------------------------------------------------------------------


def test_each_neuron_decays_by_its_own_shift():
    neuron, states = Neuron(decay_shift=(0, 1, 2, 3), **LIF), None
    states = advance(neuron, resting(neuron, 8), np.full(8, 80)).states
    states = advance(neuron, states, np.zeros(8, np.int64)).states
    assert states[0].tolist() == [80, 40, 20, 10] * 2  # four numbers repeat over eight neurons


def test_each_neuron_has_its_own_threshold_and_adapts_in_its_own_way():
    neuron = ALIF(vth=(10, 20), window=9, adapt_step=(8, 8, 2, 2), adapt_shift=(1, 3))
    states, _, s, _ = advance(neuron, resting(neuron, 4), np.full(4, 15))
    assert s.tolist() == [1, 0, 1, 0]
    assert states[1].tolist() == [8, 0, 2, 0]
    states = advance(neuron, states, np.array([99, 99, 0, 99])).states
    # 8 - 8/2 + 8; 0 + 8; 2 - 2/2; 0 + 2
    assert states[1].tolist() == [12, 8, 1, 2]
    states = advance(neuron, states, np.zeros(4, np.int64)).states
    assert states[1].tolist() == [6, 7, 0, 1]  # 12 - 6, 8 - 1, 1 - 1, 2 - 1, each rounded up


def test_each_neuron_sees_a_trace_of_its_own():
    layer = Dense(n_in=1, n_out=4, neuron=Neuron(**LIF), lr_shift=0, trace_shift=(0, 1, 2, 0))
    seen = run_layer(layer, np.zeros((4, 1), np.int64), np.array([[8], [0], [4]]))
    assert [t.ravel().tolist() for t in seen.t_pre] == [[8] * 4, [8, 4, 2, 8], [12, 6, 4, 12]]
    assert seen.t_corr.ravel().tolist() == [28, 18, 14, 28]  # the gates are open


def test_a_trace_is_the_exact_eligibility_of_a_neuron_that_decays_by_a_product():
    """Without rounding, the trace is how the potential changes with the weight."""
    decays = (512, 2048)
    layer = Dense(
        n_in=1, n_out=2, neuron=Neuron(**LIF), lr_shift=0, trace_decay=decays, trace_bits=16
    )
    x = np.array([1, 0, 0, 1, 0])
    seen = run_layer(layer, np.zeros((2, 1), np.int64), x[:, None])
    for row, decay in enumerate(decays):
        exact = 0.0
        for t, s in enumerate(x):
            exact = exact * (1 - decay / 4096) + s
            assert abs(seen.t_pre[t][row, 0] / 2**16 - exact) < 1e-3


def test_filters_have_constants_of_their_own_at_all_positions():
    conv = {"in_shape": (3, 3, 1), "channels": 2, "kernel": 2, "stride": 1, "lr_shift": 0}
    layer = Conv(neuron=Neuron(decay_shift=(0, 2), **LIF), trace_shift=(0, 1), **conv)
    assert layer.trace_of().tolist() == [0, 1] * 4
    w, x = np.full((2, 4), 4), np.zeros((2, 9), np.int64)
    x[0] = 1
    seen = run_layer(layer, w, x)
    assert seen.states[1, 0].tolist() == [16, 4] * 4
    assert seen.t_pre[1].shape == (4, 2, 4)
    assert seen.t_pre[1][:, 0].all()
    assert not seen.t_pre[1][:, 1].any()


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "values", "message"),
    [
        ("decay_shift", (0, 1, 2), "decay_shift has 3 numbers: give one number, or 4, one for"),
        ("decay_shift", (0, 31), r"decay_shift\[1\] = 31: must be an integer in 0..30"),
        ("decay_shift", (), r"decay_shift = \(\): must have a number"),
        ("vth", (5, 0), r"vth\[1\] = 0: must be an integer in 1.."),
        ("vth", (5, 1 << 24), "the potential saturates at 8388607, so the neuron can never fire"),
        ("decay_shift", (0, 1.5), "must be an integer or a tuple, each entry an integer"),
    ],
)
def test_wrong_numbers_of_neurons_are_refused(field, values, message):
    with pytest.raises(NetworkError, match=message):
        Dense(n_in=2, n_out=4, neuron=Neuron(**LIF | {field: values}), lr_shift=0)


def test_wrong_numbers_of_traces_and_adaptations_are_refused():
    with pytest.raises(NetworkError, match="trace_shift has 3 numbers: give one number, or 4, one"):
        Dense(n_in=2, n_out=4, neuron=Neuron(**LIF), lr_shift=0, trace_shift=(1, 2, 3))
    with pytest.raises(NetworkError, match="a tuple, each entry an integer in 0..4096"):
        Dense(n_in=2, n_out=4, neuron=Neuron(**LIF), lr_shift=0, trace_decay=(1, 4097))
    with pytest.raises(NetworkError, match=r"adapt_step\[1\] = 0: must be an integer in 1.."):
        ALIF(adapt_step=(3, 0), **LIF)
    with pytest.raises(NetworkError, match="each entry an integer in 1..30"):
        ALIF(adapt_step=3, adapt_shift=(1, 0), **LIF)


def test_the_bound_of_a_potential_is_that_of_the_slowest_neuron():
    network = network_above(several_constants())
    rows = {row.state: row for row in network.check().table if row.layer == 0}
    assert rows["v"].bound == limit(24) + 1 + 5 * network.precision.w_max
    assert rows["adaptation"].bound == limit(20) + 80


def test_json_keeps_them_and_is_as_short_as_they_are():
    network = network_above(several_constants(trace_decay=(0, 512), trace_bits=4))
    text = network.to_json()
    assert Network.from_json(text) == network
    assert '"decay_shift": [\n     0,\n     1,\n     2,\n     3\n    ]' in text
