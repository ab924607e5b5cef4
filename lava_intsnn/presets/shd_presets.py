"""Our networks for the Spiking Heidelberg Digits: delays, adaptive neurons, an integrating output.

Their settings were chosen on held-out speakers of the training set; ``docs/results.md`` has the
figures. What they share: updates normalised input by input, an output that integrates and never
fires, a softmax in integers, and samples that are shifted, stretched and moved in time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lava_intsnn.augmenting import Augment
from lava_intsnn.network import (
    ALIF,
    Dense,
    Feedback,
    FrameEncoder,
    LeakyReadout,
    Loss,
    Network,
    Neuron,
    Precision,
    Recurrence,
)
from lava_intsnn.presets.preset import (
    BASE_INFERENCE_BITS,
    BASE_SHADOW_BITS,
    MAX_V_BITS,
    NO_CLIP,
    V_BITS,
    Preset,
)
from lava_intsnn.presets.spoken_presets import CHANNELS, FRAMES as TEN, HIDDEN, recurrence
from lava_intsnn.recipe import Recipe

CLASSES = 20
#: Frames of a sample, its inputs of ten channels each, and the longest delay in frames.
FRAMES, INPUTS, LONGEST = 50, 70, 20
DATA_OPTIONS = {"frames": FRAMES, "group": 10}
#: At 8 inference bits: as high as the largest weight.
VTH = 128
#: What a step keeps is half, three quarters, ... of the potential, in turn from neuron to neuron.
DECAYS = (1, 2, 3, 4)
#: Time constants of the thresholds that adapt, in turn.
ADAPTS = (2, 3, 4, 5)
#: Steps that halve seven times come close to half a cosine.
RECIPE = Recipe(
    epochs=60,
    lr_drops=(33, 50, 67, 75, 83, 90, 95),
    augment=Augment(shift=5, stretch=12, time_shift=2, mix=20),
)
#: Of networks in the thesis's frames: the channels are narrower, the frames longer.
TUNED_RECIPE = replace(RECIPE, augment=Augment(shift=8, stretch=10))


def counts_network(
    precision: Precision,
    name: str,
    *,
    neuron: Neuron,
    hidden: int,
    inputs: int = INPUTS,
    frames: int = FRAMES,
    temperature_shift: int = 5,
    **synapses: Any,
) -> Network:
    """Return a hidden layer on counts and an integrating output, for ``precision``.

    ``neuron`` is given for 8 inference bits. Potentials, answers and feedback scale with the
    inference weights. Normalised updates do not, but narrower shadow weights need smaller steps.
    """
    wider = precision.inference_bits - BASE_INFERENCE_BITS
    narrower = BASE_SHADOW_BITS - precision.shadow_bits
    v_bits = min(MAX_V_BITS - 1, V_BITS + max(0, wider))
    rules: dict[str, Any] = {"clip": NO_CLIP, "normalise": True}
    return Network(
        name=name,
        layers=(
            Dense(
                n_in=inputs,
                n_out=hidden,
                neuron=replace(neuron, v_bits=v_bits).rescaled(wider),
                trace_shift=neuron.decay_shift,
                lr_shift=6 + narrower,
                init_shift=2,
                fb_shift=max(0, 4 + wider),
                **rules,
                **synapses,
            ),
            Dense(
                n_in=hidden,
                n_out=CLASSES,
                neuron=LeakyReadout(answer_shift=max(0, 4 + wider), decay_shift=1, v_bits=v_bits),
                lr_shift=7 + narrower,
                init_shift=3,
                **rules,
            ),
        ),
        steps=frames,
        precision=precision,
        encoder=FrameEncoder(),
        loss=Loss(kind="softmax", alpha=1024, temperature_shift=temperature_shift),
        feedback=Feedback(time_gated=True, v_fb_bits=20),
    )


def _best(precision: Precision) -> Network:
    neuron = Neuron(vth=VTH, window=VTH, decay_shift=DECAYS)
    return counts_network(precision, "shd-best", neuron=neuron, hidden=512, max_delay=LONGEST)


def _delay(precision: Precision) -> Network:
    neuron = Neuron(vth=VTH, window=VTH, decay_shift=3)
    return counts_network(precision, "shd-delay", neuron=neuron, hidden=256, max_delay=LONGEST)


def _alif(precision: Precision) -> Network:
    neuron = ALIF(vth=VTH, window=VTH, decay_shift=3, adapt_step=32, adapt_shift=ADAPTS)
    # its updates are normalised, too, and take the steps of the others
    lr_shift = 6 + BASE_SHADOW_BITS - precision.shadow_bits
    recurrence = Recurrence(source="spikes", shift=0, learned=True, lr_shift=lr_shift)
    return counts_network(precision, "shd-alif", neuron=neuron, hidden=256, recurrence=recurrence)


def _tuned(precision: Precision, name: str, **synapses: Any) -> Network:
    """Return a network of the thesis's shape, in its frames."""
    return counts_network(
        precision,
        name,
        neuron=Neuron(vth=2 * VTH, window=2 * VTH, decay_shift=1),
        hidden=HIDDEN,
        inputs=CHANNELS,
        frames=TEN,
        temperature_shift=4,
        **synapses,
    )


SHD = (
    Preset(
        name="shd-snn-tuned",
        about="175-256-20 on the Spiking Heidelberg Digits with our settings: normalised "
        "updates, an output that integrates",
        data="shd",
        build=lambda precision: _tuned(precision, "shd-snn-tuned"),
        recipe=TUNED_RECIPE,
    ),
    Preset(
        name="shd-rsnn-tuned",
        about="175-256-20 on the Spiking Heidelberg Digits with our settings, fixed random "
        "recurrence on the voltage",
        data="shd",
        build=lambda precision: _tuned(
            precision, "shd-rsnn-tuned", recurrence=recurrence(precision)
        ),
        recipe=TUNED_RECIPE,
    ),
    Preset(
        name="shd-delay",
        about="70-256-20 on the Spiking Heidelberg Digits in 50 frames, a fixed random delay of "
        "0..20 frames on each synapse, an output that integrates",
        data="shd",
        data_options=DATA_OPTIONS,
        build=_delay,
        recipe=RECIPE,
    ),
    Preset(
        name="shd-alif",
        about="70-256-20 on the Spiking Heidelberg Digits in 50 frames, adaptive neurons with "
        "recurrent spikes that learn, an output that integrates",
        data="shd",
        data_options=DATA_OPTIONS,
        build=_alif,
        recipe=RECIPE,
    ),
    Preset(
        name="shd-best",
        about="70-512-20 on the Spiking Heidelberg Digits in 50 frames, delays of 0..20 frames, "
        "four time constants, an output that integrates",
        data="shd",
        data_options=DATA_OPTIONS,
        build=_best,
        recipe=RECIPE,
    ),
)
