"""`LayerSpec`, the description of one layer that ``build`` passes to Process and ProcessModel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from lava_intsnn.arithmetic import Stream, limit, random_key
from lava_intsnn.field_checks import Checked, Within
from lava_intsnn.network import (
    Conv,
    Dense,
    FrameEncoder,
    LayerBounds,
    Network,
    NetworkError,
    RateEncoder,
)
from lava_intsnn.network.errors import STEPS
from lava_intsnn.network.update_bounds import update_sums
from lava_intsnn.state import initial_state


@dataclass(frozen=True)
class SampleSchedule(Checked, refusal=NetworkError):
    """Converts Lava time steps to samples and steps within them.

    ``steps`` is T; ``offset`` counts the Lava steps before the first sample arrives.
    """

    steps: Annotated[int, STEPS]
    offset: Annotated[int, Within(0, 1 << 32)] = 0

    def at(self, time_step: int) -> tuple[int, int]:
        """Return batch number and step within the sample.

        The number is negative before the first sample.
        """
        return divmod(time_step - 1 - self.offset, self.steps)


@dataclass(frozen=True)
class LayerSpec(Checked, refusal=NetworkError):
    """A layer and all its constants.

    Parameters
    ----------
    network : Network
        A network of this one layer, with the parameters of the whole network.
    index, seed : int
        Keys of the stochastic rounding, as in a network where this is layer ``index``.
    schedule : SampleSchedule
    bounds : LayerBounds or None
        The bounds that are proven for the layer in its whole network.
    n_classes : int or None
        Number of outputs of the whole network, for random feedback; None with transposed feedback.
    """

    network: Network
    index: int
    seed: int
    schedule: SampleSchedule
    bounds: LayerBounds | None = None
    n_classes: int | None = None

    @classmethod
    def within(
        cls,
        network: Network,
        index: int,
        *,
        seed: int,
        bounds: LayerBounds | None,
        offset: int = 0,
        name: str,
    ) -> LayerSpec:
        """Return layer ``index`` of all those of ``network`` with its parameters, named ``name``.

        ``offset`` counts the Lava steps before the first sample arrives at the layer.
        """
        feedback, first = network.feedback, network.sources[index] < 0
        if network.local:  # each of whose branches has direct errors
            feedback = replace(feedback, propagation="direct")
        alone = replace(
            network,
            name=name,
            layers=(network.all_layers[index],),
            local=(),
            encoder=network.encoder if network.graded and first else RateEncoder(),
            feedback=feedback,
        )
        random = network.feedback.weights == "random"
        return cls(
            alone,
            index,
            seed,
            SampleSchedule(network.steps, offset),
            bounds,
            network.n_classes if random else None,
        )

    @property
    def layer(self) -> Dense | Conv:
        """The layer."""
        return self.network.layers[0]

    @property
    def max_count(self) -> int:
        """Largest value a message may carry to the layer: 1 for spikes."""
        encoder = self.network.encoder
        return encoder.max_count if isinstance(encoder, FrameEncoder) else 1

    @property
    def messages(self) -> int:
        """Feedback messages that the layer sends, and receives, for each sample."""
        network = self.network
        return network.steps if network.feedback.time_gated else network.loss.points

    def update_key(self, updates: int) -> np.uint64:
        """Return the key of the rounding in update number ``updates``."""
        return random_key(self.seed, Stream.ROUND, self.index, updates)

    def initial_weights(self) -> np.ndarray:
        """Draw shadow weights from the seed; see :func:`lava_intsnn.state.initial_state`."""
        seed = int(random_key(self.seed, Stream.INIT, self.index))
        return initial_state(self.network, seed).weights[0]

    def check(self) -> None:
        """Raise NetworkError if a sum could exceed its integer type."""
        if self.network.precision.floating or self.bounds is not None:
            return
        alone = self.network.check().layers[0]
        v_fb = limit(self.network.feedback.v_fb_bits)
        traces = alone.delta // alone.v_fb  # of a batch: the factor of the feedback voltage
        feedback_sum = self.layer.fan_out * alone.w * v_fb
        if self.n_classes:
            error = np.iinfo(np.int32).max
            feedback_sum = self.n_classes * self.network.feedback.random_max * error
        pushes = self.network.loss.pushes
        if pushes * v_fb >= 1 << 31:
            raise NetworkError(
                f"feedback of {pushes} points of {v_fb.bit_length() + 1} bits "
                "each is wider than int32: lower points or v_fb_bits"
            )
        slopes = alone.delta_d // alone.v_fb
        sums = update_sums(self.layer, traces * v_fb, slopes * v_fb)
        for what, (bound, fix) in (sums | {"feedback sum": (feedback_sum, "")}).items():
            if bound > np.iinfo(np.int64).max:
                raise NetworkError(
                    f"{what} can reach {bound} ({bound.bit_length() + 1} bits), more than int64 "
                    f"holds: lower v_fb_bits, batch or steps{fix}"
                )
