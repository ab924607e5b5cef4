"""The choices that hold for a whole network: precision, encoder, loss, feedback."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lava_intsnn.arithmetic import shift_floor
from lava_intsnn.network.errors import NetworkError, require_range

PRECISIONS = ("16-16", "16-12", "16-8", "16-4", "8-8", "8-4")


@dataclass(frozen=True, kw_only=True)
class Precision:
    """Widths of the weights: learning happens on the shadow weights, inference on their top bits.

    Parameters
    ----------
    shadow_bits : int
        Width of the shadow weights, which saturate.
    inference_bits : int
        ``w = w_shadow >> (shadow_bits - inference_bits)``, floor.
    headroom_bits : int
        Extra bits by which the shadow weights may leave their width before they saturate. 0 in
        every honest network. The paper's figures need it, since its weights have no bound: use it
        to reproduce them, and call the result "unbounded".
    floating : bool
        The float32 twin ("fp32"): the same equations and constants without rounding, saturation
        or widths. Weights keep the unit of shadow weights of ``shadow_bits``.
    """

    shadow_bits: int = 16
    inference_bits: int = 8
    headroom_bits: int = 0
    floating: bool = False

    def __post_init__(self) -> None:
        require_range("shadow_bits", self.shadow_bits, 2, 24)
        require_range("inference_bits", self.inference_bits, 2, self.shadow_bits)
        require_range("headroom_bits", self.headroom_bits, 0, 30 - self.shadow_bits)

    @classmethod
    def parse(cls, text: str) -> Precision:
        """Read ``"16-8"`` (shadow, inference), ``"16-8-unbounded"`` (headroom) or ``"fp32"``."""
        if text == "fp32":
            return cls(floating=True)
        match = re.fullmatch(r"(\d+)-(\d+)(-unbounded)?", text)
        if not match:
            known = ", ".join(PRECISIONS)
            raise NetworkError(
                f"precision {text!r}: write SHADOW-INFERENCE bits, such as {known}, "
                "or append -unbounded to reproduce the paper's unsaturated weights; fp32 is the "
                "float32 baseline"
            )
        return cls(
            shadow_bits=int(match[1]),
            inference_bits=int(match[2]),
            headroom_bits=8 if match[3] else 0,
        )

    def __str__(self) -> str:
        if self.floating:
            return "fp32"
        tail = "-unbounded" if self.headroom_bits else ""
        return f"{self.shadow_bits}-{self.inference_bits}{tail}"

    @property
    def w_shift(self) -> int:
        """Right shift from shadow to inference weights."""
        return self.shadow_bits - self.inference_bits

    @property
    def w_max(self) -> int:
        """Largest magnitude of an inference weight: the floor of the negative limit reaches it."""
        return 1 << (self.w_bits - 1)

    @property
    def dtype(self) -> np.dtype:
        """Of shadow weights: int32, or float32."""
        return np.dtype(np.float32 if self.floating else np.int32)

    def inference(self, w_shadow: np.ndarray) -> np.ndarray:
        """Return the inference weights of shadow weights, of the same shape and dtype."""
        if self.floating:
            return w_shadow * np.float32(0.5**self.w_shift)
        return shift_floor(w_shadow, self.w_shift)

    @property
    def storage_bits(self) -> int:
        """Width at which shadow weights saturate."""
        return self.shadow_bits + self.headroom_bits

    @property
    def w_bits(self) -> int:
        """Width of the inference weights as they can occur."""
        return self.inference_bits + self.headroom_bits


#: Step of the low-discrepancy rate code: odd multiples of it visit every byte most evenly.
LOW_DISCREPANCY_STEP = 158


@dataclass(frozen=True, kw_only=True)
class RateEncoder:
    """Turns a byte per input into ``T`` binary spikes.

    Parameters
    ----------
    kind : {"low_discrepancy", "random"}
        ``"random"``: spike where ``pixel > r_t`` with a fresh random byte each step.
        ``"low_discrepancy"``: spike where ``pixel > (r + 158 t) & 255`` with one random byte per
        pixel and sample: the same rate with less variance, and cheaper.
    """

    kind: Literal["low_discrepancy", "random"] = "low_discrepancy"

    def __post_init__(self) -> None:
        if self.kind not in ("low_discrepancy", "random"):
            raise NetworkError(f"encoder kind {self.kind!r}: must be low_discrepancy or random")


@dataclass(frozen=True, kw_only=True)
class FrameEncoder:
    """Graded input: a sample is ``T`` frames of one byte per input, taken as it is.

    ``x[t, i] = min(sample[t * n_in + i], max_count)``: spike counts of recordings binned to frames,
    such as spoken digits.

    Parameters
    ----------
    max_count : int
        Largest value that occurs; larger ones are cut.
    """

    kind: Literal["frames"] = "frames"
    max_count: int = 255

    def __post_init__(self) -> None:
        if self.kind != "frames":
            raise NetworkError(f"encoder kind {self.kind!r}: a FrameEncoder's is frames")
        require_range("max_count", self.max_count, 1, 255, "samples are bytes")


LOSSES = ("standard", "one_sided", "positive", "random", "softmax")


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Error of the output layer at the sample's last step (3.6).

    ``err = ((count * alpha) >> floor(log2 T)) - alpha * onehot``

    Parameters
    ----------
    kind : {"standard", "one_sided", "positive", "random", "softmax"}
        ``"one_sided"`` never pushes the label's neuron down: its error is capped at 0.
        ``"positive"`` (3.7) sets the error of the other classes to 1, and ``"random"`` (3.8) to one
        of -1, 0, 1, wherever it is 0. (The paper prints them for the label, too; its own term is
        then overwritten, and nothing is learned.) ``"softmax"``, in fp32 only, is what the paper's
        baseline has: ``err = alpha * (softmax(count) - onehot)``.
    alpha : int
        Error scale.
    err_bits : int
        Width of the error, which saturates.
    """

    kind: Literal["standard", "one_sided", "positive", "random", "softmax"] = "one_sided"
    alpha: int = 128
    err_bits: int = 16

    def __post_init__(self) -> None:
        if self.kind not in LOSSES:
            raise NetworkError(f"loss kind {self.kind!r}: must be one of {', '.join(LOSSES)}")
        require_range("alpha", self.alpha, 1, 1 << 20)
        require_range("err_bits", self.err_bits, 2, 31)


