"""The proof of a network's widths, where there is one."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.loihi.legality.finding import Finding, Question
from lava_intsnn.network import Bounds, Network, NetworkError


def bounds_of(network: Network) -> Bounds | None:
    """Return what :meth:`~.Network.check` proves, or None where it refuses the network."""
    try:
        return network.check()
    except NetworkError:
        return None


def provable(question: Question) -> Iterator[Finding]:
    """Refuse what every executor refuses: intermediates that leave their container."""
    try:
        question.network.check()
    except NetworkError as error:
        yield Finding(
            layer=None,
            what="widths",
            found=str(error),
            allowed="a network whose sums fit",
            nearest="as said there",
            binds="compiler",
        )
