"""How long and how a network is trained: what is not part of the network itself."""

from __future__ import annotations

from dataclasses import dataclass

from lava_intsnn.network.errors import NetworkError, require_range


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Epochs, learning-shift schedule and augmentation.

    Parameters
    ----------
    epochs : int
    lr_drops : tuple of int
        Percentages of the run at which every layer's ``lr_shift`` grows by one (the learning rate
        halves), ascending.
    augment : int
        Training images are shifted by up to this many pixels in each direction, anew each epoch;
        frames of graded input by up to this many channels, all frames of a sample together.
    """

    epochs: int
    lr_drops: tuple[int, ...] = (50, 75, 92)
    augment: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "lr_drops", tuple(self.lr_drops))
        require_range("epochs", self.epochs, 1, 100_000)
        require_range("augment", self.augment, 0, 31)
        for drop in self.lr_drops:
            require_range("lr_drops entry", drop, 1, 100)
        if list(self.lr_drops) != sorted(self.lr_drops):
            raise NetworkError(f"lr_drops = {self.lr_drops}: must ascend")

    def lr_boost(self, epoch: int) -> int:
        """Return what is added to every ``lr_shift`` in ``epoch`` (counted from 0)."""
        return sum(100 * epoch >= drop * self.epochs for drop in self.lr_drops)
