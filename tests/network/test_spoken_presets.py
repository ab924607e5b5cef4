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


@pytest.mark.parametrize(
    "name", ["shd-snn-tuned", "shd-rsnn-tuned", "shd-delay", "shd-alif", "shd-best"]
)
def test_our_potentials_scale_with_the_weights_and_fp32_is_the_twin(name):
    narrow, wide, real = (presets.preset(name).network(p) for p in ("16-8", "16-12", "fp32"))
    for at_8, at_12, twin in zip(narrow.layers, wide.layers, real.layers):
        assert twin == at_8
        assert at_12.lr_shift == at_8.lr_shift  # normalised updates do not scale
    hidden, output = wide.layers
    assert hidden.neuron.vth == 16 * narrow.layers[0].neuron.vth
    assert hidden.neuron.window == 16 * narrow.layers[0].neuron.window
    assert hidden.fb_shift == narrow.layers[0].fb_shift + 4
    assert output.neuron.answer_shift == narrow.layers[1].neuron.answer_shift + 4


@pytest.mark.parametrize("name", ["shd-delay", "shd-alif", "shd-best"])
def test_frames_of_the_data_are_those_of_the_network(name):
    chosen = presets.preset(name)
    network = chosen.network()
    assert network.steps == chosen.data_options["frames"]
    assert network.n_in * chosen.data_options["group"] == 700
