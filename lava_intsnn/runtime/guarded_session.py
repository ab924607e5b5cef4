"""`Session`: a Lava network that runs inside a `with` block."""

from __future__ import annotations

import gc
import operator
import weakref
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import RunConfig

from lava_intsnn.one_thread import OneThread, one_thread

from .errors import ModelSelectionError, SessionError
from .guarded_runtime import GuardedRuntime, live
from .selection import explain

if TYPE_CHECKING:
    from typing_extensions import Self

_MAX_STEPS = 2**31 - 1  # Lava sends the number of steps as int32
_UNSET: Any = object()


class ProcessGroup(Protocol):
    """Several connected Processes, such as a system that `build` returned."""

    @property
    def processes(self) -> Sequence[AbstractProcess]:
        """The Processes. Lava finds the whole network from the first one."""


class Session:
    """A running Lava network: open, run, read and write Vars, close.

    Use it through `session` in a `with` statement; `open` and `close` are for notebooks. One thread
    at a time can use it; other threads can only close it. A session that is no longer referenced
    ends, even if its Processes are still referenced.

    Parameters
    ----------
    system : AbstractProcess or System
        Any Process of the network, or an object with `.entry` (a Process) or `.processes`. The
        Processes must be fresh: Lava compiles a Process only once.
    run_cfg : RunConfig
        Chooses the ProcessModels, for example ``Loihi2SimCfg(select_tag="fixed_pt")``.
    timeout : float, optional
        Seconds that the start and each call may take; None means no limit. Failures of a
        ProcessModel are detected at once in any case.

    Attributes
    ----------
    system : AbstractProcess or System
        The argument of the constructor.
    """

    def __init__(
        self,
        system: AbstractProcess | ProcessGroup,
        run_cfg: RunConfig,
        *,
        timeout: float | None = None,
    ) -> None:
        self.system = system
        self._entry = _entry(system)
        self._run_cfg = run_cfg
        self._timeout = _checked_timeout(timeout)
        self._guard = OneThread("session")
        self._runtime: GuardedRuntime | None = None

    # ---- open and close

    @one_thread
    def open(self) -> Self:
        """Compile the network and start its Processes.

        Returns
        -------
        Session
            This session.

        Raises
        ------
        ModelSelectionError
            If a Process has no ProcessModel for this run configuration.
        ProcessModelError
            If a ProcessModel raised while it was built.
        SessionTimeoutError
            If the ProcessModels were not built in time.
        SessionError
            If the session or its Processes were used before.
        """
        if self._runtime is not None or self._entry.runtime is not None:
            raise SessionError(
                f"Process {self._entry.name!r} has been run before, and Lava compiles a Process "
                "only once: build new Processes and open a new session"
            )
        if live:
            gc.collect()  # a dropped session may be in a reference cycle, as with tracebacks
        try:
            executable = self._entry.compile(self._run_cfg)
        except Exception as error:
            reason = explain(self._entry, self._run_cfg)
            if reason is None:
                raise
            raise ModelSelectionError(reason) from error
        runtime = GuardedRuntime(executable, self._guard, self._entry._log_config.level)
        self._runtime = runtime
        # Lava's lists keep Processes, and with them the runtime, until the program ends.
        weakref.finalize(self, runtime.release, "nothing referred to it any more").atexit = False
        executable.assign_runtime_to_all_processes(runtime)
        self._entry.runtime = runtime
        with runtime.guarded("starting the network", self._timeout):
            runtime.initialize()
        return self

    def close(self) -> None:
        """Stop the network. Does nothing if it is closed already.

        Raises
        ------
        ProcessModelError
            If a ProcessModel failed before or while it stopped. Everything is freed in any case.
        """
        if self._runtime is not None:
            self._runtime.stop()

    @property
    def closed(self) -> bool:
        """Whether the network does not run: it was never opened, was closed, or failed."""
        return self._runtime is None or self._runtime.closed

    def __enter__(self) -> Self:
        return self.open() if self._runtime is None else self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        elif self._runtime is not None:
            self._runtime.release(f"the block ended with {type(error).__name__}")

    # ---- use

    def run(self, steps: int, *, timeout: float | None = _UNSET) -> None:
        """Run the network for `steps` time steps.

        Parameters
        ----------
        steps : int
            1..2147483647.
        timeout : float, optional
            Seconds; the session's own limit by default, None for no limit.

        Raises
        ------
        ProcessModelError
            If a ProcessModel raised, or its process died. The error holds the tracebacks.
        SessionTimeoutError
            If there was no answer within the limit. The message says where each Process was.
        SessionError
            If the session is closed.
        """
        number = operator.index(steps)
        if not 1 <= number <= _MAX_STEPS:
            raise ValueError(f"steps is {number}; it must be within 1..{_MAX_STEPS}")
        runtime = self._running()
        with runtime.guarded(f"running {number} steps", self._limit(timeout)):
            runtime.start(RunSteps(num_steps=number))

    def get(self, var: Var, *, timeout: float | None = _UNSET) -> np.ndarray:
        """Read a Var of the network between two runs, in the ProcessModel's own dtype.

        Parameters
        ----------
        var : Var
            A Var of one of the session's Processes.
        timeout : float, optional
            As in `run`.

        Returns
        -------
        ndarray, shape of the Var
            A copy. Outside a session Lava's `Var.get` returns float64 instead.
        """
        runtime = self._running(var)
        with runtime.guarded(f"reading Var {_name(var)}", self._limit(timeout)):
            return var.get()

    def set(self, var: Var, value: Any, *, timeout: float | None = _UNSET) -> None:
        """Write a Var of the network between two runs.

        Parameters
        ----------
        var : Var
            A Var of one of the session's Processes.
        value : array_like, shape of the Var
            An integer Var accepts only integers within its dtype.
        timeout : float, optional
            As in `run`.

        Raises
        ------
        VarError
            If the Var cannot hold the value. It stays unchanged, and the session stays open.
        """
        runtime = self._running(var)
        convertible = isinstance(value, str) or hasattr(value, "tocsr")
        with runtime.guarded(f"writing Var {_name(var)}", self._limit(timeout)):
            var.set(value if convertible else np.asarray(value))

    # ---- helpers

    def _running(self, var: Var | None = None) -> GuardedRuntime:
        if self._runtime is None:
            raise SessionError("the session is not open: use it in a `with` statement, or open()")
        if var is not None:
            inner = var
            while inner.aliased_var is not None:
                inner = inner.aliased_var
            if inner.process is None or inner.process.runtime is not self._runtime:
                raise SessionError(f"Var {_name(var)} does not belong to this session")
        return self._runtime

    def _limit(self, timeout: float | None) -> float | None:
        return self._timeout if timeout is _UNSET else _checked_timeout(timeout)


def session(
    system: AbstractProcess | ProcessGroup, run_cfg: RunConfig, *, timeout: float | None = None
) -> Session:
    """Return a session for a `with` statement. The parameters are those of `Session`.

    Examples
    --------
    >>> with session(network, Loihi2SimCfg(select_tag="fixed_pt")) as run:
    ...     run.run(20)
    ...     weights = run.get(network.weights)
    """
    return Session(system, run_cfg, timeout=timeout)


def _entry(system: Any) -> AbstractProcess:
    if isinstance(system, AbstractProcess):
        return system
    entry = getattr(system, "entry", None)
    if entry is None and getattr(system, "processes", None):
        entry = next(iter(system.processes))
    if not isinstance(entry, AbstractProcess):
        raise TypeError(
            f"system is a {type(system).__name__}; it must be a Lava Process, or have one as "
            "`.entry` or the first of `.processes`"
        )
    return entry


def _checked_timeout(timeout: float | None) -> float | None:
    if timeout is not None and not timeout > 0:
        raise ValueError(f"timeout is {timeout}; it must be a positive number of seconds, or None")
    return timeout


def _name(var: Var) -> str:
    owner = var.process.name if var.process is not None else "?"
    return f"{owner}.{var.name}"
