"""The choices that hold for a whole network: precision, encoder, loss."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lava_intsnn.arithmetic import limit, shift_floor
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
    full_range : bool
        Shadow weights saturate at ``-2**(n-1)`` instead of ``-(2**(n-1) - 1)``: two's complement,
        which is what a Loihi synapse holds.
    floating : bool
        The float32 twin ("fp32"): the same equations and constants without rounding, saturation
        or widths. Weights keep the unit of shadow weights of ``shadow_bits``.
    """

    shadow_bits: int = 16
    inference_bits: int = 8
    headroom_bits: int = 0
    full_range: bool = False
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
    def w_shadow_max(self) -> int:
        """Largest shadow weight."""
        return limit(self.storage_bits)

    @property
    def w_shadow_min(self) -> int:
        """Smallest shadow weight."""
        return -self.w_shadow_max - int(self.full_range)

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
