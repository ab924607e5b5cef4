"""``--freeze`` and ``--features``: layers that stay as they are while others learn."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lava_intsnn.cli import options, subject

if TYPE_CHECKING:
    from lava_intsnn.network import Network
    from lava_intsnn.state import State


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    freeze = "layers whose weights stay, from 0 up, such as 0,1; all others learn"
    parser.add_argument("--freeze", type=options.integers, metavar="I,J", help=freeze)
    features = (
        "take the weights of the frozen layers from this checkpoint, or from a network of the "
        "package, such as mnist-csnn; the others begin anew"
    )
    parser.add_argument("--features", metavar="FILE", help=features)


def require_start(args: argparse.Namespace) -> None:
    """Raise ValueError where the options contradict how the run begins."""
    if args.resume and args.freeze is not None:
        raise ValueError(
            f"--freeze with --resume: {args.resume} continues as it began; leave it out, or begin "
            "a new run with --from"
        )
    if args.features and not args.subject:
        raise ValueError(
            f"--features {args.features} without a preset or network: its frozen layers take them, "
            "the others begin anew; --freeze alone learns a checkpoint on"
        )


def network_of(args: argparse.Namespace, network: Network) -> Network:
    """Return ``network`` with the layers of ``--freeze`` frozen, if they are given."""
    from lava_intsnn.network import frozen

    return network if args.freeze is None else frozen(network, args.freeze)


def state_of(args: argparse.Namespace, network: Network, state: State) -> State:
    """Return the state whose frozen layers are those of ``--features``, or ``state``."""
    from lava_intsnn.state import state_on_features

    if not args.features:
        return state
    donor = subject.learned(args.features)
    return state_on_features(network, donor.network, donor.state, seed=args.seed or 0)
