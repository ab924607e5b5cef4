"""The rule that chooses thresholds, windows and shifts. Integers only, so that it has no platform.

A level is a mean in units of 1/65536: of an input's values, or of their squares. All else has the
unit that the network gives it. The constants reproduce the tuned presets; see ``docs/tuning.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.arithmetic import limit
from lava_intsnn.field_checks import check_fields, shown
from lava_intsnn.network import Encoder, FrameEncoder, NetworkError, Precision, RateEncoder
from lava_intsnn.network.errors import require_range

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset

#: Levels are fractions of this.
ONE = 1 << 16
#: Levels of a rate code without data: an eighth of the inputs spike in a step, as for MNIST.
USUAL_INPUT = ONE // 8
#: Share of the steps in which a hidden neuron spikes: 6 to 15 % in the tuned presets.
SPIKING = ONE // 10
#: Error scale of the loss.
ALPHA = 128
#: Widths of the membrane potential: at 8 inference bits, and at most.
_V_BITS, _MAX_V_BITS = 24, 31
#: Fewest and most samples of a batch: below 16 nothing was gained. Updates of an epoch aimed at.
_MIN_BATCH, _MAX_BATCH, _UPDATES = 16, 128, 40
#: Shift of the learning rate beyond which a schedule has no room to add its drops.
_MAX_LR_SHIFT = 34


@dataclass(frozen=True, kw_only=True)
class InputLevel:
    """What a layer's inputs carry: the mean of their values and of the squares, times 65536."""

    mean: int
    square: int

    def __post_init__(self) -> None:
        check_fields(self, NetworkError)
        require_range("mean", self.mean, 1, 255 * ONE, "an input that is always 0 teaches nothing")
        require_range("square", self.square, 1, 255 * 255 * ONE)

    @classmethod
    def of_spikes(cls, share: int) -> InputLevel:
        """Return the levels of binary spikes with this mean."""
        return cls(mean=max(1, share), square=max(1, share))


@checks_kinds
def input_level(data: Dataset, encoder: Encoder) -> InputLevel:
    """Return the levels of a data set as ``encoder`` shows it to the first layer.

    Raises
    ------
    NetworkError
        If every byte is 0, or ``encoder`` is none.
    """
    if not isinstance(encoder, (RateEncoder, FrameEncoder)):
        raise NetworkError(
            f"encoder = {shown(encoder)}: must be RateEncoder(...) or FrameEncoder(...)"
        )
    counts = np.bincount(data.images.ravel(), minlength=256)
    values = np.arange(256)
    total = data.images.size
    if not counts[1:].any():
        raise NetworkError(
            f"data set {data.name!r}: every value is 0 as a byte, so no input ever spikes; if the "
            "values read are not 0, give a larger scale, or a value_range that begins below them"
        )
    if isinstance(encoder, FrameEncoder):
        seen = np.minimum(values, encoder.max_count)
        mean, square = (int(counts @ seen**power) * ONE // total for power in (1, 2))
        return InputLevel(mean=max(1, mean), square=max(1, square))
    # a pixel spikes in pixel / 256 of the steps
    return InputLevel.of_spikes(int(counts @ values) * ONE // (256 * total))


def batch_size(samples: int | None) -> int:
    """Return the batch for so many training samples: a power of two, for 40 updates an epoch."""
    if samples is None:
        return _MAX_BATCH
    power = 1 << max(0, (samples // _UPDATES).bit_length() - 1)
    return min(_MAX_BATCH, max(_MIN_BATCH, power))


def hidden_threshold(precision: Precision, *, narrow: int, level: InputLevel) -> int:
    """Return 3/2 of the standard deviation of a step's synaptic sum, with initial weights.

    ``narrow`` is the smallest fan-in of the network. Initial weights make this sum the same for
    every fan-in: see :func:`lava_intsnn.state.initial_state`. They have an ``init_shift`` of 0, as
    in all networks that this rule makes: with a larger one the layer's sums are smaller.
    """
    return max(2, 3 * _deviation(precision, narrow, level) // 2 >> precision.w_shift)


def output_threshold(precision: Precision, *, fan_in: int, level: InputLevel) -> int:
    """Return twice the deviation with weights that fill their range, as output weights come to."""
    return max(2, 2 * _deviation(precision, fan_in, level) >> precision.w_shift)


def _deviation(precision: Precision, fan_in: int, level: InputLevel) -> int:
    """Return the deviation of a sum over ``fan_in`` weights, uniform in their whole range."""
    top = limit(precision.shadow_bits)
    return isqrt(top * top * fan_in * level.square // (3 * ONE))


def hidden_lr_shift(
    precision: Precision,
    *,
    samples: int,
    steps: int,
    fan_in: int,
    narrow: int,
    n_classes: int,
    level: InputLevel,
) -> int:
    """Return the learning shift of a hidden layer.

    Its step is then the same share of the initial weights in every network. The sum of a batch
    grows with ``samples``, which counts the positions that share a weight too, with the steps, the
    mean input, and the feedback: an error of ``ALPHA`` times output weights that fill their range.
    """
    feedback = ALPHA * isqrt(n_classes * ONE)  # times 256
    smaller = isqrt(ONE * fan_in // narrow)  # initial weights are, than those that fill the range
    numerator = samples * steps * level.mean * feedback * smaller
    return _allowed(rounded_log2(2 * numerator, 3 * ONE * ONE << precision.w_shift))


def output_lr_shift(precision: Precision, *, samples: int, steps: int, level: InputLevel) -> int:
    """Return the learning shift of the output layer: its step is a share of the weights' range."""
    numerator = samples * steps * level.mean * ALPHA
    return _allowed(rounded_log2(5 * numerator, 2 * ONE * limit(precision.shadow_bits)))


def feedback_shift(precision: Precision, *, fan_in: int, fan_out: int, narrow: int) -> int:
    """Return the right shift of feedback that has come through a layer of hidden neurons.

    ``fan_in`` and ``fan_out`` are that layer's. The sum over ``fan_out`` synapses grows feedback by
    the size of a weight times the root of their number, which the shift takes back.
    """
    top = limit(precision.shadow_bits)
    square = top * top * narrow * fan_out // (3 * fan_in)
    return max(0, (isqrt(square) >> precision.w_shift).bit_length() - 1)


def clip(precision: Precision) -> int:
    """Return the largest step of a weight: a sixteenth of its range."""
    return max(1, limit(precision.shadow_bits) + 1 >> 4)


def potential_bits(precision: Precision, vth: int) -> int:
    """Return the width of the potential: room for four times the threshold, and usually more."""
    usual = _V_BITS + max(0, precision.inference_bits - 8)
    return min(_MAX_V_BITS, max(usual, (4 * vth).bit_length() + 1))


def rounded_log2(numerator: int, denominator: int) -> int:
    """Return the logarithm of a ratio to base 2, rounded to the nearest integer, at least 0."""
    return max(0, (2 * numerator**2 // denominator**2).bit_length() - 1) // 2


def _allowed(lr_shift: int) -> int:
    return min(lr_shift, _MAX_LR_SHIFT)
