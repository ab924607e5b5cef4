"""Initial weights that leave room to grow."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn import presets
from lava_intsnn.network import Conv, Dense, Network, NetworkError, Neuron, Recurrence
from lava_intsnn.state import initial_state

LEARNS = {"neuron": Neuron(vth=50, window=90), "lr_shift": 4}
CONV = Conv(in_shape=(5, 5, 1), channels=3, kernel=3, stride=2, **LEARNS)
DENSE = Dense(n_in=12, n_out=7, recurrence=Recurrence(source="spikes"), **LEARNS)
NETWORK = Network(name="n", layers=(CONV, DENSE, Dense(n_in=7, n_out=3, **LEARNS)))


def shifted(*shifts, **changes):
    layers = tuple(replace(layer, init_shift=shift) for layer, shift in zip(NETWORK.layers, shifts))
    return replace(NETWORK, layers=layers, **changes)


def test_weights_are_shifted_layer_by_layer():
    whole = initial_state(NETWORK, 5)
    state = initial_state(shifted(2, 3, 0), 5)
    for mine, full, shift in zip(state.weights, whole.weights, (2, 3, 0)):
        assert mine.dtype == full.dtype
        np.testing.assert_array_equal(mine, np.floor(full / 2**shift))
    assert abs(whole.weights[0]).max() > 1 << 14 > abs(state.weights[0]).max() << 1 > 1 << 12
    assert state.weights[1].shape == (7, 12 + 7)


def test_float32_starts_from_the_same_numbers():
    precision = replace(NETWORK.precision, floating=True)
    floats = initial_state(shifted(2, 3, 15, precision=precision), 5)
    for mine, whole in zip(floats.weights, initial_state(shifted(2, 3, 15), 5).weights):
        assert mine.dtype == np.float32
        np.testing.assert_array_equal(mine, whole)


@pytest.mark.parametrize("value", [-1, 16, 1.5, True, "2", None])
def test_other_shifts_are_refused(value):
    with pytest.raises(NetworkError, match=f"init_shift = {value!r}: must be an integer"):
        replace(CONV, init_shift=value)


def test_a_description_of_an_earlier_version_loads_without_the_fields():
    network = presets.digits_snn()
    fields = json.loads(network.to_json())
    for layer in fields["layers"]:
        assert layer.pop("init_shift") == 0
        assert layer.pop("normalise") is False
        assert layer.pop("init_centred") is False
    assert Network.from_json(json.dumps(fields)) == network
    fields["layers"][1]["normalise"] = True
    fields["layers"][1]["init_shift"] = 3
    changed = Network.from_json(json.dumps(fields)).layers
    assert changed == (
        network.layers[0],
        replace(network.layers[1], normalise=True, init_shift=3),
    )
    for name, value in (("normalise", 1), ("init_shift", "3"), ("init_shift", 99)):
        wrong = json.loads(network.to_json())
        wrong["layers"][0][name] = value
        with pytest.raises(NetworkError, match=f"{name} = "):
            Network.from_json(json.dumps(wrong))
