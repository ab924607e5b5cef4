"""Is every executor the reference, bit for bit? Training a few batches on each answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lava_intsnn import reference
from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.contract import BatchResult
from lava_intsnn.field_checks import short_repr
from lava_intsnn.network import Network
from lava_intsnn.network.errors import integer_in
from lava_intsnn.progress_bar import progress_bar
from lava_intsnn.random_keys import epoch_order, train_keys
from lava_intsnn.state import State, initial_state
from lava_intsnn.training.executors import executor

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset


#: Starts an executor of a network in a state, for a ``with`` statement.
Factory = Callable[[Network, State], AbstractContextManager[Any]]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The first element in which a backend is not the reference.

    ``what`` is ``"predictions"``, ``"counts"``, ``"v"`` (of training batch ``batch``, counted from
    0) or ``"w_shadow"`` (of ``layer``, after all batches: ``batch`` is None).
    """

    backend: str
    what: str
    layer: int
    batch: int | None
    index: tuple[int, ...]
    expected: int
    found: int

    def __str__(self) -> str:
        where = f"layer {self.layer}" if self.batch is None else f"batch {self.batch}"
        return (
            f"{self.backend}: {self.what}{list(self.index)} of {where} is {self.found}, "
            f"the reference has {self.expected}"
        )


@dataclass(frozen=True, kw_only=True)
class BackendReport:
    """How one backend compares: counts of elements and the first difference."""

    name: str
    weights: int
    weights_identical: int
    outputs: int
    outputs_identical: int
    difference: Difference | None

    @property
    def identical(self) -> bool:
        """Whether no element differs."""
        return self.difference is None


@dataclass(frozen=True, kw_only=True)
class VerifyReport:
    """What :func:`verify` found; ``state`` is where the reference ended."""

    network: Network
    samples: int
    batches: int
    state: State
    backends: tuple[BackendReport, ...]

    __repr__ = short_repr

    @property
    def identical(self) -> bool:
        """Whether every backend equals the reference."""
        return all(backend.identical for backend in self.backends)

    @property
    def difference(self) -> Difference | None:
        """The first difference of the first backend that has one."""
        return next((b.difference for b in self.backends if b.difference is not None), None)


@checks_kinds
def verify(
    network: Network,
    data: Dataset,
    *,
    samples: int = 256,
    batch: int | None = None,
    seed: int = 0,
    state: State | None = None,
    epoch: int = 0,
    backends: Iterable[str] | Mapping[str, Factory] = ("engine", "lava"),
    progress: bool = False,
) -> VerifyReport:
    """Train on ``samples`` of ``data`` everywhere and compare every bit with the reference.

    Parameters
    ----------
    samples : int
        The last batch may be incomplete.
    batch : int, optional
        Replaces the network's batch size.
    seed : int
        Of the initial weights and all other random bits, unless ``state`` is given.
    state : State, optional
        Where to start instead.
    epoch : int
        Keys the order and the encoding of the samples.
    backends : names of executors, or a mapping of names to factories
        See :func:`lava_intsnn.executor`; the chip and LearningDense take only networks that Loihi
        can train.
    progress : bool
        Show that of the reference, which is by far the slowest.

    Returns
    -------
    VerifyReport
        Compares the predictions, spike counts and final output potentials of every batch, then
        every shadow weight of every layer.

    Raises
    ------
    ValueError
        If there are too few data or a backend is unknown.
    NetworkError
        If the network's bounds do not hold for ``batch``, or a backend of microcode is asked for
        and the network is not legal on Loihi 2.
    """
    samples = integer_in("samples", samples, 1, len(data), f"the size of {data.name}")
    if network.precision.floating:
        raise ValueError(
            f"network {network.name!r} is in fp32, which no reference defines bit for bit: verify "
            "another precision"
        )
    if not isinstance(backends, Mapping):
        backends = {name: partial(executor, backend=name) for name in backends}
    if batch is not None:
        network = replace(network, batch=batch)
    network.check()
    state = initial_state(network, seed) if state is None else state
    state.validate(network)
    chosen = epoch_order(state.seed, epoch, len(data))[:samples]
    keys = train_keys(state.seed, epoch, chosen)
    batches = [
        (data.images[chosen[part]], data.labels[chosen[part]], keys[part])
        for part in (slice(k, k + network.batch) for k in range(0, samples, network.batch))
    ]

    end, expected = state, []
    with progress_bar(samples, shown=progress, name="reference") as bar:
        for images, labels, batch_keys in batches:
            end, result = reference.train_batch(network, end, images, labels, batch_keys)
            expected.append(result)
            bar.update(len(labels))
    return VerifyReport(
        network=network,
        samples=samples,
        batches=len(batches),
        state=end,
        backends=tuple(
            _compare(name, factory, network, state, batches, expected, end)
            for name, factory in backends.items()
        ),
    )


def _compare(
    name: str,
    factory: Factory,
    network: Network,
    state: State,
    batches: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]],
    expected: list[BatchResult],
    end: State,
) -> BackendReport:
    """Train the backend; a wrong update shows first in the outputs of the batch after it."""
    with factory(network, state) as learner:
        results = [learner.train_batch(images, labels, keys) for images, labels, keys in batches]
        found = learner.state()

    last = len(network.layers) - 1
    outputs: list[tuple[dict[str, Any], np.ndarray, np.ndarray]] = [
        ({"what": what, "layer": last, "batch": k}, getattr(wanted, what), getattr(result, what))
        for k, (wanted, result) in enumerate(zip(expected, results))
        for what in ("predictions", "counts", "v")
    ]
    weights: list[tuple[dict[str, Any], np.ndarray, np.ndarray]] = [
        ({"what": "w_shadow", "layer": layer, "batch": None}, wanted, w)
        for layer, (wanted, w) in enumerate(zip(end.weights, found.weights, strict=True))
    ]
    difference = None
    for where, wanted, got in [*outputs, *weights]:
        at = np.argwhere(np.asarray(wanted) != np.asarray(got))
        if len(at):
            index = tuple(int(i) for i in at[0])
            values: dict[str, Any] = {"expected": int(wanted[index]), "found": int(got[index])}
            difference = Difference(backend=name, index=index, **values, **where)
            break
    return BackendReport(
        name=name,
        weights=sum(wanted.size for _, wanted, _ in weights),
        weights_identical=sum(int(np.sum(wanted == got)) for _, wanted, got in weights),
        outputs=sum(wanted.size for _, wanted, _ in outputs),
        outputs_identical=sum(int(np.sum(wanted == got)) for _, wanted, got in outputs),
        difference=difference,
    )
