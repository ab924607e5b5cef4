"""Even weights of nine bits, as lava-dl trains them, run on the virtual core as they are."""

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.loihi.limits.held_weights import bits_of_weights
from lava_intsnn.network import NetworkError
from lava_intsnn.random_keys import eval_keys


def network(recurrence=None):
    neuron = ls.CUBA(vth=300, window=600, current_decay=1000, voltage_decay=300)
    return ls.Network(
        name="even",
        layers=(
            ls.Dense(n_in=30, n_out=20, neuron=neuron, lr_shift=8, recurrence=recurrence),
            ls.Dense(n_in=20, n_out=4, neuron=neuron, lr_shift=8),
        ),
        steps=12,
        precision="16-9",
    )


def state_of(net, draw):
    rng = np.random.default_rng(3)
    shift = net.precision.w_shift
    return ls.State(
        weights=tuple(
            (draw(rng, each.weight_shape) << shift).astype(np.int32) for each in net.layers
        )
    )


@pytest.mark.parametrize("recurrence", [None, ls.Recurrence(source="spikes", shift=0)])
def test_they_compile_and_count_the_engines_spikes(recurrence):
    net = network(recurrence)
    state = state_of(net, lambda rng, shape: 2 * rng.integers(-127, 128, shape))
    assert ls.loihi.preflight(net, learning=False, state=state).fits
    image = ls.loihi.compile(net, state, target="loihi2", learning=False)
    images = np.random.default_rng(0).integers(0, 256, (5, 30), dtype=np.uint8)
    keys = eval_keys(0, 5)
    with ls.loihi.VirtualChip(image, network=net) as chip, ls.executor(net, state) as engine:
        there, here = chip.infer_batch(images, keys), engine.infer_batch(images, keys)
    assert here.counts.any()
    np.testing.assert_array_equal(there.counts, here.counts)


def test_each_block_of_synapses_has_its_own_width():
    net = network(ls.Recurrence(source="spikes", shift=0))
    odd = state_of(net, lambda rng, shape: 2 * rng.integers(-127, 128, shape))
    odd.weights[0][:, 30:] = 77 << net.precision.w_shift  # recurrent: odd, but of eight bits
    assert ls.loihi.preflight(net, learning=False, state=odd).fits
    image = ls.loihi.compile(net, odd, target="loihi2", learning=False)
    assert [block.bits for block in image.program.blocks] == [9, 8, 9]


def test_one_odd_weight_beyond_eight_bits_is_refused():
    net = network()
    state = state_of(net, lambda rng, shape: 2 * rng.integers(-127, 128, shape))
    state.weights[1][0, 0] = 129 << net.precision.w_shift
    (finding,) = ls.loihi.preflight(net, learning=False, state=state).findings
    assert finding.what == "width of inference weights"
    with pytest.raises(NetworkError):
        ls.loihi.compile(net, state, target="loihi2", learning=False)


@pytest.mark.parametrize(
    ("weights", "bits"),
    [([-128, 127], 8), ([-256, 254], 9), ([-257], None), ([256], None), ([128, 1], None), ([], 8)],
)
def test_bits_of_weights(weights, bits):
    assert bits_of_weights(np.array(weights, np.int64), LOIHI2) == bits
