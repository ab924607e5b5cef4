"""The network description every executor reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

import numpy as np

from lava_intsnn.arithmetic import Rounding, Stream, draw_below, random_key
from lava_intsnn.field_checks import check_fields
from lava_intsnn.network.branches import Branch, branches_of, check_local
from lava_intsnn.network.conv import Conv
from lava_intsnn.network.dense import Dense
from lava_intsnn.network.encoders import Encoder, FrameEncoder, NeuronEncoder, RateEncoder
from lava_intsnn.network.error_points import ErrorPoint, error_points
from lava_intsnn.network.errors import BATCH, STEPS, NetworkError
from lava_intsnn.network.feedback import Feedback
from lava_intsnn.network.leaky_readout import LeakyReadout
from lava_intsnn.network.loss import Loss
from lava_intsnn.network.network_size import check_size
from lava_intsnn.network.output_checks import check_output, readout_of
from lava_intsnn.network.precision import Precision

if TYPE_CHECKING:
    from lava_intsnn.network.bounds import Bounds


@dataclass(frozen=True, kw_only=True)
class Network:
    """An integer spiking network and its learning rule.

    Parameters
    ----------
    name : str
    layers : tuple of Dense or Conv
        From input to output; the last layer has one neuron per class.
    local : tuple of Dense or None
        With ``propagation = "local"``, for each hidden layer a readout of its own that gives it its
        error, or None; see :class:`~.feedback.Feedback`. They take part in learning alone.
    steps : int
        ``T``, time steps per sample. All state is 0 at a sample's first step.
    batch : int
        ``B``, samples summed into one update. Part of the network because the width of ``delta``
        depends on it.
    precision, encoder, loss, feedback
        See their classes. A precision may be given as text, too, such as ``"16-8"``.
    rounding : Rounding
        Of the learning-rate shift.
    tie_break : bool
        Among classes with equal spike counts, or answers, prefer the largest final membrane
        potential; else, and among equal potentials, the lowest class wins.

    Raises
    ------
    NetworkError
        On values out of range or layers that do not fit together.
    """

    name: str
    layers: tuple[Dense | Conv, ...]
    local: tuple[Dense | None, ...] = ()
    steps: Annotated[int, STEPS] = 20
    batch: Annotated[int, BATCH] = 128
    precision: Precision = field(default_factory=Precision)
    encoder: Encoder = field(default_factory=RateEncoder)
    loss: Loss = field(default_factory=Loss)
    feedback: Feedback = field(default_factory=Feedback)
    rounding: Rounding = Rounding.STOCHASTIC
    tie_break: bool = True

    def __post_init__(self) -> None:
        precision: object = self.precision
        if isinstance(precision, str):
            object.__setattr__(self, "precision", Precision.parse(precision))
        check_fields(self, NetworkError)
        if not self.layers:
            raise NetworkError("layers = (): a network needs at least one layer")
        check_size(self)
        if self.feedback.weights == "random" and self.precision.floating:
            raise NetworkError("feedback weights 'random': in integers only; fp32 has 'transposed'")
        soft_start = self.feedback.soft_start
        if self.feedback.propagation == "feedback" and soft_start >= self.steps:
            raise NetworkError(
                f"soft_start = {soft_start} with steps = {self.steps}: no step is left for the "
                "error; lower soft_start"
            )
        if isinstance(self.encoder, NeuronEncoder):
            self.encoder.check_inputs(self.n_in)
        for below, above in zip(self.layers, self.layers[1:]):
            if below.out_image and above.in_image:
                if below.out_image != above.in_image:
                    raise NetworkError(
                        f"a layer with out_shape = {below.out_image} feeds one with in_shape = "
                        f"{above.in_image}: make them equal"
                    )
                continue
            if below.n_out != above.n_in:
                raise NetworkError(
                    f"a layer with n_out = {below.n_out} feeds one with n_in = {above.n_in}: "
                    "make them equal"
                )
        check_local(self)
        if not self.local:  # else each of its branches is checked as a network
            check_output(self)

    @property
    def all_layers(self) -> tuple[Dense | Conv, ...]:
        """All layers with weights, as a state holds them: ``layers``, then local readouts."""
        return (*self.layers, *(readout for readout in self.local if readout))

    @property
    def sources(self) -> tuple[int, ...]:
        """Which layer each of :attr:`all_layers` reads from; -1 is the input."""
        hidden = (index for index, readout in enumerate(self.local) if readout)
        return (*range(-1, len(self.layers) - 1), *hidden)

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """The chains of layers that learn from one readout each, that of the output last."""
        return branches_of(self)

    def with_layers(self, layers: Iterable[Dense | Conv]) -> Network:
        """Return the network with others in the place of :attr:`all_layers`, in the same order."""
        given = list(layers)
        chain, readouts = given[: len(self.layers)], iter(given[len(self.layers) :])
        local = tuple(next(readouts) if readout else None for readout in self.local)
        return replace(self, layers=tuple(chain), local=local)  # type: ignore[arg-type]

    def is_readout(self, index: int) -> bool:
        """Whether layer ``index`` of :attr:`all_layers` is the output or a local readout."""
        return index >= len(self.layers) - 1

    def learners(self, readout: int) -> tuple[int, ...]:
        """Return the hidden layers that learn from the error of ``readout``, both as indices."""
        return next(branch.learners for branch in self.branches if branch.readout == readout)

    @property
    def n_in(self) -> int:
        """Inputs of the first layer."""
        return self.layers[0].n_in

    @property
    def n_values(self) -> int:
        """Bytes of a sample: one per input, and with graded input one per input and step."""
        return self.n_in * (self.steps if self.graded else 1)

    @property
    def graded(self) -> bool:
        """Whether the input holds counts, given frame by frame, instead of spikes."""
        return isinstance(self.encoder, FrameEncoder)

    @property
    def n_classes(self) -> int:
        """Neurons of the last layer."""
        return self.layers[-1].n_out

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes from input to output, such as ``(784, 100, 10)``."""
        return (self.n_in, *(layer.n_out for layer in self.layers))

    @property
    def first_plastic(self) -> int:
        """Lowest layer that learns, below which no error is needed; without one, their number."""
        plastic = (index for index, layer in enumerate(self.layers) if layer.plastic)
        return next(plastic, len(self.layers))

    @property
    def sends_error(self) -> bool:
        """Whether the error of a readout goes anywhere: to hidden layers that learn."""
        if self.local:
            return any(branch.network.sends_error for branch in self.branches)
        return self.first_plastic < len(self.layers) - 1

    @property
    def count_shift(self) -> int:
        """Return ``floor(log2 T)``: what brings a spike count to the scale of ``alpha``."""
        return self.steps.bit_length() - 1

    @property
    def readout(self) -> LeakyReadout | None:
        """The readout in the last layer, or None if that layer spikes."""
        return readout_of(self)

    @property
    def error_points(self) -> tuple[ErrorPoint, ...]:
        """Where in a sample an error is computed, the earliest point first."""
        return error_points(self.loss, self.steps)

    @property
    def first_error_step(self) -> int:
        """First step of a sample with an error, at which its label must be known."""
        if self.feedback.propagation == "feedback":
            return self.feedback.soft_start
        return self.error_points[0].last

    @property
    def answer_max(self) -> int:
        """Largest magnitude of a spike count, or of an answer of a readout."""
        return self.readout.answer_max if self.readout else self.steps

    def feedback_weights(self, layer: int) -> np.ndarray:
        """Return the fixed random weights of hidden layer ``layer``, int64 ``(n_out, n_classes)``.

        Raises
        ------
        NetworkError
            If the layer has none: it is the last, or feedback is transposed.
        """
        if self.feedback.weights != "random" or not 0 <= layer < len(self.layers) - 1:
            raise NetworkError(f"layer {layer} of network {self.name!r} has no random feedback")
        top = self.feedback.random_max
        key = random_key(self.feedback.random_seed, Stream.FEEDBACK, layer)
        shape = self.layers[layer].n_out, self.n_classes
        with np.errstate(over="ignore"):
            synapses = np.arange(shape[0] * shape[1], dtype=np.uint64)
            f = draw_below(key, synapses, np.uint64(2 * top + 1))
        return f.astype(np.int64).reshape(shape) - top

    def check(self) -> Bounds:
        """Prove that no intermediate leaves its container; see :func:`~.overflow_proof.prove`."""
        from lava_intsnn.network.overflow_proof import prove

        return prove(self)

    def to_json(self) -> str:
        """Return the description as JSON text; :meth:`from_json` reads it back equal."""
        from lava_intsnn.network.serial import dumps

        return dumps(self)

    @staticmethod
    def from_json(text: str) -> Network:
        """Read what :meth:`to_json` wrote."""
        from lava_intsnn.network.serial import loads

        return loads(text)
