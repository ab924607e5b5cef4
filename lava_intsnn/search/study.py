"""Finished trials in an optuna study, each written in one transaction.

A trial enters the study only when it is finished. A killed search therefore leaves no partial
trial, and missing ones are run again. Only the process that hands out the trials writes.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from lava_intsnn.search.errors import SearchError
from lava_intsnn.search.space import Parameter, Values
from lava_intsnn.search.trial import Outcome

#: User attribute of a study: the settings that its trials share.
SETTINGS = "lava_intsnn"
#: Fields of an outcome that are user attributes of its trial; optuna has the others itself.
_ATTRIBUTES = ("index", "reason", "train_accuracy", "seconds")


def require_optuna() -> Any:
    """Return optuna, or raise an error that names its extra."""
    try:
        import optuna
    except ImportError:
        raise SearchError(
            "a search needs optuna, which is not installed: pip install 'lava-intsnn[search]'"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


@contextmanager
def opened(
    storage: str | os.PathLike[str] | None,
    name: str,
    settings: Mapping[str, Any],
    space: Sequence[Parameter],
) -> Iterator[Study]:
    """Open a study, or create one.

    Parameters
    ----------
    storage : path, URL or None
        A file (SQLite), a URL optuna knows, or None to keep nothing.
    name : str
        Of the study in the storage.
    settings : dict
        Must be those of the study if it exists.
    space : sequence of Parameter

    Raises
    ------
    SearchError
        If the study was made with other settings, the storage cannot be used, or another process
        uses the file.
    """
    optuna = require_optuna()
    url, file = _located(storage)
    with _locked(file) if file else contextlib.nullcontext(), _explained(optuna, storage):
        study = optuna.create_study(
            storage=url, study_name=name, direction="maximize", load_if_exists=True
        )
        _agree(study, settings, where=f"study {name!r} in {storage}")
        yield Study(study, space)


class Study:
    """The outcomes in an optuna study; see :func:`opened`."""

    def __init__(self, study: Any, space: Sequence[Parameter]) -> None:
        self._study = study
        self._distributions = {p.name: _distribution(p) for p in space}

    def outcomes(self) -> dict[int, Outcome]:
        """Return the finished outcomes by index."""
        found = {}
        for trial in self._study.get_trials(deepcopy=False):
            attrs = trial.user_attrs
            if trial.state.is_finished() and "index" in attrs:
                history = trial.intermediate_values
                found[attrs["index"]] = Outcome(
                    values=dict(trial.params),
                    accuracy=None if attrs["reason"] else trial.value,
                    history=tuple(history[epoch] for epoch in sorted(history)),
                    folds=tuple(map(tuple, attrs.get("folds", ()))),  # of release 0.2: none
                    **{name: attrs[name] for name in _ATTRIBUTES},
                )
        return found

    def add(self, outcome: Outcome) -> None:
        """Keep a finished trial."""
        self._study.add_trial(_frozen(outcome, self._distributions))

    def suggest(self, before: Sequence[Outcome], *, seed: int) -> Values:
        """Return what a tree-structured Parzen estimator tries after ``before``, and nothing else.

        The sampler is created again from a seed and the outcomes, so that a resumed search
        continues as if it had not been interrupted.
        """
        optuna = require_optuna()
        sampler = optuna.samplers.TPESampler(seed=seed)
        scratch = in_memory(before, self._distributions, sampler=sampler)
        return dict(scratch.ask(self._distributions).params)


def importances(space: Sequence[Parameter], outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return each parameter's share of the accuracy's variance (fANOVA), largest first.

    Empty with fewer than ten finished trials that differ.
    """
    optuna = require_optuna()
    done = [o for o in outcomes if o.accuracy is not None]
    varied = {p.name for p in space if len({o.values[p.name] for o in done}) > 1}
    if len(done) < 10 or len({o.accuracy for o in done}) < 2 or not varied:
        return {}
    study = in_memory(done, {p.name: _distribution(p) for p in space})
    fanova = optuna.importance.FanovaImportanceEvaluator(seed=0)
    found = optuna.importance.get_param_importances(study, evaluator=fanova, params=sorted(varied))
    return {name: float(share) for name, share in found.items()}


