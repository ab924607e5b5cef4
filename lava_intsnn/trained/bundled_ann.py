"""`pretrained_ann`: a quantised network that was trained and certified before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lava_intsnn.conversion.converter import convert
from lava_intsnn.conversion.quantised import QuantisedNetwork
from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.field_checks import check_fields, short_repr
from lava_intsnn.formats.ann_checkpoint import AnnFile, load_ann_file
from lava_intsnn.nearest_name import choices
from lava_intsnn.storage.errors import FileFormatError
from lava_intsnn.trained.about_file import made_from

#: Holds ``NAME.npz``, a packed network, and ``NAME.json``, how it was trained and certified.
CONVERTED = Path(__file__).parent / "converted"


@dataclass(frozen=True, kw_only=True)
class PretrainedAnn:
    """A quantised network, which unpacks with its conversion: ``ann, snn = pretrained_ann(NAME)``.

    Parameters
    ----------
    name : str
        That of its preset.
    file : AnnFile
        The network and its specification.
    data : str
        Name of its data set, for :func:`lava_intsnn.data.load`.
    command : str
        The command that trained it.
    samples : int
        Of the test set.
    correct_at : tuple of int
        Test images that the spiking network classifies correctly after 1, 2, ... steps, until all
        are quiet; the last is the quantised network's, too.
    compared : int
        Counts of the whole test set that `convert certify` compared; none differs.
    """

    name: str
    file: AnnFile
    data: str
    command: str
    samples: int
    correct_at: tuple[int, ...]
    compared: int

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_fields(self, FileFormatError)
        if not self.correct_at or self.samples < max(self.correct_at) or min(self.correct_at) < 0:
            raise FileFormatError(
                f"correct_at = {self.correct_at}: must be counts of {self.samples} test images"
            )

    def __iter__(self) -> Iterator[Any]:
        yield self.network
        yield self.spiking()

    @property
    def network(self) -> QuantisedNetwork:
        """The quantised network."""
        return self.file.network

    def spiking(self, *, levels: int = 64) -> SpikingNetwork:
        """Return the spiking network, with thresholds for runs of up to ``levels`` steps."""
        return convert(self.network, levels=levels)

    def accuracy_at(self, steps: int) -> float:
        """Return the percent of the test set after so many steps, from 1."""
        if steps < 1:
            raise ValueError(f"steps = {steps}: must be at least 1")
        return 100 * self.correct_at[min(steps, len(self.correct_at)) - 1] / self.samples

    @property
    def test_accuracy(self) -> float:
        """Percent of the test set, of the quantised network and of the settled spiking one."""
        return self.accuracy_at(len(self.correct_at))


def pretrained_ann_names() -> tuple[str, ...]:
    """Return the names that :func:`pretrained_ann` knows."""
    return tuple(sorted(path.stem for path in CONVERTED.glob("*.npz")))


def pretrained_ann_path(name: str) -> Path:
    """Return the packed file of a network of the package; raises as :func:`pretrained_ann` does."""
    if name not in pretrained_ann_names():
        raise ValueError(
            f"no pretrained network to convert is called {name!r}; there are "
            f"{choices(name, pretrained_ann_names())}: train others with "
            "`lava-intsnn convert train`"
        )
    return CONVERTED / f"{name}.npz"


def pretrained_ann(name: str) -> PretrainedAnn:
    """Return a quantised network that was trained before, to convert to spikes without loss.

    Parameters
    ----------
    name : str
        A preset's, ``"lenet-mnist"`` or ``"vgg-cifar10"``.

    Raises
    ------
    ValueError
        If none of that name is in the package. The message lists the names.
    FileFormatError
        If the installation is damaged.

    Examples
    --------
    >>> ann, snn = pretrained_ann("lenet-mnist")
    >>> snn.shapes[-1]
    (1, 1, 1000)
    """
    path = pretrained_ann_path(name)
    return made_from(
        path.with_suffix(".json"),
        lambda told: PretrainedAnn(name=name, file=load_ann_file(path), **told),
    )
