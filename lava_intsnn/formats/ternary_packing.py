"""Ternary codes in 1.6 bits each: five digits of base 3 in a byte."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lava_intsnn.field_checks import shown

#: Digits of a byte: 3^5 = 243 values.
DIGITS = 5
_PLACES = 3 ** np.arange(DIGITS)


def is_ternary(codes: npt.NDArray) -> bool:
    """Whether an array is int8 and holds codes -1, 0, 1 alone, at least one."""
    return (
        codes.size > 0
        and codes.dtype == np.int8
        and bool((np.abs(codes.astype(np.int16)) <= 1).all())
    )


def pack_ternary(codes: npt.NDArray[np.int8]) -> npt.NDArray[np.uint8]:
    """Return codes -1, 0, 1 of any shape, in C order, as ceil(N / 5) bytes.

    The first code is the lowest digit of the first byte, and a digit is its code plus 1. Digits
    after the last code are 1, so that equal codes give equal bytes.
    """
    digits = np.ones(-(-codes.size // DIGITS) * DIGITS, np.int64)
    digits[: codes.size] += codes.ravel()
    return (digits.reshape(-1, DIGITS) @ _PLACES).astype(np.uint8)


def unpack_ternary(packed: npt.NDArray[np.uint8], shape: tuple[int, ...]) -> npt.NDArray[np.int8]:
    """Undo :func:`pack_ternary`.

    Parameters
    ----------
    packed : (ceil(N / 5),) uint8 array
    shape : tuple of int
        Of the codes, N in all.

    Raises
    ------
    ValueError
        If the bytes are not those of so many codes.
    """
    whole = all(type(n) is int and 0 < n < 1 << 31 for n in shape)
    size = int(np.prod([int(n) for n in shape], dtype=object)) if whole else 0
    if not size or packed.shape != (-(-size // DIGITS),) or packed.dtype != np.uint8:
        raise ValueError(
            f"packed codes are {packed.dtype} {packed.shape}: must be uint8, five to a byte, for "
            f"codes of shape {shown(shape)}"
        )
    digits = (packed[:, None] // _PLACES.astype(np.uint8) % 3).astype(np.int8) - np.int8(1)
    if packed.max() >= 3**DIGITS or digits.ravel()[size:].any():
        raise ValueError("packed codes hold a byte that no codes give: the array is damaged")
    return digits.ravel()[:size].reshape(shape)
