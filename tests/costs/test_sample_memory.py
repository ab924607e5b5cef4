"""Working memory of one sample: what grows with its length, and what does not."""

from dataclasses import replace

from lava_intsnn import presets
from lava_intsnn.costs.sample_memory import sample_memory

I, H, O = 175, 256, 20  # noqa: E741


def network(*, steps, time_gated=True, **hidden):
    found = presets.preset("shd-snn").network("16-8")
    first, last = found.layers
    feedback = replace(found.feedback, time_gated=time_gated)
    layers = replace(first, **hidden), last
    return replace(found, layers=layers, steps=steps, feedback=feedback)


def test_eligibility_is_of_the_networks_size_but_for_its_width():
    short = sample_memory(network(steps=64, time_gated=False))
    long = sample_memory(network(steps=100, time_gated=False))
    assert short.trains == long.trains == 0
    synapses = I * H + H * O
    assert 0 <= long.rule - short.rule <= synapses  # at most a few bits of a wider trace
    assert long.rule < 4 * synapses + 4 * (I + H + O)


def test_time_gated_feedback_keeps_trains_whose_bytes_grow_with_the_steps():
    short, long = (sample_memory(network(steps=steps)) for steps in (50, 100))
    # a byte of counts for each input and a bit for the gates of each hidden and output neuron
    assert short.trains == 50 * (I + H // 8) + -(-50 * O // 8)
    assert long.trains == 2 * short.trains
    assert long.trains < long.rule


def test_the_engine_keeps_whole_samples():
    gated = sample_memory(network(steps=100))
    assert gated.form == "general"
    states = 4 * (H + O)
    assert gated.engine == 100 * (I + 2 * (H + O)) + states + 4 * (100 * H + O)
    words = sample_memory(presets.preset("mnist-snn").network("16-8"))
    assert (words.form, words.trains > 0) == ("popcount", True)
    assert words.engine == 4 * (784 + (3 + 20) * 100 + (3 + 1) * 10)
    assert "grows with T" in words.text()