def in_memory(
    outcomes: Sequence[Outcome], distributions: Mapping[str, Any], *, sampler: Any = None
) -> Any:
    """Return an optuna study of ``outcomes``, in their order."""
    study = require_optuna().create_study(direction="maximize", sampler=sampler)
    for outcome in outcomes:
        study.add_trial(_frozen(outcome, distributions))
    return study


def _frozen(outcome: Outcome, distributions: Mapping[str, Any]) -> Any:
    optuna = require_optuna()
    states = optuna.trial.TrialState
    rounded = replace(outcome, seconds=round(outcome.seconds, 3))
    return optuna.trial.create_trial(
        state=states.PRUNED if outcome.reason else states.COMPLETE,
        value=outcome.accuracy,
        params=outcome.values,
        distributions=dict(distributions),
        intermediate_values=dict(enumerate(outcome.history, start=1)),
        user_attrs={name: getattr(rounded, name) for name in _ATTRIBUTES}
        | ({"folds": [list(history) for history in outcome.folds]} if outcome.folds else {}),
    )


def _distribution(parameter: Parameter) -> Any:
    from optuna.distributions import CategoricalDistribution, IntDistribution

    if parameter.off:
        return CategoricalDistribution(parameter.choices)
    return IntDistribution(parameter.low, parameter.high, log=parameter.scale != "linear")


def _located(storage: str | os.PathLike[str] | None) -> tuple[str | None, Path | None]:
    """Return the URL of a storage, and the file it is if it is one."""
    if storage is None:
        return None, None
    text = os.fspath(storage)
    if text.startswith("sqlite:///"):
        file = Path(text.removeprefix("sqlite:///"))
    elif "://" in text:
        return text, None
    else:
        file = Path(text)
    if file.is_dir():
        raise SearchError(f"storage {text}: is a folder; give the name of a file")
    if not file.absolute().parent.is_dir():
        raise SearchError(f"storage {text}: there is no folder {file.parent}; make it first")
    return f"sqlite:///{file}", file


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Keep a second sweep away; the lock ends with the process, even if it is killed."""
    # A file of its own: SQLite locks parts of the database, and some systems mix up the two.
    with open(file.with_name(f".{file.name}.lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SearchError(
                f"another sweep is at work on {file}: wait for it, or give another --storage"
            ) from None
        yield


@contextmanager
def _explained(optuna: Any, storage: Any) -> Iterator[None]:
    """Turn an error of the database into a :class:`SearchError`."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (optuna.exceptions.OptunaError, SQLAlchemyError, ImportError) as error:
        first = str(error.__cause__ or error).strip().splitlines()[0]
        raise SearchError(f"storage {storage} cannot be used: {first}") from error


def _agree(study: Any, settings: Mapping[str, Any], *, where: str) -> None:
    """Write the settings of a new study; refuse one made with others."""
    found = study.user_attrs.get(SETTINGS)
    if found is None:
        if study.get_trials(deepcopy=False):
            raise SearchError(f"{where} was not made by a sweep: give another --study or --storage")
        study.set_user_attr(SETTINGS, json.dumps(settings))
        return
    before, now = json.loads(found), json.loads(json.dumps(settings))
    differing = [
        f"{name} {_short(before.get(name))} (now {_short(now.get(name))})"
        for name in {**before, **now}
        if before.get(name) != now.get(name)
    ]
    if differing:
        raise SearchError(
            f"{where} was made with {'; '.join(differing)}: give the same options to go on, or "
            "another --study or --storage"
        )


def _short(value: Any) -> str:
    if isinstance(value, dict):  # the space: every name with its range
        return "{" + ", ".join(f"{name}: {text}" for name, text in value.items()) + "}"
    return str(value)
