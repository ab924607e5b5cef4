"""Recipes: epochs, schedules and augmentation of a training run, apart from the network itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lava_intsnn.field_checks import check_fields
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.network.errors import require_range


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Epochs, learning-shift schedule and augmentation.

    Parameters
    ----------
    epochs : int
    lr_drops : tuple of int
        Percentages of the run at which every layer's ``lr_shift`` grows by one (the learning rate
        halves), ascending.
    error_drops : tuple of int
        Percentages at which the error scale ``alpha`` halves and every hidden layer's ``fb_shift``
        falls by one, ascending: steps of the output layer become smaller, those of hidden layers
        finer. The schedule of a network whose learning shifts are given by hardware.
    augment : int
        Training images are shifted by up to this many pixels in each direction, anew each epoch;
        frames of channels by up to this many channels, frames of images by pixels, all frames of
        a sample together.
    """

    epochs: int
    lr_drops: tuple[int, ...] = (50, 75, 92)
    augment: int = 0
    error_drops: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self, NetworkError)
        require_range("epochs", self.epochs, 1, 100_000)
        require_range("augment", self.augment, 0, 31)
        for name in ("lr_drops", "error_drops"):
            drops = getattr(self, name)
            for drop in drops:
                require_range(f"{name} entry", drop, 1, 100)
            if list(drops) != sorted(drops):
                raise NetworkError(f"{name} = {drops}: must ascend")

    def lr_boost(self, epoch: int) -> int:
        """Return what is added to every ``lr_shift`` in ``epoch`` (counted from 0)."""
        return self._dropped(self.lr_drops, epoch)

    def network_at(self, network: Network, epoch: int) -> Network:
        """Return ``network`` as it learns in ``epoch`` (counted from 0): see ``error_drops``.

        Raises
        ------
        NetworkError
            If the error cannot be halved so often.
        """
        halvings = self._dropped(self.error_drops, epoch)
        if not halvings:
            return network
        *hidden, output = network.layers
        least = min((layer.fb_shift for layer in hidden), default=halvings)
        alpha = network.loss.alpha
        if alpha % (1 << halvings) or least < halvings:
            raise NetworkError(
                f"error_drops = {self.error_drops}: alpha = {alpha} and the smallest hidden "
                f"fb_shift, {least}, cannot be halved and lowered {halvings} times: drop fewer"
            )
        return replace(
            network,
            loss=replace(network.loss, alpha=alpha // (1 << halvings)),
            layers=(*(replace(h, fb_shift=h.fb_shift - halvings) for h in hidden), output),
        )

    def _dropped(self, drops: tuple[int, ...], epoch: int) -> int:
        return sum(100 * epoch >= drop * self.epochs for drop in drops)
