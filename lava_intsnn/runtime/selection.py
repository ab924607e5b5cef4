"""Explanations for a failed model selection: the Process, the tag, and the available models."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import traceback
import warnings
from typing import Any

from lava.magma.compiler.compiler_graphs import ProcGroupDiGraphs, find_processes
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_configs import RunConfig


def explain(entry: AbstractProcess, run_cfg: RunConfig) -> str | None:
    """Describe every Process without a usable ProcessModel.

    Parameters
    ----------
    entry : AbstractProcess
        Any Process of the network.
    run_cfg : RunConfig
        The configuration that selects the models.

    Returns
    -------
    str or None
        None if every Process has a model, so that the compiler failed for another reason.
    """
    problems = [
        problem
        for process in find_processes(entry)
        if (problem := _problem(process, run_cfg)) is not None
    ]
    if not problems:
        return None
    tag = getattr(run_cfg, "select_tag", None)
    wanted = f" with the tag {tag!r}" if tag else ""
    return f"{type(run_cfg).__name__} selects no ProcessModel{wanted}:\n" + "\n".join(problems)


def _problem(process: AbstractProcess, run_cfg: RunConfig) -> str | None:
    who = f"- Process {process.name!r} ({type(process).__name__})"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # reported below, with the reason
        try:
            models = ProcGroupDiGraphs._find_proc_models(process)
        except Exception:  # a module of the package may fail with anything
            return f"{who}: no ProcessModel found.{_broken_neighbours(process)}"
    try:
        run_cfg.select(process, models)
    except Exception as error:
        tags = [f"{m.__name__} (tags: {', '.join(m.tags) or 'none'})" for m in models]
        return (
            f"{who}: {error or type(error).__name__}\n  available: {'; '.join(tags)}.\n"
            "  Choose an available tag, or name a model in `exception_proc_model_map`."
        )
    return None


def _broken_neighbours(process: AbstractProcess) -> str:
    """Import the modules beside the Process, where Lava searches, and return which ones fail."""
    home: Any = sys.modules[type(process).__module__]
    package = sys.modules.get(home.__package__ or "")
    if package is None:
        return (
            f" It is defined in {home.__name__!r}, which belongs to no package. Put the Process"
            " and its models into one package: `process.py` and `models.py`."
        )
    failures = []
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        try:
            importlib.import_module(module.name)
        except Exception:
            failures.append(f"\n  {module.name} cannot be imported:\n{traceback.format_exc()}")
    return "".join(failures) or (
        f" Lava looks for a class with @implements(proc={type(process).__name__}) in every module"
        f" of {package.__name__!r}."
    )
