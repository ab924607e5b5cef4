"""The search space: integer ranges around a network's own constants."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.arithmetic import DECAY_UNITY
from lava_intsnn.field_checks import check_fields
from lava_intsnn.nearest_name import suggestion
from lava_intsnn.network import Adaptation, LeakyReadout, Network, Neuron, NeuronKind
from lava_intsnn.network.leaky_readout import ANSWER_SHIFT_MAX
from lava_intsnn.search.errors import SearchError

#: A value per parameter name; None stands for "off".
Values: TypeAlias = dict[str, "int | None"]

#: Thresholds, windows, clip and alpha are searched from a quarter to four times their value.
FACTOR = 4
#: Learning and recurrence shifts are searched this far to both sides.
REACH = 2
#: Names of parameters that are the recipe's and not the network's begin with this.
RECIPE_PART = "augment"
#: Decays of Loihi's neuron.
_DECAYS = ("current_decay", "voltage_decay")
#: Constants of a threshold that adapts.
_ADAPTS = ("adapt_step", "adapt_shift")


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One constant of a network and the integers it may take.

    Parameters
    ----------
    name : str
        ``"alpha"`` or ``"temperature_shift"``, or layer and constant: ``"hidden.vth"``.
    default : int or None
        The network's own value; None if it is off.
    low, high : int
        Both included.
    scale : {"linear", "log", "power"}
        ``"linear"``: all integers, uniformly. ``"log"``: all integers, uniformly in their
        logarithm. ``"power"``: the default times powers of two.
    off : bool
        Whether None is among the values.

    Raises
    ------
    SearchError
        If the range is empty, or reaches below 1 on a log or power scale.
    """

    name: str
    default: int | None
    low: int
    high: int
    scale: Literal["linear", "log", "power"] = "linear"
    off: bool = False

    def __post_init__(self) -> None:
        check_fields(self, SearchError)
        least, most = (0, 1 << 16) if self.scale == "linear" else (1, 1 << 40)
        if not least <= self.low <= self.high <= most:
            raise SearchError(
                f"range {self.low}:{self.high} of {self.name}: write LOW:HIGH with "
                f"{least} <= LOW <= HIGH <= {most}"
            )
        if self.scale == "power" and not self.choices:
            raise SearchError(
                f"range {self.low}:{self.high} of {self.name} holds no value: it takes "
                f"{self.default} times powers of two"
            )

    @property
    def choices(self) -> tuple[int | None, ...]:
        """All values of a linear or power scale, ascending; None, the weakest, comes last."""
        if self.scale == "power":
            default = self.default or 1
            shifts = range(-default.bit_length(), self.high.bit_length() + 1)
            powers = {default << k if k >= 0 else default >> -k for k in shifts}
            found: list[int | None] = [v for v in sorted(powers) if self.low <= v <= self.high]
        else:
            found = list(range(self.low, self.high + 1))
        return (*found, None) if self.off else tuple(found)

    def at(self, u: float) -> int | None:
        """Return the value at ``u``, 0 <= u < 1, along the scale."""
        if self.scale == "log":
            # up to high + 1: each integer owns the stretch from itself to the next
            value = math.floor(self.low * ((self.high + 1) / self.low) ** u)
            return min(max(value, self.low), self.high)
        return self.choices[int(u * len(self.choices))]

    def nearest(self, value: int | None) -> int | None:
        """Return the value of the range nearest to ``value``."""
        if value is None:
            return None if self.off else self.high
        if self.scale == "log":
            return min(max(value, self.low), self.high)
        return min((v for v in self.choices if v is not None), key=lambda v: (abs(v - value), v))

    def __str__(self) -> str:
        if self.scale == "log":
            return f"{self.low}..{self.high}, ratios alike"
        if self.scale == "power":
            return ", ".join(map(str, self.choices))
        return f"{self.low}..{self.high}" + (" or off" if self.off else "")


