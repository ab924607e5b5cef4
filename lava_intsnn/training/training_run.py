"""A training run as a value: the content of a checkpoint, from which a run resumes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.field_checks import Checked, check_fields, short_repr, shown
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.network.errors import require_range
from lava_intsnn.recipe import Recipe
from lava_intsnn.state import State, initial_state


@dataclass(frozen=True, kw_only=True)
class EpochRecord(Checked, refusal=NetworkError):
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


@dataclass(frozen=True, kw_only=True)
class Training:
    """A training run between two epochs.

    Parameters
    ----------
    network, recipe, state
    data : str
        Fingerprint of the training data (``Dataset.fingerprint()``), checked on resume. ``""`` if
        this is a network with its weights only, and no run that could be resumed.
    preset : str
        Name of the preset of the run, or ``""``.
    own_data : str
        Name of the data set, if it is not that of the preset, else ``""``.
    classes : tuple of str
        Names of the classes, if the training data have any: other data are numbered by them.
    reading : tuple of str
        How the training data were read, as ``NAME=VALUE``: other data are read so by default.
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
    classes: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_fields(self, NetworkError)
        require_range("epoch", self.epoch, 0, self.recipe.epochs)
        names, n = len(self.classes), self.network.n_classes
        if names not in (0, n) or len(set(self.classes)) < names:
            raise NetworkError(f"classes = {shown(self.classes)}: must be {n} different names")

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


@checks_kinds
def start(
    network: Network,
    recipe: Recipe,
    *,
    data: str,
    seed: int | None = None,
    preset: str = "",
    own_data: str = "",
    classes: tuple[str, ...] = (),
    reading: tuple[str, ...] = (),
    state: State | None = None,
) -> Training:
    """Return a run before its first epoch.

    Parameters
    ----------
    network, recipe, data, preset, own_data, classes, reading
        See :class:`Training`.
    seed : int, optional
        Keys every random bit of the run, the initial weights included. By default that of
        ``state``, or 0.
    state : State, optional
        What the network has learned before. By default weights are drawn from ``seed``.

    Raises
    ------
    ValueError
        If the state does not fit the network, the network's bounds do not hold, or the recipe
        changes the time of samples that have none.
    """
    for epoch in (0, recipe.epochs - 1):
        recipe.network_at(network, epoch).check()
    recipe.augmentation.require_frames(network.steps if network.graded else 0)
    if state is None:
        state = initial_state(network, seed or 0)
    else:
        state.validate(network)
        state = state if seed is None else replace(state, seed=seed)
    return Training(
        network=network,
        recipe=recipe,
        state=state,
        data=data,
        preset=preset,
        own_data=own_data,
        classes=classes,
        reading=reading,
    )
