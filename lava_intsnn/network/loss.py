"""The error of the output layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from lava_intsnn.field_checks import Checked, Within
from lava_intsnn.network.errors import NetworkError

LOSSES = ("standard", "one_sided", "positive", "random", "softmax")


@dataclass(frozen=True, kw_only=True)
class Loss(Checked, refusal=NetworkError):
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
    alpha: Annotated[int, Within(1, 1 << 20)] = 128
    err_bits: Annotated[int, Within(2, 31)] = 16