def layer_names(network: Network) -> tuple[str, ...]:
    """Return a name per layer: ``conv``, ``hidden`` (numbered if there are several), ``output``.

    A local readout is called by the layer below it, such as ``hidden1_readout``.
    """
    kinds = ["conv" if layer.kind == "conv" else "hidden" for layer in network.layers]
    kinds[-1] = "output"
    names = [
        f"{kind}{kinds[: index + 1].count(kind)}" if kinds.count(kind) > 1 else kind
        for index, kind in enumerate(kinds)
    ]
    return (*names, *(f"{names[below]}_readout" for below in network.sources[len(kinds) :]))


@checks_kinds
def space_of(network: Network) -> tuple[Parameter, ...]:
    """Return the parameters of ``network`` a search can vary, with ranges around its values.

    ``init_shift`` is one of a layer that has it. ``normalise`` is none: with it, another
    ``lr_shift`` is right, so search around a network with it and around one without.
    """
    found, shadow_bits = [], network.precision.shadow_bits
    for name, layer in zip(layer_names(network), network.all_layers):
        found += [
            *_of_neuron(name, layer.neuron),
        ]
        if layer.plastic:
            decay = f"{name}.weight_decay_shift", layer.weight_decay_shift, shadow_bits
            found += [
                _shift(f"{name}.lr_shift", layer.lr_shift, top=36),
                _ratio(f"{name}.clip", layer.clip, scale="power"),
                _weight_decay(*decay),
            ]
            if layer.init_shift:  # a layer that has none keeps the space that it always had
                found.append(_shift(f"{name}.init_shift", layer.init_shift, top=15))
        if layer.learns_delays:
            assert layer.delay_lr_shift is not None
            found += [
                _shift(f"{name}.delay_lr_shift", layer.delay_lr_shift, top=37),
                _ratio(f"{name}.delay_clip", layer.delay_clip, scale="power"),
            ]
        if recurrence := layer.recurrence:
            found.append(_shift(f"{name}.recurrence_shift", recurrence.shift, top=30))
            if layer.learns_recurrence:
                found.append(_shift(f"{name}.recurrence_lr_shift", recurrence.lr_shift, top=36))
    found.append(_ratio("alpha", network.loss.alpha, scale="power"))
    if network.loss.kind == "softmax" and network.loss.temperature_shift >= 0:
        found.append(_shift("temperature_shift", network.loss.temperature_shift, top=30))
    return tuple(found)


def _of_neuron(name: str, neuron: NeuronKind) -> Iterator[Parameter]:
    """Yield what can be varied of neurons: numbers that are the same for all of them."""
    if isinstance(neuron, LeakyReadout):  # its decay is that of the trace, too
        yield _shift(f"{name}.answer_shift", neuron.answer_shift, top=ANSWER_SHIFT_MAX)
        return
    if not isinstance(neuron.vth, tuple):
        yield _ratio(f"{name}.vth", neuron.vth)
    yield _ratio(f"{name}.window", max(1, neuron.window))
    if isinstance(neuron, Neuron):
        if not isinstance(neuron.decay_shift, tuple):
            yield _shift(f"{name}.decay_shift", neuron.decay_shift, top=12)
    else:
        for field in _DECAYS:
            value = getattr(neuron, field)
            if not isinstance(value, tuple):
                yield Parameter(name=f"{name}.{field}", default=value, low=0, high=DECAY_UNITY)
    if isinstance(neuron, Adaptation):
        if not isinstance(neuron.adapt_step, tuple):
            yield _ratio(f"{name}.adapt_step", neuron.adapt_step)
        if not isinstance(neuron.adapt_shift, tuple):
            yield _shift(f"{name}.adapt_shift", neuron.adapt_shift, top=12, least=1)


