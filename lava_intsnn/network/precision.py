"""Widths of the weights."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lava_intsnn.arithmetic import limit, shift_floor
from lava_intsnn.field_checks import Within, check_fields, shown
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
        The float32 twin ("fp32"): the same equations and constants without rounding or
        widths; only the potential that recurrent synapses read saturates. Weights keep the unit of
        shadow weights of ``shadow_bits``.
    """

    shadow_bits: Annotated[int, Within(2, 24)] = 16
    inference_bits: int = 8
    headroom_bits: int = 0
    full_range: bool = False
    floating: bool = False

    def __post_init__(self) -> None:
        check_fields(self, NetworkError)
        require_range("inference_bits", self.inference_bits, 2, self.shadow_bits)
        require_range("headroom_bits", self.headroom_bits, 0, 30 - self.shadow_bits)

    @classmethod
    def parse(cls, text: str) -> Precision:
        """Read ``"16-8"`` (shadow, inference), ``"16-8-unbounded"`` (headroom) or ``"fp32"``."""
        if text == "fp32":
            return cls(floating=True)
        match = isinstance(text, str) and re.fullmatch(r"(\d{1,4})-(\d{1,4})(-unbounded)?", text)
        if not match:
            known = ", ".join(PRECISIONS)
            raise NetworkError(
                f"precision {shown(text)}: write SHADOW-INFERENCE bits, such as {known}, "
                "or append -unbounded to reproduce the paper's unsaturated weights; fp32 is the "
                "float32 baseline"
            )
        try:
            return cls(
                shadow_bits=int(match[1]),
                inference_bits=int(match[2]),
                headroom_bits=8 if match[3] else 0,
            )
        except NetworkError as error:
            raise NetworkError(f"precision {text!r}: {error}") from None

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
    def coarse(self) -> bool:
        """Whether inference weights have fewer than 8 bits.

        Rounding initial weights down, which takes half a unit from each, then silences layers of
        many inputs, unless they are centred: see ``init_centred`` of a layer.
        """
        return self.inference_bits < 8

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

    def shadow(self, w: np.ndarray) -> np.ndarray:
        """Return shadow weights with the inference weights ``w``, as far as the width allows.

        The bits below are 0, except for the most negative weight of a symmetric shadow.
        """
        shadow = w.astype(np.int64) * (1 << self.w_shift)
        return np.clip(shadow, self.w_shadow_min, self.w_shadow_max).astype(self.dtype)

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
