"""A subclass of Lava's Runtime that detects failures and leaves nothing behind."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing.util
import os
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
from lava.magma.compiler.executable import Executable
from lava.magma.core.process.message_interface_enum import ActorType
from lava.magma.core.process.process import ProcessServer
from lava.magma.core.process.variable import VarServer
from lava.magma.core.run_conditions import AbstractRunCondition
from lava.magma.runtime.mgmt_token_enums import MGMT_COMMAND, MGMT_RESPONSE, enum_equal
from lava.magma.runtime.runtime import Runtime

from lava_intsnn.one_thread import ConcurrentUseError, OneThread

from . import access
from .actor import Actor
from .errors import SessionError, SessionTimeoutError, VarError
from .infrastructure import Infrastructure
from .lifetime import deferred_interrupt
from .ports import SLICE_SECONDS, GuardedRecv, GuardedSend
from .watch import Watch

#: Seconds that a healthy network may take to stop before it is killed.
_STOP_SECONDS = 2.0
_BY_ANOTHER = "another thread closed it"

#: The runtimes that are open in this process.
live: weakref.WeakSet[GuardedRuntime] = weakref.WeakSet()


class GuardedRuntime(Runtime):
    """A Lava Runtime in which every wait ends with an answer or an error.

    `Process.run`, `wait`, `pause` and `stop` and `Var.get` and `set` of the network call this
    class, so they are protected, too.

    Parameters
    ----------
    executable : Executable
        The compiled network.
    guard : OneThread
        Lets one thread at a time use the network.
    loglevel : int, optional
        Level of the runtime's log.
    """

    def __init__(
        self, executable: Executable, guard: OneThread, loglevel: int = logging.WARNING
    ) -> None:
        super().__init__(executable, ActorType.MultiProcessing, loglevel)
        # Lava does not type these. They start as None or as a list of another type.
        self._executable: Any
        self._messaging_infrastructure: Any
        self.runtime_to_service: Any
        self.service_to_runtime: Any
        self.exception_q: Any
        self._guard = guard
        self._owner = os.getpid()
        self.watch = Watch(lambda: self._actors)
        self._closed_because: str | None = None
        self.actor_of: dict[int, Actor] = {}  # by Process id
        live.add(self)
        # At its exit any process, main or child, waits for its children without a limit.
        self._at_exit = multiprocessing.util.Finalize(
            None, self.release, ("the interpreter is ending",), exitpriority=10
        )

    @property
    def closed(self) -> bool:
        """Whether the network was closed."""
        return self._closed_because is not None

    # ---- protection

    @contextlib.contextmanager
    def guarded(self, doing: str, timeout: float | None = None) -> Iterator[None]:
        """Close the network when the block fails or takes longer than `timeout` seconds.

        Parameters
        ----------
        doing : str
            What the block does, for messages: "running 20 steps".
        timeout : float, optional
            Seconds; None means no limit. Ignored in a nested block.
        """
        if os.getpid() != self._owner:
            raise SessionError(
                "the session was opened by another process: open one in each process"
            )
        if self._closed_because is not None:
            raise SessionError(
                f"the session is closed ({self._closed_because}), so {doing} is impossible: "
                "build new Processes and open a new session"
            )
        with self._guard:
            if self.watch.doing is not None:
                yield
                return
            self.watch.begin(doing, timeout)
            try:
                yield
                self._check_ending()
            except VarError:
                raise
            except BaseException as error:
                self.release(f"{doing} ended with {type(error).__name__}")
                if isinstance(error, Exception):
                    self._check_ending()
                raise
            finally:
                self.watch.end()

    def _check_ending(self) -> None:
        """Raise SessionError if another thread closed the network during the call."""
        if self._closed_because == _BY_ANOTHER:
            self.check()

    def check(self) -> None:
        """Raise an error if an actor has failed or the timeout has passed."""
        if self._closed_because is not None:
            raise SessionError(f"the session was closed meanwhile ({self._closed_because})")
        self.watch.check()

    @property
    def _actors(self) -> list[Actor]:
        built_on = self._messaging_infrastructure
        return [] if built_on is None else built_on.actors

    # ---- start and end

    def initialize(self, node_cfg_idx: int = 0) -> None:
        """Start the actors and wait until every ProcessModel is built."""
        with self.guarded("starting the network"):
            self._build_watchdog_manager()
            self._build_message_infrastructure()
            self._build_channels()
            self._build_sync_channels()
            self._build_processes()
            self._build_runtime_services()
            self.exception_q = []  # Lava's queues; our actors report over their pipe instead
            self._start_ports()
            self.runtime_to_service = [GuardedSend(p, self.check) for p in self.runtime_to_service]
            self.service_to_runtime = [GuardedRecv(p, self.check) for p in self.service_to_runtime]
            while not all(actor.built for actor in self._actors):
                next(a for a in self._actors if not a.built).wait_reply(SLICE_SECONDS)
                self.check()
            # Lava sets this at the first run and refuses Var.get and set before. Both work here.
            self._is_initialized = self._is_started = True

    def _build_message_infrastructure(self) -> None:
        labels = {
            id(builder): f"Process {process.name!r} ({type(process).__name__}, "
            f"{builder.proc_model.__name__})"
            for process, builder in self._executable.proc_builders.items()
        }
        self._messaging_infrastructure = Infrastructure(labels)
        self._messaging_infrastructure.start()

    def _build_processes(self) -> None:
        super()._build_processes()
        built = self._messaging_infrastructure.actor_of
        for builder in self._executable.proc_builders.values():
            self.actor_of[builder._model_id] = built[id(builder)]

    def stop(self) -> None:
        """Stop the network, and kill it if it does not answer within two seconds.

        If another thread is using it, it is killed at once, which also ends that thread's wait.
        """
        if self.closed or os.getpid() != self._owner:
            return
        try:
            with self._guard:
                if self._is_started:
                    self.watch.end()  # a model may request a stop during a run
                    with self.guarded("stopping", _STOP_SECONDS):
                        self._end_actors()
        except ConcurrentUseError:
            self.release(_BY_ANOTHER)
        except SessionTimeoutError as error:
            self.log.warning("the Lava network did not stop by itself and was killed: %s", error)
        finally:
            self.release("it was stopped")

    def _command(self, command: np.ndarray, awaited: np.ndarray) -> None:
        """Send a command to every service and wait for all answers."""
        for send in self.runtime_to_service:
            send.send(command)
        for recv in self.service_to_runtime:
            # The answer to an earlier run, or to another Process's request, may come first.
            while not enum_equal(answer := recv.recv(), awaited):
                if enum_equal(answer, MGMT_RESPONSE.ERROR):
                    self.watch.raise_failures()

    def _end_actors(self) -> None:
        self._command(MGMT_COMMAND.STOP, MGMT_RESPONSE.TERMINATED)
        for actor in self._actors:
            while actor.is_alive():
                actor.join(SLICE_SECONDS)
                self.check()

    def release(self, because: str) -> None:
        """Kill every actor, free every channel. Safe to call at any time, any number of times.

        Parameters
        ----------
        because : str
            The reason, for the error that later calls raise.
        """
        if self.closed or os.getpid() != self._owner:  # a forked child owns nothing
            return
        with deferred_interrupt():
            self._closed_because = because
            self._is_started = self._is_running = self._is_initialized = False
            if self._messaging_infrastructure is not None:
                for actor in self._actors:
                    if actor.pid is not None:
                        actor.kill()
                self._close_ports()
                self._messaging_infrastructure.stop()
            if self._watchdog_manager is not None:
                self._watchdog_manager.stop()
            self._forget()
            self._at_exit.cancel()
            live.discard(self)

    def _close_ports(self) -> None:
        external = [
            getattr(port, attribute, None)
            for process in self._executable.process_list
            for port in [*process.in_ports, *process.out_ports]
            for attribute in ("external_pipe_csp_send_port", "external_pipe_csp_recv_port")
        ]
        for port in [*self._open_ports, *external]:
            if port is None:
                continue
            port.join()  # wakes the port's thread
            if port.thread not in (None, threading.current_thread()):
                port.thread.join(timeout=1.0)
            port._array = []  # a view of the shared memory
        self._open_ports.clear()

    def _forget(self) -> None:
        """Drop all references to the network's arrays, also those in Lava's global lists."""
        processes = set()
        for process in self._executable.process_list:
            while process is not None:
                processes.add(id(process))
                process = process.parent_proc
        server, variables = ProcessServer(), VarServer()
        server.processes = [p for p in server.processes if id(p) not in processes]
        variables.vars = [v for v in variables.vars if id(v.process) not in processes]
        self._executable = None
        self.actor_of = {}
        self.runtime_to_service, self.service_to_runtime, self.exception_q = [], [], []

    # ---- run

    def start(self, run_condition: AbstractRunCondition) -> None:
        """Run under `run_condition`; see Lava's Process.run."""
        with self.guarded(f"running {getattr(run_condition, 'num_steps', 'endless')} steps"):
            if self._is_running:
                raise SessionError("a run is still in progress: call wait() first")
            super().start(run_condition)

    def wait(self) -> None:
        """Wait for a run started with blocking=False."""
        with self.guarded("waiting for a run"):
            super().wait()

    def _get_resp_for_run(self) -> None:
        if not self._is_running:
            return
        waiting = list(self.service_to_runtime)
        while waiting:
            port = self._first_ready(waiting)
            answer = port.recv()
            if enum_equal(answer, MGMT_RESPONSE.DONE):
                waiting.remove(port)
            elif enum_equal(answer, MGMT_RESPONSE.REQ_PAUSE):
                self.pause()
                return
            elif enum_equal(answer, MGMT_RESPONSE.REQ_STOP):
                self.stop()
                return
            else:
                self.watch.raise_failures()
        self._is_running = False

    def _first_ready(self, ports: list[GuardedRecv]) -> GuardedRecv:
        while True:
            for port in ports:
                if port.probe():
                    return port
            # Usually there is one service. Several cannot be waited for at the same time.
            ports[0].wait(SLICE_SECONDS if len(ports) == 1 else SLICE_SECONDS / 10)
            if not ports[0].probe():
                self.check()

    def pause(self) -> None:
        """Pause a run started with blocking=False."""
        with self.guarded("pausing"):
            if not self._is_running:
                return
            self._command(MGMT_COMMAND.PAUSE, MGMT_RESPONSE.PAUSED)
            self._is_running = False

    # ---- Vars

    def get_var(self, var_id: int, idx: Any = None) -> np.ndarray:
        """Read a Var, in the ProcessModel's dtype and the Var's shape; see Lava's Var.get."""
        with self.guarded("reading a Var"):
            value = access.read(self, var_id)
            return value if idx is None else value[idx]

    def set_var(self, var_id: int, value: Any, idx: Any = None) -> None:
        """Write a Var; see Lava's Var.set.

        Raises
        ------
        VarError
            If the ProcessModel's dtype or shape cannot hold the value. The Var stays unchanged.
        """
        with self.guarded("writing a Var"):
            array = np.asarray(value)
            access.write(self, var_id, array if idx is None else array[idx])