def _ratio(name: str, value: int, scale: Literal["log", "power"] = "log") -> Parameter:
    low = max(1, value // FACTOR)
    return Parameter(name=name, default=value, low=low, high=value * FACTOR, scale=scale)


def _shift(name: str, value: int, *, top: int, least: int = 0) -> Parameter:
    low, high = max(least, value - REACH), min(max(top, value), value + REACH)
    return Parameter(name=name, default=value, low=low, high=high)


def _weight_decay(name: str, value: int | None, shadow_bits: int) -> Parameter:
    # a shift as wide as the weights has no effect; a few bits less is already weak
    low, high = max(1, shadow_bits - 7), max(1, shadow_bits - 2)
    if value is not None:
        low, high = min(low, value), max(high, value)
    return Parameter(name=name, default=value, low=low, high=high, off=True)


def select(
    space: Sequence[Parameter],
    *,
    only: Iterable[str] = (),
    ranges: Mapping[str, tuple[int, int]] | None = None,
) -> tuple[Parameter, ...]:
    """Narrow a space.

    Parameters
    ----------
    space : sequence of Parameter
    only : names, optional
        What to vary; the rest stays as the network has it. A name is a parameter
        (``"hidden.vth"``), a constant of every layer (``"vth"``) or all of a layer (``"hidden"``).
    ranges : {name: (low, high)}, optional
        Replaces ranges; names as above.

    Raises
    ------
    SearchError
        If a name matches nothing. The message lists the names.
    """
    chosen = set().union(*(_matching(space, name) for name in only)) if only else None
    changed = {p.name: p for p in space}
    for name, (low, high) in (ranges or {}).items():
        for match in _matching(space, name):
            changed[match] = replace(changed[match], low=low, high=high)
    return tuple(p for p in changed.values() if chosen is None or p.name in chosen)


def _matching(space: Sequence[Parameter], name: str) -> set[str]:
    found = {p.name for p in space if name == p.name or name in p.name.split(".")}
    if not found:
        raise SearchError(
            f"no parameter is called {name!r}; there are {', '.join(p.name for p in space)}"
            f"{suggestion(name, [p.name for p in space])}"
        )
    return found


def apply(network: Network, values: Mapping[str, int | None]) -> Network:
    """Return ``network`` with ``values`` in place, apart from those of the recipe.

    Raises
    ------
    NetworkError
        If a value is out of range. This does not check the network's bounds; see
        :meth:`~lava_intsnn.network.Network.check`.
    """
    layers: list[Any] = list(network.all_layers)
    names = layer_names(network)
    loss = network.loss
    for name, value in values.items():
        if name in ("alpha", "temperature_shift"):
            number: dict[str, Any] = {name: _number(name, value)}
            loss = replace(loss, **number)
            continue
        layer_name, _, constant = name.partition(".")
        if layer_name == RECIPE_PART:
            continue
        if layer_name not in names:
            raise SearchError(f"parameter {name!r}: the layers are {', '.join(names)}")
        index = names.index(layer_name)
        layers[index] = _with(layers[index], constant, value)
    return replace(network.with_layers(layers), loss=loss)


def _with(layer: Any, constant: str, value: int | None) -> Any:
    if constant == "weight_decay_shift":
        return replace(layer, weight_decay_shift=value)
    number = {constant.removeprefix("recurrence_"): _number(constant, value)}
    if constant in ("vth", "window", "decay_shift", "answer_shift", *_ADAPTS, *_DECAYS):
        return replace(layer, neuron=replace(layer.neuron, **number))
    if constant in ("lr_shift", "clip", "init_shift", "delay_lr_shift", "delay_clip"):
        return replace(layer, **number)
    if constant in ("recurrence_shift", "recurrence_lr_shift"):
        return replace(layer, recurrence=replace(layer.recurrence, **number))
    raise SearchError(f"constant {constant!r}: no layer has it")


def _number(name: str, value: int | None) -> int:
    if value is None:
        raise SearchError(f"{name} = None: cannot be off")
    return value
