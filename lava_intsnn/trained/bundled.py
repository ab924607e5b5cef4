"""`pretrained`: a network to start from, without training it first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lava_intsnn.field_checks import check_fields, short_repr
from lava_intsnn.formats.checkpoint import load_checkpoint
from lava_intsnn.nearest_name import choices
from lava_intsnn.network import Network
from lava_intsnn.state import State
from lava_intsnn.storage.errors import FileFormatError
from lava_intsnn.trained.about_file import made_from
from lava_intsnn.trained.bundled_ann import pretrained_ann_names
from lava_intsnn.training.training_run import Training

#: Holds ``NAME.npz``, a checkpoint, and ``NAME.json``, how it was trained.
FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Pretrained:
    """A trained network, which unpacks: ``network, state = pretrained(NAME)``.

    Parameters
    ----------
    name : str
        That of its preset.
    training : Training
        The whole run, with its recipe and history; ``train --from`` learns on.
    data : str
        Name of its data set, for :func:`lava_intsnn.data.load`.
    command : str
        The command that trained it. The same version gives the same bits again.
    correct, samples : int
        Of the test set, which was looked at once, when training was done.
    """

    name: str
    training: Training
    data: str
    command: str
    correct: int
    samples: int

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_fields(self, FileFormatError)

    def __iter__(self) -> Iterator[Any]:
        yield self.network
        yield self.state

    @property
    def network(self) -> Network:
        """The network."""
        return self.training.network

    @property
    def state(self) -> State:
        """What it has learned."""
        return self.training.state

    @property
    def test_accuracy(self) -> float:
        """Percent of the test set."""
        return 100 * self.correct / self.samples


def pretrained_names() -> tuple[str, ...]:
    """Return the names that :func:`pretrained` knows."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.npz")))


def pretrained(name: str) -> Pretrained:
    """Return a network that was trained before, exact in every bit.

    Parameters
    ----------
    name : str
        A preset's, such as ``"mnist-snn"``; see :func:`pretrained_names`. The precision is the
        preset's own.

    Raises
    ------
    ValueError
        If none of that name is in the package. The message lists the names.
    FileFormatError
        If the installation is damaged.

    Examples
    --------
    >>> network, state = pretrained("digits-snn")
    >>> network.shape
    (64, 100, 10)
    """
    if name not in pretrained_names():
        if name in pretrained_ann_names():
            raise ValueError(
                f"{name} is a network to convert: `lava-intsnn convert eval {name} --pretrained`, "
                f"or lava_intsnn.conversion.pretrained_ann({name!r})"
            )
        raise ValueError(
            f"no pretrained network is called {name!r}; there are "
            f"{choices(name, pretrained_names())}: train others with `lava-intsnn train`"
        )
    path = FOLDER / f"{name}.npz"
    return made_from(
        path.with_suffix(".json"),
        lambda told: Pretrained(name=name, training=load_checkpoint(path), **told),
    )
