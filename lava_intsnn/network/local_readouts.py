"""Giving hidden layers readouts of their own, from whose errors they learn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.field_checks import shown
from lava_intsnn.nearest_name import choices
from lava_intsnn.network.dense import Dense
from lava_intsnn.network.errors import NetworkError, integers_in
from lava_intsnn.network.network import Network


@checks_kinds
def with_local_readouts(
    network: Network, layers: Iterable[int] | None = None, **changes: Any
) -> Network:
    """Return ``network`` with local errors: readouts of their own for hidden layers.

    Each readout is the output layer once more, with as many inputs as the hidden layer has neurons
    and without a pool. The hidden layer hears it as the last hidden layer hears the output: it
    takes the ``fb_shift`` of that one.

    Parameters
    ----------
    network : Network
        Its own local readouts, if any, are replaced.
    layers : iterable of int, optional
        The hidden layers that get one, by default all of them. None at all give direct errors.
    **changes
        Fields of :class:`~.dense.Dense` that differ from those of the output layer, such as
        ``plastic=False`` for fixed random readouts.

    Raises
    ------
    NetworkError
        If there is no such hidden layer, ``layers`` is no iterable, the output layer is a
        convolution, or a field is unknown, wrong or ``n_in``.

    Examples
    --------
    >>> from lava_intsnn import networks
    >>> deep = with_local_readouts(networks.dense((784, 256, 256, 10)))
    >>> [readout.weight_shape for readout in deep.local]
    [(10, 256), (10, 256)]
    """
    *hidden, output = network.layers
    if not isinstance(output, Dense):
        raise NetworkError(
            f"network {network.name!r} ends with a convolution: local readouts are dense, as its "
            "last layer must be; give Network(local=...) by hand"
        )
    _check_names(changes)
    chosen = range(len(hidden)) if layers is None else layers
    places = integers_in("hidden layer", chosen, 0, len(hidden) - 1)
    given: dict[str, Any] = {"pool": None, **changes}
    local = tuple(
        replace(output, n_in=below.n_out, **given) if index in places else None
        for index, below in enumerate(hidden)
    )
    heard = (
        replace(layer, fb_shift=hidden[-1].fb_shift) if index in places else layer
        for index, layer in enumerate(hidden)
    )
    return replace(
        network,
        layers=(*heard, output),
        local=local if places else (),
        feedback=replace(network.feedback, propagation="local" if places else "direct"),
    )


def _check_names(changes: dict[str, Any]) -> None:
    """Raise NetworkError unless all ``changes`` are fields that a caller may choose."""
    if "n_in" in changes:
        raise NetworkError(
            f"n_in = {shown(changes['n_in'])}: leave it out: a readout has as many inputs as its "
            "hidden layer has neurons"
        )
    known = [field.name for field in fields(Dense) if field.init and field.name != "n_in"]
    for name, value in changes.items():
        if name not in known:
            raise NetworkError(
                f"local readouts: {name} = {shown(value)}: a dense layer has no such field; it "
                f"must be one of {choices(name, known)}"
            )