PROPAGATIONS = ("direct", "final", "feedback")


@dataclass(frozen=True, kw_only=True)
class Feedback:
    r"""How the error reaches the layers (3.9-3.16).

    The output layer's feedback voltage is ``e``; a hidden layer's
    ``v_fb = (W_next^T v_fb_next) >> fb_shift``, with the inference weights of the next layer.

    Parameters
    ----------
    propagation : {"direct", "final", "feedback"}
        ``"direct"`` (3.15): ``e`` is the error at the sample's last step. The others pass the error
        through a pair of error neurons for each output, which integrate it and spike:

        .. math::
            v_{pos} &= v_{pos} - \vartheta s_{pos} + err, \quad s_{pos} = v_{pos} > \vartheta \\
            v_{neg} &= v_{neg} - \vartheta s_{neg} - err, \quad s_{neg} = v_{neg} > \vartheta

        and ``e`` counts their spikes, ``(sum_t s_pos - s_neg) << err_shift`` (3.13): at every step
        after ``soft_start`` with the error so far in ``"feedback"``, at the last step only in
        ``"final"``, where the sum is -1, 0 or 1. (The paper prints ``v_neg`` with the sign of
        ``v_pos``, which would cancel every spike, and takes 1 off for a spike.) Since feedback
        weights are linear and constant within a sample, integrating their spikes in every layer
        (3.14) gives ``W^T e``.
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

    propagation: Literal["direct", "final", "feedback"] = "direct"
    time_gated: bool = True
    v_fb_bits: int = 31
    soft_start: int = 5
    err_vth: int = 64
    err_shift: int = 3

    def __post_init__(self) -> None:
        if self.propagation not in PROPAGATIONS:
            known = ", ".join(PROPAGATIONS)
            raise NetworkError(f"propagation {self.propagation!r}: must be one of {known}")
        require_range("v_fb_bits", self.v_fb_bits, 4, 31)
        require_range("soft_start", self.soft_start, 0, 4095)
        require_range("err_vth", self.err_vth, 0, (1 << 30) - 1)
        require_range("err_shift", self.err_shift, 0, 12)
