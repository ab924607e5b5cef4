"""The search: runs the missing trials and stores their outcomes."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.network import Network
from lava_intsnn.recipe import Recipe
from lava_intsnn.search.errors import SearchError
from lava_intsnn.search.recipe_space import with_values
from lava_intsnn.search.sampling import SAMPLERS, sample
from lava_intsnn.search.space import Parameter, Values, apply
from lava_intsnn.search.study import Study, opened
from lava_intsnn.search.trial import Bar, Outcome, Task, run_trial
from lava_intsnn.search.trial_blocks import bar_of, blocks_of
from lava_intsnn.search.workers import Workers


@dataclass(frozen=True, kw_only=True)
class Found:
    """The result of a search.

    Parameters
    ----------
    task : Task
    space : tuple of Parameter
    outcomes : tuple of Outcome
        Of all trials, by index.
    """

    task: Task
    space: tuple[Parameter, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def ranked(self) -> list[Outcome]:
        """Trials that were trained to the end, the best first; equal ones in their order."""
        done = [o for o in self.outcomes if o.accuracy is not None]
        return sorted(done, key=lambda o: (-(o.accuracy or 0.0), o.index))

    @property
    def best(self) -> Outcome:
        """The best trial.

        Raises
        ------
        SearchError
            If every network was refused.
        """
        if not self.ranked:
            raise SearchError(
                f"all {len(self.outcomes)} networks were refused, the first because "
                f"{self.outcomes[0].reason}"
            )
        return self.ranked[0]

    @property
    def network(self) -> Network:
        """The network of the best trial."""
        return apply(self.task.network, self.best.values)

    @property
    def recipe(self) -> Recipe:
        """The recipe of the best trial."""
        return with_values(self.task.recipe, self.best.values)


#: Points below the best trial at which a trial on folds is stopped.
MARGIN = 2.0


@checks_kinds
def search(
    task: Task,
    space: Sequence[Parameter],
    *,
    trials: int,
    sampler: str = "quasi",
    jobs: int = 1,
    threads: int | None = None,
    margin: float = MARGIN,
    storage: str | os.PathLike[str] | None = None,
    study: str | None = None,
    on_trial: Callable[[Outcome, Mapping[int, Outcome]], None] | None = None,
) -> Found:
    """Run trials ``0 .. trials - 1``, except those that the storage already holds.

    Parameters
    ----------
    task : Task
    space : sequence of Parameter
        From :func:`~.space.space_of` and :func:`~.space.select`.
    trials : int
    sampler : {"quasi", "random", "tpe"}
        See :func:`~.sampling.sample`; ``"tpe"`` learns from earlier trials and needs ``jobs=1``.
    jobs : int
        Processes. A program that uses several must guard its main module, as always with
        multiprocessing.
    threads : int, optional
        Of each job; by default the usable cores are divided among the jobs.
    margin : float
        Of a search on folds: a trial is stopped after a fold if the mean over its folds lies more
        than this many points below that of the best earlier trial on the same folds. 100 stops
        none. Trials are compared with those of earlier blocks only, which do not depend on
        ``jobs``: the first trial alone, then eight at a time. So no more than eight run at once.
    storage : path or URL, optional
        Where finished trials are kept, and found again by the next call.
    study : str, optional
        Name in the storage; by default network and precision.
    on_trial : callable, optional
        Called with each new outcome, and with all outcomes so far by index.

    Raises
    ------
    SearchError
        If options contradict each other, or the storage cannot be used.
    """
    from lava_intsnn.cores import MAX_WORKERS, thread_count, usable_cores

    if sampler not in SAMPLERS:
        raise SearchError(f"sampler {sampler!r}: must be {', '.join(SAMPLERS)}")
    if trials < 1 or jobs < 1:
        raise SearchError(f"{trials} trials in {jobs} jobs: both must be at least 1")
    if jobs > MAX_WORKERS:
        raise SearchError(f"{jobs} jobs: must be at most {MAX_WORKERS}, each is a process")
    if sampler == "tpe" and jobs > 1:
        raise SearchError(
            f"{jobs} jobs with sampler tpe: each of its trials waits for all earlier ones; "
            "use 1 job, or sampler quasi"
        )
    if not 0 <= margin <= 100:
        raise SearchError(f"margin {margin}: must be in 0..100 points; 100 stops no trial")
    if not space:
        raise SearchError("the space is empty: name at least one parameter")
    settings = settings_of(task, space, sampler, margin)
    threads = thread_count(threads or max(1, usable_cores() // jobs), SearchError)
    name = study or f"{task.network.name}-{task.network.precision}"
    with opened(storage, name, settings, space) as kept:
        done = {k: o for k, o in kept.outcomes().items() if k < trials}
        missing = [k for k in range(trials) if k not in done]
        new: Generator[Outcome, None, None]
        if sampler == "tpe":
            new = _one_by_one(task, space, missing, done, kept, threads=threads, margin=margin)
        else:
            plan = {k: sample(space, sampler=sampler, seed=task.seed, index=k) for k in missing}
            new = _any_order(task, plan, done, jobs=jobs, threads=threads, margin=margin)
        with closing(new):  # an error or interrupt here ends the workers as well
            for outcome in new:
                kept.add(outcome)
                done[outcome.index] = outcome
                if on_trial is not None:
                    on_trial(outcome, done)
    return Found(task=task, space=tuple(space), outcomes=tuple(done[k] for k in range(trials)))


def settings_of(
    task: Task, space: Sequence[Parameter], sampler: str, margin: float = MARGIN
) -> dict[str, Any]:
    """Return what must be equal in all calls that add trials to one study."""
    shared = task.identity() | {"sampler": sampler, "space": {p.name: str(p) for p in space}}
    return shared | {"margin": margin} if task.folds else shared


def _any_order(
    task: Task,
    plan: dict[int, Values],
    done: dict[int, Outcome],
    *,
    jobs: int,
    threads: int,
    margin: float,
) -> Generator[Outcome, None, None]:
    """Yield the planned trials, block by block; those with equal values are trained once.

    ``done`` holds the outcomes so far, of this call, too, when the next one is asked for.
    """
    workers, complete = (Workers(task, jobs=jobs, threads=threads) if jobs > 1 else None), False
    try:
        for block in blocks_of(plan, compared=bool(task.folds)):
            bar = bar_of(done, before=block[0], margin=margin) if task.folds else None
            equal: dict[frozenset[tuple[str, int | None]], list[int]] = {}
            known = {frozenset(o.values.items()): o for o in done.values()}
            for k in block:
                key = frozenset(plan[k].items())
                if key in known:
                    yield replace(known[key], index=k)
                else:
                    equal.setdefault(key, []).append(k)
            first = [(ks[0], plan[ks[0]]) for ks in equal.values()]
            for outcome in _ran(task, first, workers, threads=threads, bar=bar):
                for k in equal[frozenset(outcome.values.items())]:
                    yield replace(outcome, index=k)
        complete = True
    finally:
        if workers is not None:
            workers.close(done=complete)


def _ran(
    task: Task,
    trials: Sequence[tuple[int, Values]],
    workers: Workers | None,
    *,
    threads: int,
    bar: Bar | None,
) -> Iterator[Outcome]:
    """Yield the outcomes of trials, in any order."""
    if workers is not None:
        yield from workers.run(trials, bar)
    else:
        for k, values in trials:
            yield run_trial(task, k, values, threads=threads, bar=bar)


def _one_by_one(
    task: Task,
    space: Sequence[Parameter],
    missing: Sequence[int],
    done: dict[int, Outcome],
    kept: Study,
    *,
    threads: int,
    margin: float,
) -> Generator[Outcome, None, None]:
    """Yield the missing trials in order, each chosen by what came before."""
    for k in missing:
        if k == 0:
            values = sample(space, sampler="quasi", seed=task.seed, index=0)
        else:
            before = [done[i] for i in range(k)]
            suggested = kept.suggest(before, seed=(task.seed * 0x9E3779B1 + k) % (1 << 32))
            values = {p.name: p.nearest(suggested[p.name]) for p in space}
        bar = bar_of(done, before=k, margin=margin) if task.folds else None
        yield run_trial(task, k, values, threads=threads, bar=bar)
