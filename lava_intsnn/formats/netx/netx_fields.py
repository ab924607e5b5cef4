"""Values of a netx file, each checked for type, shape and range where it is taken."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_intsnn.printable_text import printable
from lava_intsnn.storage.foreign_hdf5 import ForeignGroup

#: Characters of a file's own text that a message shows.
_SHOWN = 40
#: No number of a netx file is larger.
_MOST = (1 << 31) - 1


class UnfitLayer(Exception):
    """Why a layer of a file does not fit our networks: one reason or several."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reasons))


class Fields:
    """A group of a netx file, which gives checked values, and notes what it had to change.

    Parameters
    ----------
    group : ForeignGroup
    where : str
        Of which layer, for the notes.
    notes : list of str
        Receives a line for each change of what the file holds.
    """

    def __init__(self, group: ForeignGroup, where: str, notes: list[str]) -> None:
        self.group = group
        self.where = where
        self.notes = notes

    def __contains__(self, name: str) -> bool:
        return name in self.group

    def note(self, text: str) -> None:
        """Note a change."""
        self.notes.append(f"{self.where}: {text}")

    def inner(self, name: str) -> Fields:
        """Return the fields of a group in this one."""
        inner = self.group.get(name)
        if not isinstance(inner, ForeignGroup):
            raise UnfitLayer(f"{name}: must be a group of values")
        return Fields(inner, self.where, self.notes)

    def attributes(self, name: str = "") -> dict[str, Any]:
        """Return the HDF5 attributes of a value, or of the group."""
        return self.group.attributes.get(name, {})

    def text(self, name: str) -> str:
        """Return a text, or the first of several, that is fit to print."""
        held = self.group.get(name)
        if isinstance(held, np.ndarray) and held.dtype.kind == "U" and held.size:
            held = str(held.ravel()[0])
        if not isinstance(held, str):
            raise UnfitLayer(f"{name}: must be a text")
        return printable(held, shown=_SHOWN)

    def numbers(self, name: str) -> np.ndarray:
        """Return whole numbers, int64. Fractions are cut toward zero and noted, as lava-dl cuts."""
        held = np.asarray(self._number_array(name))
        if held.dtype.kind == "f" and not np.isfinite(held).all():
            raise UnfitLayer(f"{name}: holds infinities or not-a-number")
        if held.size and max(abs(float(held.max())), abs(float(held.min()))) > _MOST:
            raise UnfitLayer(f"{name}: holds numbers beyond {_MOST}")
        whole = held.astype(np.int64)
        cut = int(np.count_nonzero(whole != held))
        if cut:
            self.note(f"{name}: {cut} of {held.size} numbers are not whole and lose their fraction")
        return whole

    def number(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """Return one whole number; several equal ones count as one."""
        if default is not None and name not in self:
            return default
        values = self.numbers(name)
        if not values.size or (values != values.flat[0]).any():
            raise UnfitLayer(f"{name}: {values.size} numbers that differ, must be one")
        return in_range(name, int(values.flat[0]), low, high)

    def each(self, name: str, low: int, high: int, sizes: set[int]) -> int | tuple[int, ...]:
        """Return one number for all neurons, or where they differ a tuple of one of ``sizes``."""
        values = self.numbers(name).ravel()
        if values.size and (values == values[0]).all() and values.size in {1, *sizes}:
            return in_range(name, int(values[0]), low, high)
        if values.size not in sizes:
            allowed = " or ".join(str(size) for size in sorted({1, *sizes}))
            raise UnfitLayer(f"{name}: {values.size} numbers, must be {allowed}")
        for value in (values.min(), values.max()):
            in_range(name, int(value), low, high)
        return tuple(values.tolist())

    def pair(self, name: str) -> tuple[int, int]:
        """Return a vertical and a horizontal number, which a single one stands for."""
        values = self.numbers(name).ravel()
        if values.size not in (1, 2):
            raise UnfitLayer(f"{name}: {values.size} numbers, must be 1 or 2")
        return int(values[0]), int(values[-1])

    def shape(self) -> tuple[int, ...]:
        """Return the shape of a layer, of 1 to 3 sides."""
        sides = tuple(self.numbers("shape").ravel().tolist())
        if not 1 <= len(sides) <= 3:
            raise UnfitLayer(f"shape: {len(sides)} sides, must be 1 to 3")
        for side in sides:
            in_range("shape", side, 1, 1 << 24)
        return sides

    def _number_array(self, name: str) -> Any:
        held = self.group.get(name)
        if isinstance(held, (np.ndarray, np.generic)) and held.dtype.kind in "biuf":
            return held
        raise UnfitLayer(f"{name}: {'must be numbers' if name in self else 'is missing'}")


def in_range(name: str, value: int, low: int, high: int) -> int:
    """Return ``value``, or refuse it."""
    if not low <= value <= high:
        raise UnfitLayer(f"{name} = {value}: must be {low}..{high}")
    return value
