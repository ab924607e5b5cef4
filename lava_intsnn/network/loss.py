"""The error of the output layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from lava_intsnn.field_checks import Checked, Within
from lava_intsnn.network.errors import STEPS, NetworkError

LOSSES = ("standard", "one_sided", "positive", "random", "softmax")
WINDOWS = ("segment", "start")


@dataclass(frozen=True, kw_only=True)
class Loss(Checked, refusal=NetworkError):
    r"""Error of the output layer, at the sample's last step (3.6) or at several points of it.

    ``err = ((count * alpha) >> floor(log2 T)) - alpha * onehot``

    ``count`` are the spikes of an output neuron; of a :class:`~.leaky_readout.LeakyReadout` it is
    the answer.

    Parameters
    ----------
    kind : {"standard", "one_sided", "positive", "random", "softmax"}
        ``"one_sided"`` never pushes the label's neuron down: its error is capped at 0.
        ``"positive"`` (3.7) sets the error of the other classes to 1, and ``"random"`` (3.8) to one
        of -1, 0, 1, wherever it is 0. (The paper prints them for the label, too; its own term is
        then overwritten, and nothing is learned.) ``"softmax"`` is what the paper's baseline has,
        ``err = alpha * (softmax(count / 2**temperature_shift) - onehot)``, in integers

        .. math::
            z_o &= \min(\text{limit}, (\max_k count_k - count_o) \cdot 2^{4 - temperature\_shift}),
                \qquad e_o = \lfloor 2^{16} \exp(-z_o / 2^4) \rfloor \\
            err_o &= \lfloor (2 \alpha e_o + S) / 2 S \rfloor - \alpha \, onehot_o,
                \qquad S = \textstyle\sum_k e_k

        where the power of two is a shift that rounds down, ``e`` a table of 17 bits whose last
        entry, at the limit 178, is 0, and the quotient the nearest integer. (Rounded down, it would
        add to every weight.) ``S`` is at most ``2**16`` for each class, the dividend has
        ``17 + log2(2 alpha)`` bits, and the error is never beyond ``alpha``.
    alpha : int
        Error scale.
    err_bits : int
        Width of the error, which saturates.
    points : int
        Number of equal parts of the sample, at the end of each of which an error is computed: as
        many as there are steps give an error at every step. Each error pushes the eligibility, and
        one update adds up all of them.
    window : {"segment", "start"}
        What an error of several is about: the counts, or answers, and the eligibility of its own
        part, where ``T`` above is the length of the part, or those of all steps since the sample's
        start, with ``T`` as many.
    temperature_shift : int
        Of the softmax: counts are divided by ``2**temperature_shift``.

    Raises
    ------
    NetworkError
        On values out of range.
    """

    kind: Literal["standard", "one_sided", "positive", "random", "softmax"] = "one_sided"
    alpha: Annotated[int, Within(1, 1 << 20)] = 128
    err_bits: Annotated[int, Within(2, 31)] = 16
    points: Annotated[int, STEPS] = 1
    window: Literal["segment", "start"] = "segment"
    temperature_shift: Annotated[int, Within(-8, 30)] = 0

    @property
    def pushes(self) -> int:
        """Most errors that push the gate of one step: all of them, where they are about it."""
        return self.points if self.window == "start" else 1
