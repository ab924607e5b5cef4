"""How the error reaches the layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from lava_intsnn.field_checks import Within, check_fields
from lava_intsnn.network.errors import NetworkError

PROPAGATIONS = ("direct", "final", "feedback", "local")


@dataclass(frozen=True, kw_only=True)
class Feedback:
    r"""How the error reaches the layers (3.9-3.16).

    The output layer's feedback voltage is ``e``; a hidden layer's
    ``v_fb = (W_next^T v_fb_next) >> fb_shift``, with the inference weights of the next layer, or
    ``v_fb = ceil(F e / 2**fb_shift)`` with fixed random weights ``F`` of its own. (Weights change
    by ``-v_fb``, so this rounding takes from them. The other one adds to all of them: activity
    grows, and accuracy is lost.)

    Parameters
    ----------
    propagation : {"direct", "final", "feedback", "local"}
        ``"direct"`` (3.15): ``e`` is the error at the sample's last step. ``"final"`` and
        ``"feedback"`` pass the error through a pair of error neurons for each output, which
        integrate it and spike:

        .. math::
            v_{pos} &= v_{pos} - \vartheta s_{pos} + err, \quad s_{pos} = v_{pos} > \vartheta \\
            v_{neg} &= v_{neg} - \vartheta s_{neg} - err, \quad s_{neg} = v_{neg} > \vartheta

        and ``e`` counts their spikes, ``(sum_t s_pos - s_neg) << err_shift`` (3.13): at every step
        after ``soft_start`` with the error so far in ``"feedback"``, at the last step only in
        ``"final"``, where the sum is -1, 0 or 1. (The paper prints ``v_neg`` with the sign of
        ``v_pos``, which would cancel every spike, and takes 1 off for a spike.) Since feedback
        weights are linear and constant within a sample, integrating their spikes in every layer
        (3.14) gives ``W^T e``.

        ``"local"``: a hidden layer with a readout of its own, see ``Network.local``, takes the
        direct error ``e`` of that one in the place of the output's, and nothing from the layers
        above. The readout learns as the output layer does. A hidden layer without one takes its
        feedback from the next readout above it, through the layers between.
    weights : {"transposed", "random"}
        ``"random"``: every hidden layer hears the output's error directly, or that of its local
        readout, through fixed random weights: nothing has to know another synapse's weight, as a
        Loihi core cannot. Since ``F e`` comes once, after the sample, this needs
        ``time_gated = False``.
    random_max : int
        Random feedback weights are uniform in ``-random_max .. random_max``.
    random_seed : int
        Keys them; see :meth:`~.network.Network.feedback_weights`.
    time_gated : bool
        Gate the next layer's term with its own surrogate gate, step by step, so that a hidden
        neuron hears of an output neuron only at the steps where that one could learn.
    v_fb_bits : int
        Width of the feedback voltage, which saturates.
    soft_start : int
        First steps of a sample without error, in ``"feedback"``.
    err_vth : int
        Threshold of the error neurons, in units of the loss's ``alpha``.
    err_shift : int
        Left shift that gives a spike of an error neuron its weight.
    """

    propagation: Literal["direct", "final", "feedback", "local"] = "direct"
    weights: Literal["transposed", "random"] = "transposed"
    random_max: Annotated[int, Within(1, (1 << 15) - 1)] = 7
    random_seed: Annotated[int, Within(0, (1 << 63) - 1)] = 0
    time_gated: bool = True
    v_fb_bits: Annotated[int, Within(4, 31)] = 31
    soft_start: Annotated[int, Within(0, 4095)] = 5
    err_vth: Annotated[int, Within(0, (1 << 30) - 1)] = 64
    err_shift: Annotated[int, Within(0, 12)] = 3

    def __post_init__(self) -> None:
        check_fields(self, NetworkError)
        if self.weights == "random" and self.time_gated:
            raise NetworkError(
                "feedback weights 'random' with time_gated = True: random feedback comes once, "
                "after the sample; set time_gated to False"
            )
