"""`profile`: run samples on the virtual core and count what each core does in each step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.loihi.limits import limits_of
from lava_intsnn.loihi.mapping import Placement, partition
from lava_intsnn.loihi.microcode.chip import VirtualChip
from lava_intsnn.loihi.microcode.compiler import compile
from lava_intsnn.loihi.microcode.image import Image
from lava_intsnn.loihi.microcode.machine import Machine
from lava_intsnn.loihi.profiling.chip_profile import Profile
from lava_intsnn.loihi.profiling.core_meter import CoreMeter
from lava_intsnn.network import Network
from lava_intsnn.network.data_fit import check_data
from lava_intsnn.random_keys import eval_keys, train_keys
from lava_intsnn.state import State

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset


@checks_kinds
def profile(
    network: Network,
    state: State,
    data: Dataset,
    *,
    image: Image | None = None,
    learning: bool = False,
    target: str = "loihi2",
) -> Profile:
    """Run samples on the virtual core and count what each core does in each step.

    Parameters
    ----------
    network : Network
        Legal on Loihi 2, whose programs the virtual core runs.
    state : State
    data : Dataset
        Every sample is run: give ``data.head(20)`` for a few.
    image : Image, optional
        A program of ``network`` that was compiled before, or changed by hand since.
    learning : bool
        Learn the samples, one after the other, from ``state`` on. ``state`` does not change.
    target : {"loihi1", "loihi2"}
        Chip whose cores and figures of time and energy are used. Loihi 1 has no neuron programs;
        its figures are for the operations that it would make with fixed neurons.

    Returns
    -------
    Profile

    Raises
    ------
    LegalityError
        If Loihi 2 or the compiler refuses the network: with all that it refuses.
    NetworkError
        If there is no such target, or the data do not fit the network.
    ValueError
        If the state does not fit the network, or the network does not fit the cores of ``target``.

    Examples
    --------
    >>> import lava_intsnn as ls
    >>> network, state = ls.pretrained("digits-snn-loihi")                      # doctest: +SKIP
    >>> found = ls.loihi.profile(network, state, ls.data.digits("test").head(20))  # doctest: +SKIP
    >>> print(found.text())                                                    # doctest: +SKIP
    """
    limits = limits_of(target)
    check_data(network, data)
    state.validate(network)
    if image is None:
        image = compile(network, state, learning=learning)
    placement = partition(network, limits=limits, learning=learning)
    _require_cores(placement)
    watch = _Watch(CoreMeter(network, placement, learning=learning), learning=learning)
    order = np.arange(len(data))
    with VirtualChip(
        image,
        network=network,
        batch=1,
        seed=state.seed,
        updates=state.updates,
        watch=watch,
    ) as chip:
        if learning:
            keys = train_keys(state.seed, 0, order)
            result = chip.train_online(data.images, data.labels, keys)
        else:
            result = chip.infer_batch(data.images, eval_keys(state.seed, len(data)))
    right = float(100 * (result.predictions == data.labels).mean())
    return Profile(
        network=network.name,
        target=target,
        learning=learning,
        placement=placement,
        counts=watch.samples(),
        accuracy=right,
    )


class _Watch:
    """Gathers the counts of every step of a chip."""

    def __init__(self, meter: CoreMeter, *, learning: bool) -> None:
        self._meter, self._learning = meter, learning
        self._counts: list[np.ndarray] = []
        self._period = 0

    def __call__(
        self,
        machine: Machine,
        step: int,
        arriving: Mapping[str, np.ndarray],
        sent: Mapping[str, np.ndarray],
    ) -> None:
        counts = self._meter.measure(machine, step, arriving, sent)
        if self._learning:
            self._meter.labelled(counts, step)
        self._counts.append(counts)
        self._period = machine.program.period

    def samples(self) -> np.ndarray:
        """Return the counts of whole samples, int64 ``(samples, steps, cores, kinds)``."""
        counts = np.array(self._counts)
        return counts.reshape(-1, self._period, *counts.shape[1:])


def _require_cores(placement: Placement) -> None:
    """Raise ValueError if a layer has no cores."""
    homeless = [overflow.text for overflow in placement.overflows if overflow.layer is not None]
    if homeless:
        raise ValueError(f"nothing to profile, the network does not fit: {'; '.join(homeless)}")
