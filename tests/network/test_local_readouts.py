"""Local readouts in descriptions, states and files."""

import json
from dataclasses import replace

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn import networks, reference
from lava_intsnn.network import (
    Conv,
    Dense,
    LeakyReadout,
    Network,
    NetworkError,
    Neuron,
    frozen,
    with_local_readouts,
)
from lava_intsnn.random_keys import train_keys
from lava_intsnn.search.space import apply, space_of
from lava_intsnn.state import State, initial_state

PLAIN = networks.dense((20, 16, 12, 9, 5))
LOCAL = with_local_readouts(PLAIN)


def test_a_readout_is_the_output_layer_on_another_one():
    assert [readout.n_in for readout in LOCAL.local] == [16, 12, 9]
    assert LOCAL.local[2] == PLAIN.layers[-1]
    some = with_local_readouts(PLAIN, [1], plastic=False, lr_shift=7)
    assert [bool(readout) for readout in some.local] == [False, True, False]
    assert some.local[1] == replace(PLAIN.layers[-1], n_in=12, plastic=False, lr_shift=7)
    assert [layer.fb_shift for layer in PLAIN.layers] == [7, 7, 0, 0]
    assert [layer.fb_shift for layer in LOCAL.layers] == [0, 0, 0, 0]  # no chain to keep in range
    assert with_local_readouts(LOCAL, []).local == ()
    assert [layer.fb_shift for layer in some.layers] == [7, 0, 0, 0]


def test_branches_share_no_layer_that_learns():
    some = with_local_readouts(PLAIN, [1])
    assert some.sources == (-1, 0, 1, 2, 1)
    assert [branch.members for branch in some.branches] == [(0, 1, 4), (0, 1, 2, 3)]
    assert [branch.own for branch in some.branches] == [((0, 0), (1, 1), (2, 4)), ((2, 2), (3, 3))]
    assert [branch.learners for branch in some.branches] == [(0, 1), (2,)]
    assert frozen(some, [0, 2]).learners(3) == ()
    assert not frozen(some, [0, 1, 2]).sends_error
    assert PLAIN.branches[0].network is PLAIN


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda: replace(PLAIN, local=LOCAL.local), "propagation = 'direct'"),
        (lambda: replace(LOCAL, local=()), "with_local_readouts"),
        (lambda: replace(LOCAL, local=LOCAL.local[:2]), "2 entries for 3 hidden layers"),
        (lambda: replace(LOCAL, local=(None,) * 3), "no hidden layer has a readout"),
        (lambda: with_local_readouts(PLAIN, n_out=7), "n_out = 7, must be 5"),
        (lambda: with_local_readouts(PLAIN, [3]), "must be an integer in 0..2"),
        (
            lambda: with_local_readouts(PLAIN, [1], neuron=LeakyReadout(decay_shift=2)),
            "local readout of layer 1.*set trace_shift to 2",
        ),
        (lambda: with_local_readouts(PLAIN, vth=3), "vth = 3: .* no such field.* lr_shift,"),
        (lambda: with_local_readouts(PLAIN, [], foo=1), "foo = 1: .* no such field"),
        (lambda: with_local_readouts(PLAIN, lr_shft=1), "did you mean 'lr_shift'"),
        (lambda: with_local_readouts(PLAIN, n_in=16), "n_in = 16: leave it out"),
        (lambda: with_local_readouts(PLAIN, 0), r"hidden layer = 0: give a list.* \[0\].* 0\.\.2"),
        (lambda: with_local_readouts(PLAIN, 1.5), r"hidden layer = 1\.5: give a list"),
    ],
)
def test_what_does_not_go_together_is_refused(change, said):
    with pytest.raises(NetworkError, match=said):
        change()


def test_bounds_name_the_readout_that_breaks_them():
    wide = with_local_readouts(PLAIN, [0], trace_shift=0, normalise=True)
    network = replace(wide, steps=4000, batch=60_000, loss=replace(wide.loss, alpha=1 << 20))
    with pytest.raises(NetworkError, match="local readout of layer 0"):
        replace(network, loss=replace(network.loss, err_bits=31)).check()


