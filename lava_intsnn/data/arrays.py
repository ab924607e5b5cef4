"""Images and labels of any common type, turned into the bytes and the classes of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.data.errors import DataError
from lava_intsnn.field_checks import is_integer, shown

_TOP = 255
#: More classes than any data set has: a label beyond is a mistake, such as a measured value.
MAX_CLASSES = 1 << 16
_MAX_LABEL = (1 << 31) - 1
#: Types of labels that are names.
_TEXT = "USO"

_HOW = (
    "scale=255 for values in 0..1, scale=1 for values in 0..255, or value_range=(low, high) for "
    "values between any other two"
)


def image_bytes(
    images: Any,
    *,
    what: str,
    scale: float | None = None,
    value_range: tuple[float, float] | None = None,
) -> npt.NDArray[np.uint8]:
    """Return images as unsigned bytes in their own shape.

    Parameters
    ----------
    images : array
        Integers in 0..255 are taken as they are, and truth values become 0 and 255. Floats, and
        other integers, need a scale.
    what : str
        The images in messages.
    scale : float, optional
        What a value is multiplied with.
    value_range : (float, float), optional
        The values that become 0 and 255, in place of ``scale``.

    Raises
    ------
    DataError
        If the values are no numbers, not finite, or beyond 0..255 after scaling, or if both or,
        for floats, neither of ``scale`` and ``value_range`` are given.
    """
    array = as_array(images, what)
    if array.dtype.kind not in "buif":
        raise DataError(f"{what} are of type {array.dtype}: must be numbers")
    if 0 in array.shape:
        raise DataError(f"{what} have shape {array.shape}: there must be at least one value")
    given = _linear(scale, value_range)
    if given is None:
        if array.dtype.kind == "f":
            raise DataError(f"{what} are floats ({array.dtype}): say how they become bytes, {_HOW}")
        if array.dtype.kind == "b":
            return array.astype(np.uint8) * np.uint8(_TOP)
        if array.dtype != np.uint8:
            _require_inside(array, array, 0, _TOP, what, f"bytes are 0..{_TOP}; give {_HOW}")
        return array.astype(np.uint8)
    low, factor, span = given
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        wrong = array[~np.isfinite(array)][0]
        raise DataError(f"{what} hold {wrong}: must be finite; replace it, as with np.nan_to_num")
    levels = np.rint((array.astype(np.float64) - low) * factor)
    hint = f"the scale takes {span} to 0..{_TOP}; give another, or cut the values with np.clip"
    _require_inside(levels, array, 0, _TOP, what, hint)
    return levels.astype(np.uint8)


def class_labels(
    labels: Any,
    *,
    what: str,
    n_classes: int | None = None,
    first_label: int = 0,
    classes: Sequence[str] | None = None,
) -> tuple[npt.NDArray[np.int32], int, tuple[str, ...] | None]:
    """Return labels as classes from 0 on, with their number and, if they have any, their names.

    Parameters
    ----------
    labels : array
        Of shape (N,): integers of any type, floats without a fraction, or names.
    what : str
        The labels in messages.
    n_classes : int, optional
        By default one more than the highest class.
    first_label : int
        The label of class 0.
    classes : sequence of str, optional
        Names in the order of the classes. For labels that are names, the default is the
        alphabetical order of those that occur.

    Raises
    ------
    DataError
        If they are neither, have another shape, or are out of range.
    """
    if n_classes is not None and not (is_integer(n_classes) and 1 <= n_classes <= MAX_CLASSES):
        raise DataError(f"n_classes = {shown(n_classes)}: must be an integer in 1..{MAX_CLASSES}")
    if not is_integer(first_label) or abs(int(first_label)) > _MAX_LABEL:
        raise DataError(
            f"first_label = {shown(first_label)}: must be an integer in {-_MAX_LABEL}..{_MAX_LABEL}"
        )
    array = as_array(labels, what)
    if array.ndim == 2 and array.shape[1] > 1:
        raise DataError(f"{what} have shape {array.shape}: for one-hot rows give y.argmax(axis=1)")
    if array.ndim != 1:
        raise DataError(f"{what} have shape {array.shape}: must be (N,); use y.ravel()")
    if len(array) == 0:
        raise DataError(f"{what} are empty: there must be at least one")
    names = None if classes is None else tuple(str(name) for name in classes)
    if names and len(set(names)) < len(names):
        raise DataError(f"{what}: the names of classes {shown(names)} must all be different")
    if array.dtype.kind in _TEXT:
        found, names = _named(array, what, names)
    else:
        found = _whole(array, what) - first_label
    top = int(n_classes or (len(names) if names else int(found.max()) + 1))
    if names is not None and len(names) != top:
        raise DataError(f"{len(names)} names of classes for n_classes = {top}: must be as many")
    if not 1 <= top <= MAX_CLASSES:
        raise DataError(
            f"{what} reach {int(found.max()) + first_label}: a network has an output for each "
            f"class, at most {MAX_CLASSES}; are these classes?"
        )
    wrong = (found < 0) | (found >= top)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise DataError(
            f"{what}: {int(wrong.sum())} out of range, the first at index {first} with value "
            f"{int(found[first]) + first_label}; must be {first_label}..{first_label + top - 1} "
            f"(n_classes = {top}, first_label = {first_label})"
        )
    return found.astype(np.int32), top, names


def names_in(labels: Any) -> tuple[str, ...] | None:
    """Return the names that labels hold, sorted, or None if they are numbers."""
    array = as_array(labels, "labels")
    if array.dtype.kind not in _TEXT:
        return None
    return tuple(sorted(set(_words(array, "labels"))))


def as_array(values: Any, what: str) -> np.ndarray:
    """Return ``values`` as an array; raise :class:`DataError` if they have no one shape."""
    if np.ma.isMaskedArray(values):
        raise DataError(f"{what} are a masked array: leave masked samples out, or give .filled(0)")
    try:
        return np.asarray(values)
    except (ValueError, TypeError) as error:
        raise DataError(f"{what} are not an array ({error}): all must have one shape") from None


def _linear(
    scale: float | None, value_range: tuple[float, float] | None
) -> tuple[float, float, str] | None:
    """Return what to subtract, what to multiply with then, and the values this is for."""
    if scale is not None and value_range is not None:
        raise DataError(f"scale = {shown(scale)} and value_range: give one of them")
    if scale is not None:
        factor = _finite("scale", scale)
        if factor <= 0:
            raise DataError(f"scale = {shown(scale)}: must be above 0; {_HOW}")
        return 0.0, factor, f"0..{_TOP / factor:g}"
    if value_range is None:
        return None
    low, high = ends_of(value_range)
    return low, _TOP / (high - low), f"{low:g}..{high:g}"


def ends_of(value_range: Any) -> tuple[float, float]:
    """Return the values that become 0 and 255; raise :class:`DataError` if they are no two."""
    if not isinstance(value_range, (tuple, list)) or len(value_range) != 2:
        raise DataError(f"value_range = {shown(value_range)}: must be two numbers, (low, high)")
    low, high = (_finite("value_range", bound) for bound in value_range)
    if low >= high:
        raise DataError(f"value_range = {shown(value_range)}: the first must be below the second")
    if not 1e-300 < high - low < np.inf:
        raise DataError(
            f"value_range = {shown(value_range)}: too close or too far apart for floats; scale the "
            "values first"
        )
    return low, high


def _finite(name: str, value: Any) -> float:
    number = isinstance(value, (int, float, np.integer, np.floating))
    try:
        found = float(value) if number and not isinstance(value, bool) else np.inf
    except OverflowError:  # an integer of many digits
        found = np.inf
    if not np.isfinite(found):
        raise DataError(f"{name}: {shown(value)} must be a finite number; {_HOW}")
    return found


def _require_inside(
    levels: np.ndarray, values: np.ndarray, low: int, high: int, what: str, hint: str
) -> None:
    wrong = (levels < low) | (levels > high)
    if wrong.any():
        value = values[wrong][0]
        sample = int(np.argwhere(wrong)[0][0])
        raise DataError(f"{what} hold {value} (sample {sample}): {hint}")


def _whole(array: np.ndarray, what: str) -> npt.NDArray[np.int64]:
    if array.dtype.kind not in "uif":
        raise DataError(f"{what} are of type {array.dtype}: must be integers, or names")
    if array.dtype.kind == "f":
        wrong = ~np.isfinite(array) | (array != np.floor(array))
        if wrong.any():
            first = int(np.argmax(wrong))
            raise DataError(
                f"{what}: {array[first]} at index {first}: floats must be whole numbers, "
                "the classes; measured values cannot be classified"
            )
        array = array.astype(np.float64)  # a float16 cannot be compared with the limit
    wrong = (array < -_MAX_LABEL) | (array > _MAX_LABEL)
    if wrong.any():
        raise DataError(f"{what} hold {array[wrong][0]}: must be the number of a class")
    return array.astype(np.int64)


def _named(
    array: np.ndarray, what: str, names: tuple[str, ...] | None
) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    words = _words(array, what)
    names = names or tuple(sorted(set(words)))
    number = {name: index for index, name in enumerate(names)}
    strange = next((word for word in words if word not in number), None)
    if strange is not None:
        raise DataError(f"{what} hold {shown(strange)}, which is none of {shown(names)}")
    return np.array([number[word] for word in words], dtype=np.int64), names


def _words(array: np.ndarray, what: str) -> list[str]:
    words = [
        w.decode(errors="replace") if isinstance(w, bytes) else w for w in array.ravel().tolist()
    ]
    odd = next((word for word in words if not isinstance(word, str)), None)
    if odd is not None:
        raise DataError(f"{what} hold {shown(odd)}: must be integers, or names, not a mixture")
    return words
