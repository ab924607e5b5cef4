"""The synapse Processes of converted networks: Lava's own where they are exact, else ours."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava
from lava_intsnn.nearest_name import choices

# isort: split
import numpy as np
import numpy.typing as npt
from lava.magma.core.process.process import AbstractProcess
from lava.proc.conv.process import Conv
from lava.proc.dense.process import Dense
from lava.utils.weightutils import SignMode

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.processes import GradedConv

#: ``"lava"``: Lava's Conv and Dense where they are exact; ``"own"``: only :class:`GradedConv`.
KINDS = ("lava", "own")

_WEIGHTS = np.iinfo(np.int8)
_CONV_SUM = 1 << 23  # Conv wraps at 24 bits
_DENSE_SUM = 1 << 30  # Dense has 32 bits for twice the sum, see below


def synapses(
    weights: npt.NDArray,
    *,
    in_shape: tuple[int, int, int],
    stride: int,
    padding: int,
    largest: int,
    kind: str,
    name: str,
) -> AbstractProcess:
    """Return a Process with ports s_in and a_out, which sends the sums of the previous step.

    A kernel as large as its input becomes a Dense.

    Parameters
    ----------
    weights : (O, kernel, kernel, I) integer array
    in_shape : (int, int, int)
        H, W, I.
    stride, padding : int
    largest : int
        Largest magnitude of a message.
    kind : {"lava", "own"}
    name : str
        Name of the Process.

    Raises
    ------
    ConversionError
        If the kind is unknown.
    """
    if kind not in KINDS:
        raise ConversionError(f"synapses {kind!r}: must be one of {choices(kind, KINDS)}")
    kernel = weights.shape[1]
    dense = (kernel, kernel) == tuple(in_shape[:2]) and not padding
    bound = largest * int(np.abs(weights.astype(np.int64)).sum(axis=(1, 2, 3)).max())
    narrow = weights.min() >= _WEIGHTS.min and weights.max() <= _WEIGHTS.max
    if kind == "own" or not narrow or bound >= (_DENSE_SUM if dense else _CONV_SUM):
        return GradedConv(
            weights=weights, in_shape=in_shape, stride=stride, padding=padding, name=name
        )
    message_bits = largest.bit_length() + 1  # with 0 every spike would be 1, whatever its sign
    if dense:
        # Dense drops the lowest bit of weights of mixed sign, so it gets 2 W and halves the sum
        return Dense(
            weights=weights.reshape(len(weights), -1).astype(np.int32) * 2,
            weight_exp=-1,
            sign_mode=SignMode.MIXED,
            num_message_bits=message_bits,
            name=name,
        )
    return Conv(
        weight=weights[:, ::-1, ::-1].astype(np.int32),  # Conv mirrors its kernel
        input_shape=tuple(in_shape),
        stride=stride,
        padding=padding,
        num_message_bits=message_bits,
        name=name,
    )
