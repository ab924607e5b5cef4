"""Changing fields of a frozen description, and refusing them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from lava_intsnn.loihi.legality.finding import Finding, Mend
from lava_intsnn.network import Network


def at(*place: str | int, **changes: Any) -> Mend:
    """Return a mend that changes fields of what stands at ``place``.

    ``at("layers", 0, "neuron", vth=3)`` changes the neurons of layer 0, ``at(batch=1)`` the
    network. Layers are counted as in ``Network.all_layers``.
    """

    def changed(whole: Any, place: tuple[str | int, ...]) -> Any:
        if not place:
            return replace(whole, **changes)
        first, rest = place[0], place[1:]
        if isinstance(first, int):
            return (*whole[:first], changed(whole[first], rest), *whole[first + 1 :])
        return replace(whole, **{first: changed(getattr(whole, first), rest)})

    def mend(network: Network) -> Network:
        result: Network = changed(network, _place_in(network, place))
        return result

    return mend


def _place_in(network: Network, place: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return ``place`` with the field of ``network`` that holds the layer named there."""
    if place[:1] == ("layers",) and isinstance(place[1], int) and place[1] >= len(network.layers):
        return "local", network.sources[place[1]], *place[2:]
    return place


def refuse(
    network: Network,
    *place: str | int,
    to: Any,
    allowed: str,
    binds: Literal["hardware", "compiler"] = "hardware",
    what: str = "",
    found: str = "",
    nearest: str = "",
    **also: Any,
) -> Finding:
    """Return the finding that a field of ``network`` must have another value.

    Parameters
    ----------
    place : str and int
        Where the field stands, as in :func:`at`, its own name last.
    to : object
        The nearest legal value.
    allowed, binds : str
        See :class:`~.finding.Finding`.
    what, found, nearest : str
        By default the field's name, its value and ``to``.
    also : dict
        Fields beside it that change with it.
    """
    *whole, name = place
    layer = place[1] if place[0] == "layers" else None
    assert not isinstance(layer, str)
    value: Any = network
    for step in _place_in(network, place):
        value = value[step] if isinstance(step, int) else getattr(value, step)
    return Finding(
        layer=layer,
        what=what or str(name),
        found=found or str(value),
        allowed=allowed,
        nearest=nearest or str(to),
        binds=binds,
        mend=at(*whole, **{str(name): to}, **also),
    )
