"""Recipes: epochs, schedules and augmentation of a training run, apart from the network itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lava_intsnn.augmenting import Augment, augment_of
from lava_intsnn.field_checks import check_fields
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.network.errors import require_range

#: Epochs of a network that has no recipe of its own.
PLAIN_EPOCHS = 20


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Epochs, learning-shift schedule and augmentation.

    Parameters
    ----------
    epochs : int
    lr_drops : tuple of int
        Percentages of the run at which every layer's ``lr_shift`` grows by one (the learning rate
        halves), ascending. One at 0 holds from the first epoch on; see :meth:`continued`.
    error_drops : tuple of int
        Percentages at which the error scale ``alpha`` halves and the ``fb_shift`` of every hidden
        layer that learns falls by one, ascending: steps of the output layer become smaller, those
        of hidden layers finer. The schedule of a network whose learning shifts are given by
        hardware.
    augment : int or Augment
        What is changed in training samples, anew each epoch. An integer is ``Augment(shift=...)``,
        and a description that only shifts is kept as that integer.
    """

    epochs: int
    lr_drops: tuple[int, ...] = (50, 75, 92)
    augment: int | Augment = 0
    error_drops: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self, NetworkError, but=("augment",))
        require_range("epochs", self.epochs, 1, 100_000)
        try:
            object.__setattr__(self, "augment", augment_of(self.augment).plain)
        except NetworkError as error:
            raise NetworkError(f"Recipe: {error}") from None
        for name in ("lr_drops", "error_drops"):
            drops = getattr(self, name)
            for drop in drops:
                require_range(f"{name} entry", drop, 0, 100)
            if list(drops) != sorted(drops):
                raise NetworkError(f"{name} = {drops}: must ascend")

    @property
    def augmentation(self) -> Augment:
        """What is changed in training samples, as a description in every case."""
        return augment_of(self.augment)

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
        least = min((layer.fb_shift for layer in hidden if layer.plastic), default=halvings)
        alpha = network.loss.alpha
        if alpha % (1 << halvings) or least < halvings:
            raise NetworkError(
                f"error_drops = {self.error_drops}: alpha = {alpha} and the smallest hidden "
                f"fb_shift, {least}, cannot be halved and lowered {halvings} times: drop fewer"
            )
        return replace(
            network,
            loss=replace(network.loss, alpha=alpha // (1 << halvings)),
            layers=(
                *(replace(h, fb_shift=h.fb_shift - halvings * h.plastic) for h in hidden),
                output,
            ),
        )

    def continued(self, start_at: int = 100, *, epochs: int | None = None) -> Recipe:
        """Return the recipe that enters this one's schedule at ``start_at`` percent.

        Drops that lie before that point hold from the first epoch on. The others are spread over
        the new run as over the rest of the old one.

        Parameters
        ----------
        start_at : int
            0 is the whole schedule once more, or, for a continued recipe, the rest of it. 100, the
            end, keeps the smallest steps that the network has learned with, so that what it knows
            is not lost.
        epochs : int, optional
            Of the new run; by default as many as before.

        Raises
        ------
        NetworkError
            If ``start_at`` is not an integer in 0..100.
        """
        require_range("start_at", start_at, 0, 100, "a percentage of the recipe's schedule")
        rest = 100 - start_at

        def later(drops: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(100 * (d - start_at) // rest if d > start_at else 0 for d in drops)

        return replace(
            self,
            epochs=self.epochs if epochs is None else epochs,
            lr_drops=later(self.lr_drops),
            error_drops=later(self.error_drops),
        )

    def _dropped(self, drops: tuple[int, ...], epoch: int) -> int:
        return sum(100 * epoch >= drop * self.epochs for drop in drops)
