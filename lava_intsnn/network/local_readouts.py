"""Giving hidden layers readouts of their own, from whose errors they learn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.network.dense import Dense
from lava_intsnn.network.errors import NetworkError, integer_in
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
        If there is no such hidden layer, the output layer is a convolution, or a field is wrong.

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
    chosen = range(len(hidden)) if layers is None else layers
    places = {integer_in("hidden layer", index, 0, len(hidden) - 1) for index in chosen}
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
