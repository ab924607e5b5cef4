"""The same network without local readouts, for who only runs it, or learns on in another way."""

from __future__ import annotations

from dataclasses import replace

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.network import Network
from lava_intsnn.state import State


@checks_kinds
def without_local_readouts(network: Network, state: State) -> tuple[Network, State]:
    """Return a network with direct errors and a state with the same weights, and the same answers.

    Local readouts take part in learning alone.

    Parameters
    ----------
    network : Network
    state : State

    Raises
    ------
    NetworkError
        If direct errors do not go together with the rest of the network.
    ValueError
        If the state does not fit the network.
    """
    state.validate(network)
    depth = len(network.layers)
    delays = state.delays[:depth]
    held = delays if any(delay is not None for delay in delays) else ()
    if network.local:
        direct = replace(network.feedback, propagation="direct")
        network = replace(network, local=(), feedback=direct)
    return network, replace(state, weights=state.weights[:depth], delays=held)
