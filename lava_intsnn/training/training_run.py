"""A training run as a value: the content of a checkpoint, from which a run resumes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lava_intsnn.field_checks import check_fields
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.network.errors import require_range
from lava_intsnn.recipe import Recipe
from lava_intsnn.state import State, initial_state


@dataclass(frozen=True, kw_only=True)
class EpochRecord:
    """Accuracy, saturation and time of one epoch.

    ``train_accuracy`` counts the predictions made while learning, ``validation_accuracy`` those
    made after the epoch, both in percent; ``saturated`` is the share of shadow weights at a limit
    of their range, per layer; ``seconds`` is the wall time of learning.
    """

    epoch: int
    train_accuracy: float
    validation_accuracy: float | None
    saturated: tuple[float, ...]
    seconds: float

    def __post_init__(self) -> None:
        check_fields(self, NetworkError)


@dataclass(frozen=True, kw_only=True)
class Training:
    """A training run between two epochs.

    Parameters
    ----------
    network, recipe, state
    data : str
        Fingerprint of the training data (``Dataset.fingerprint()``), checked on resume.
    preset : str
        Name of the preset of the run, or ``""``.
    own_data : str
        Name of the data set, if it is not that of the preset, else ``""``.
    epoch : int
        Number of completed epochs.
    history : tuple of EpochRecord
    """

    network: Network
    recipe: Recipe
    state: State
    data: str
    preset: str = ""
    epoch: int = 0
    history: tuple[EpochRecord, ...] = ()
    own_data: str = ""

    def __post_init__(self) -> None:
        check_fields(self, NetworkError)
        require_range("epoch", self.epoch, 0, self.recipe.epochs)

    @property
    def complete(self) -> bool:
        """Whether all epochs of the recipe are done."""
        return self.epoch >= self.recipe.epochs

    @property
    def current_network(self) -> Network:
        """The network as it learns in the next epoch, or as it learned in the last one."""
        # a drop after the last epoch never applies, and the network may not allow it
        return self.recipe.network_at(self.network, min(self.epoch, self.recipe.epochs - 1))

    def after(self, state: State, record: EpochRecord) -> Training:
        """Return the run one epoch later."""
        return replace(self, state=state, epoch=self.epoch + 1, history=(*self.history, record))


def start(
    network: Network,
    recipe: Recipe,
    *,
    data: str,
    seed: int = 0,
    preset: str = "",
    own_data: str = "",
) -> Training:
    """Return a run before its first epoch, with weights drawn from ``seed``."""
    for epoch in (0, recipe.epochs - 1):
        recipe.network_at(network, epoch).check()
    return Training(
        network=network,
        recipe=recipe,
        state=initial_state(network, seed),
        data=data,
        preset=preset,
        own_data=own_data,
    )