def test_a_new_state_leaves_the_other_layers_as_they_are():
    plain, local = initial_state(PLAIN, 3), initial_state(LOCAL, 3)
    for mine, theirs in zip(local.weights, plain.weights):
        np.testing.assert_array_equal(mine, theirs)
    assert [w.shape for w in local.weights[4:]] == [(5, 16), (5, 12), (5, 9)]
    assert len({w[:, :9].tobytes() for w in local.weights[4:]}) == 3  # each with its own bits
    with pytest.raises(ValueError, match="7, those of local readouts included"):
        plain.validate(LOCAL)


def test_files_give_it_back(tmp_path):
    state = replace(initial_state(LOCAL, 3), updates=7)
    ls.save(tmp_path / "local.npz", LOCAL, state)
    loaded = ls.load(tmp_path / "local.npz")
    assert loaded.network == LOCAL
    assert loaded.state.equals(state)
    assert Network.from_json(LOCAL.to_json()) == LOCAL
    assert "local" not in json.loads(PLAIN.to_json())  # older versions read it


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (3, "local = 3: must be an array"),
        ({}, "must be an array"),
        ([1, 2, 3], "a layer must be an object, not 1"),
        ([None, None, None], "no hidden layer"),
        ([{"kind": "pool"}] * 3, "layer kind 'pool'"),
        ([{"kind": "dense"}] * 3, "missing or unknown 'neuron'"),
    ],
)
def test_hostile_files_are_refused(given, said):
    fields = json.loads(LOCAL.to_json()) | {"local": given}
    with pytest.raises(NetworkError, match=said):
        Network.from_json(json.dumps(fields))


def test_a_convolution_is_no_readout():
    neuron = Neuron(vth=9, window=9)
    conv = Conv(in_shape=(4, 4, 1), channels=5, kernel=4, neuron=neuron, lr_shift=1)
    with pytest.raises(NetworkError, match=r"local\[0\]"):
        replace(LOCAL, local=(conv, None, None))
    dense = Dense(n_in=16, n_out=16, neuron=neuron, lr_shift=1)
    with pytest.raises(NetworkError, match="ends with a convolution"):
        with_local_readouts(replace(PLAIN, layers=(dense, conv)))


def test_a_search_varies_readouts_too():
    some = with_local_readouts(PLAIN, [1])
    names = {parameter.name for parameter in space_of(some)}
    assert {"hidden2_readout.vth", "hidden2_readout.lr_shift", "output.vth"} <= names
    changed = apply(some, {"hidden2_readout.vth": 77, "hidden1.lr_shift": 5})
    assert (changed.local[1].neuron.vth, changed.layers[0].lr_shift) == (77, 5)
    assert changed.layers[1:] == some.layers[1:]


def test_without_local_readouts_answers_are_the_same():
    state = initial_state(LOCAL, 1)
    plain, kept = networks.without_local_readouts(LOCAL, state)
    assert plain == with_local_readouts(LOCAL, [])
    images = np.random.default_rng(0).integers(0, 256, (4, 20)).astype(np.uint8)
    keys = train_keys(1, 0, np.arange(4))
    one = reference.infer_batch(LOCAL, state, images, keys)
    other = reference.infer_batch(plain, kept, images, keys)
    np.testing.assert_array_equal(one.counts, other.counts)
    assert isinstance(kept, State)
    assert networks.without_local_readouts(plain, kept)[1].equals(kept)


def test_local_readouts_leave_a_network_that_ends_with_a_convolution():
    neuron = Neuron(vth=9, window=9)
    dense = Dense(n_in=8, n_out=16, neuron=neuron, lr_shift=1)
    conv = Conv(in_shape=(4, 4, 1), channels=5, kernel=4, neuron=neuron, lr_shift=1)
    network = replace(
        LOCAL, layers=(dense, conv), local=(replace(LOCAL.local[0], n_in=16, n_out=5),)
    )
    plain, kept = networks.without_local_readouts(network, initial_state(network))
    assert (plain.layers, plain.local) == (network.layers, ())
    assert plain.feedback.propagation == "direct"
    kept.validate(plain)
