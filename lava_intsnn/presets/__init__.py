"""Networks by name, in every precision, with the recipes that train them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lava_intsnn.nearest_name import choices
from lava_intsnn.network import (
    Network as Network,
    NetworkError as NetworkError,
    Precision as Precision,
)
from lava_intsnn.presets.deep_presets import DEEP as DEEP
from lava_intsnn.presets.digits_presets import DIGITS as DIGITS
from lava_intsnn.presets.loihi_presets import LOIHI as LOIHI
from lava_intsnn.presets.mnist_presets import MNIST as MNIST
from lava_intsnn.presets.nmnist_presets import NMNIST as NMNIST
from lava_intsnn.presets.preset import Preset as Preset, from_float as from_float, scaled as scaled
from lava_intsnn.presets.shd_presets import SHD as SHD
from lava_intsnn.presets.spoken_presets import SPOKEN as SPOKEN
from lava_intsnn.presets.variants import variant as variant
from lava_intsnn.recipe import PLAIN_EPOCHS, Recipe

PRESETS: dict[str, Preset] = {
    preset.name: preset for preset in (*MNIST, *DEEP, *DIGITS, *SPOKEN, *SHD, *NMNIST, *LOIHI)
}


def preset(name: str) -> Preset:
    """Return the preset called ``name``.

    Raises
    ------
    NetworkError
        If there is none. The message lists the names.
    """
    if name not in PRESETS:
        raise NetworkError(f"preset {name!r}: known are {choices(name, PRESETS)}")
    return PRESETS[name]


def own_recipe(network: Network) -> Recipe | None:
    """Return the recipe of the preset that ``network`` is named after, or None."""
    found = PRESETS.get(network.name)
    return None if found is None else found.recipe_of(network)


def recipe_for(network: Network) -> Recipe:
    """Return the recipe of the preset that ``network`` is named after, or a plain one."""
    return own_recipe(network) or Recipe(epochs=PLAIN_EPOCHS)


def _function(found: Preset) -> Callable[..., Network]:
    """Return a function that makes the network of a preset."""

    def network(*, precision: str | Precision = found.precision) -> Network:
        return found.network(precision)

    network.__name__ = network.__qualname__ = found.name.replace("-", "_")
    network.__doc__ = f"{found.about}."
    return network


#: One for each preset: ``mnist_snn(precision="16-4")``, and the like.
_FUNCTIONS = {function.__name__: function for function in map(_function, PRESETS.values())}
globals().update(_FUNCTIONS)

__all__ = ["PRESETS", "Preset", "from_float", "preset", "scaled", "variant", *_FUNCTIONS]

if TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., Network]: ...
