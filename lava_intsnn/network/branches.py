"""Branches of a network with local readouts: each ends in a readout, whose error it learns from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lava_intsnn.network.dense import Dense
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.output_checks import check_output

if TYPE_CHECKING:
    from lava_intsnn.network.network import Network


@dataclass(frozen=True, kw_only=True)
class Branch:
    """The layers from the input to a readout, as a network of its own.

    A branch is described, proven and learned as any chain of layers whose error comes from its
    last one. Layers that learn from the readout of another branch are frozen in it.

    Parameters
    ----------
    network : Network
        Of the layers ``members``, with direct errors.
    members : tuple of int
        Their indices in :attr:`.Network.all_layers`, from the input to the readout.
    first : int
        Lowest layer whose error comes from this readout.
    """

    network: Network
    members: tuple[int, ...]
    first: int

    @property
    def own(self) -> tuple[tuple[int, int], ...]:
        """Each layer that is not another branch's: its index here, and in the whole network."""
        return tuple(enumerate(self.members))[self.first :]

    @property
    def readout(self) -> int:
        """Index of the readout in :attr:`.Network.all_layers`."""
        return self.members[-1]

    @property
    def senders(self) -> tuple[tuple[int, int], ...]:
        """Each layer that hands its error down, by both indices, as in :attr:`own`."""
        return tuple(enumerate(self.members))[self.network.first_plastic + 1 :]

    @property
    def learners(self) -> tuple[int, ...]:
        """Hidden layers that learn from the readout's error, by index in the whole network."""
        return tuple(i for here, i in self.own[:-1] if self.network.layers[here].plastic)

    def refusal(self, network: Network, error: NetworkError) -> NetworkError:
        """Return ``error``, of this branch of ``network``, with the place of its readout."""
        if self.readout < len(network.layers):
            return error
        return NetworkError(_placed(len(self.members) - 2, error))


def branches_of(network: Network) -> tuple[Branch, ...]:
    """Return the branches of ``network``, that of the final readout last.

    Raises
    ------
    NetworkError
        If a local readout does not go together with the rest of the network.
    """
    depth = len(network.layers)
    if not network.local:
        return (Branch(network=network, members=tuple(range(depth)), first=0),)
    branches, first, index = [], 0, depth
    for below, readout in enumerate(network.local):
        if readout is None:
            continue
        members = (*range(below + 1), index)
        try:
            branches.append(_branch(network, members, first))
        except NetworkError as error:
            raise NetworkError(_placed(below, error)) from None
        first, index = below + 1, index + 1
    return (*branches, _branch(network, tuple(range(depth)), first))


def check_local(network: Network) -> None:
    """Raise NetworkError unless the local readouts fit the layers they read."""
    local, hidden = network.local, network.layers[:-1]
    propagation = network.feedback.propagation
    if not local:
        if propagation == "local":
            raise NetworkError(
                "propagation = 'local' with local = (): no hidden layer has a readout of its own; "
                "give Network(local=...) one for each hidden layer, or None, as "
                "with_local_readouts(network) does"
            )
        return
    if propagation != "local":
        raise NetworkError(
            f"{len(local)} local readouts with propagation = {propagation!r}: they give hidden "
            "layers their errors; set propagation to 'local', or leave local empty"
        )
    if len(local) != len(hidden):
        raise NetworkError(
            f"local has {len(local)} entries for {len(hidden)} hidden layers: give one for each, "
            "None for a layer without"
        )
    if not any(local):
        raise NetworkError(
            "local = (None, ...): no hidden layer has a readout of its own; give one, or leave "
            "local empty and set propagation to 'direct'"
        )
    for index, (readout, below) in enumerate(zip(local, hidden)):
        if readout is not None:
            _check_sizes(index, readout, below.n_out, network.n_classes)
    for branch in network.branches:
        check_output(branch.network)


def _check_sizes(index: int, readout: Dense, n_below: int, n_classes: int) -> None:
    wanted = {"n_in": (n_below, "its outputs"), "n_out": (n_classes, "the classes")}
    for name, (size, why) in wanted.items():
        if getattr(readout, name) != size:
            raise NetworkError(
                f"local readout of layer {index}: {name} = {getattr(readout, name)}, must be "
                f"{size}, {why}"
            )


def _branch(network: Network, members: tuple[int, ...], first: int) -> Branch:
    layers = [network.all_layers[index] for index in members]
    frozen = [replace(layer, plastic=False) for layer in layers[:first]]
    alone = replace(
        network,
        layers=(*frozen, *layers[first:]),
        local=(),
        feedback=replace(network.feedback, propagation="direct"),
    )
    return Branch(network=alone, members=members, first=first)


def _placed(below: int, error: NetworkError) -> str:
    """Return the message of ``error``, of a branch, with the place of its readout."""
    return f"local readout of layer {below}, as layer {below + 1} above it: {error}"
