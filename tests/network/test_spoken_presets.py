"""Presets of spoken digits: the thesis's printed settings, and ours at the same size."""

import pytest

from lava_intsnn import presets
from lava_intsnn.presets.spoken_presets import CHANNELS, FRAMES, HIDDEN

#: Table D.2 of the thesis, SHD: threshold, window and learning rate of the hidden and the output
#: layer, and the largest step.
TABLE_D2 = {
    "shd-snn": ((250, 500, 2**-14), (2000, 4000, 1), 512),
    "shd-rsnn": ((2000, 4000, 2**-12), (1600, 1600, 0.5), 256),
}


@pytest.mark.parametrize("name", TABLE_D2)
def test_settings_of_the_thesis_are_those_it_prints(name):
    network = presets.preset(name).network("16-8")
    *printed, clip = TABLE_D2[name]
    for layer, (vth, window, rate) in zip(network.layers, printed):
        assert (layer.neuron.vth, layer.neuron.window) == (vth, window)
        assert 2.0**-layer.lr_shift == rate
        assert (layer.clip, layer.weight_decay_shift) == (clip, 12)
        assert (layer.neuron.decay_shift, layer.trace_shift) == (1, 1)  # beta = 0.5
    assert network.loss.kind == "standard"
    assert network.loss.alpha == 128


@pytest.mark.parametrize("name", TABLE_D2)
@pytest.mark.parametrize("precision", ["16-8", "16-12", "fp32"])
def test_tuned_networks_have_the_thesis_shape_and_no_delays(name, precision):
    thesis = presets.preset(name).network(precision)
    ours = presets.preset(f"{name}-tuned").network(precision)
    assert ours.shape == thesis.shape == (CHANNELS, HIDDEN, 20)
    assert ours.steps == thesis.steps == FRAMES == 10
    assert [layer.max_delay for layer in ours.layers] == [0, 0]
    assert [layer.recurrence for layer in ours.layers] == [
        layer.recurrence for layer in thesis.layers
    ]


@pytest.mark.parametrize("name", ["shd-snn-tuned", "shd-rsnn-tuned"])
def test_tuned_potentials_scale_with_the_weights_and_fp32_is_the_twin(name):
    narrow, wide, real = (presets.preset(name).network(p) for p in ("16-8", "16-12", "fp32"))
    for at_8, at_12, twin in zip(narrow.layers, wide.layers, real.layers):
        assert at_12.neuron.vth == 16 * at_8.neuron.vth
        assert at_12.neuron.window == 16 * at_8.neuron.window
        assert twin == at_8
    assert wide.layers[0].lr_shift == narrow.layers[0].lr_shift + 4
    assert wide.layers[1].lr_shift == narrow.layers[1].lr_shift
