"""What a search can vary of a recipe: how much training samples are changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isqrt
from typing import Any

from lava_intsnn.augmenting import IMAGE_CHANGES, MAX_SHIFT
from lava_intsnn.network import Conv, Network
from lava_intsnn.recipe import Recipe
from lava_intsnn.search.errors import SearchError
from lava_intsnn.search.space import RECIPE_PART, Parameter

#: Highest values that are searched, unless the recipe's own are higher; in frames at most half.
_TOPS = {
    "shift": 8,
    "stretch": 30,
    "time_shift": 4,
    "time_mask": 4,
    "channel_mask": 16,
    "mix": 100,
    "turn": 25,
    "cutout": 8,
}
_OF_TIME = ("stretch", "time_shift", "time_mask")


def recipe_space_of(recipe: Recipe, network: Network) -> tuple[Parameter, ...]:
    """Return the parameters of a recipe that a search can vary: ``augment.shift``, ``augment.mix``.

    Changes of time are among them if ``network`` reads frames, and those of images unless it reads
    frames of channels. Whether images are mirrored is not varied: the data say if they may be.
    """
    found = []
    pictures = not network.graded or isinstance(network.layers[0], Conv)
    side = isqrt(network.n_in)  # the sides of images are not known here: most are square
    for name, top in _TOPS.items():
        value = getattr(recipe.augmentation, name)
        if name in _OF_TIME and not network.graded:
            continue
        if name in IMAGE_CHANGES and not pictures:
            continue
        if name in ("time_shift", "time_mask"):
            top = min(top, network.steps // 2)
        if name == "channel_mask":
            top = min(top, (network.n_in if network.graded else side) // 4)
        if name == "cutout":
            top = min(top, side // 2)
        if name == "shift":
            top = min(max(top, 2 * value), MAX_SHIFT)
        parameter = f"{RECIPE_PART}.{name}"
        found.append(Parameter(name=parameter, default=value, low=0, high=max(top, value)))
    return tuple(found)


def with_values(recipe: Recipe, values: Mapping[str, int | None]) -> Recipe:
    """Return ``recipe`` with those of ``values`` in place that are its own.

    Raises
    ------
    NetworkError
        If a value is out of range.
    """
    changes: dict[str, Any] = {}
    for name, value in values.items():
        part, _, constant = name.partition(".")
        if part == RECIPE_PART:
            if constant not in _TOPS or value is None:
                raise SearchError(
                    f"parameter {name!r} = {value}: must be a number, of {', '.join(_TOPS)}"
                )
            changes[constant] = value
    if not changes:
        return recipe
    return replace(recipe, augment=replace(recipe.augmentation, **changes))
