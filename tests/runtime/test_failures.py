"""A session ends every wait, says why, and leaves nothing behind."""

import os
import signal
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from lava.magma.compiler.channels.pypychannel import CspRecvPort, CspSendPort, PyPyChannel
from lava.magma.core.run_conditions import RunSteps
from runtime_support import children, network, opened

from lava_intsnn.runtime import (
    ProcessModelError,
    SessionError,
    SessionTimeoutError,
    watch,
)
from lava_intsnn.runtime.infrastructure import MemoryPool
from lava_intsnn.runtime.ports import repair_wakeups

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("raise", "ValueError: the membrane burst"),
        ("unpicklable", "in misbehave"),
        ("sys.exit", "SystemExit: 3"),
        ("os._exit", "exit code 5"),
        ("sigkill", "SIGKILL"),
    ],
)
@pytest.mark.parametrize("place", ["run", "constructor"])
def test_a_failure_reaches_the_caller_while_the_neighbour_waits(clean, fault, message, place):
    source, _ = network(fault if place == "run" else f"built:{fault}")
    with pytest.raises(ProcessModelError, match=message) as raised, opened(source) as run:
        run.run(10, timeout=600)
    assert "Process 'source' (Source, PySourceModel)" in str(raised.value)
    assert "'sink'" not in str(raised.value)
    assert source.runtime.closed


def test_a_failing_receiver_is_reported(clean):
    source, _ = network(sink_fault="raise")
    with pytest.raises(ProcessModelError, match="'sink'"), opened(source) as run:
        run.run(10)


def test_all_failures_are_told(clean, monkeypatch):
    monkeypatch.setattr(watch, "_GRACE_SECONDS", 5.0)  # the second may be late on a busy machine
    source, _ = network("raise", "os._exit")
    with pytest.raises(ProcessModelError, match="2 Processes") as raised, opened(source) as run:
        run.run(10)
    assert len(raised.value.failures) == 2


def test_an_actor_killed_between_two_runs_is_noticed(clean):
    source, _ = network()
    before = children()
    with pytest.raises(ProcessModelError, match="SIGKILL"), opened(source) as run:  # noqa: PT012
        run.run(1)
        for pid in children() - before:
            os.kill(pid, signal.SIGKILL)
        run.run(1)


def test_the_limit_ends_a_hang_and_tells_where_it_hangs(clean, monkeypatch):
    monkeypatch.setattr(watch, "_PLACE_SECONDS", 600.0)  # ends when both have answered
    source, _ = network("hang")
    with opened(source) as run:
        run.run(2)
        with pytest.raises(SessionTimeoutError, match="3.0 s") as raised:
            run.run(10, timeout=3.0)
    assert "time.sleep(1000)" in str(raised.value)
    assert "self.a_in.recv()" in str(raised.value)


def test_the_limit_holds_for_the_start(clean):
    source, _ = network("built:hang")
    with pytest.raises(SessionTimeoutError, match="starting"):
        opened(source, timeout=0.3).open()


def test_an_error_in_the_block_passes_through_and_closes(clean):
    source, _ = network("hang")
    with pytest.raises(KeyError, match="mine"), opened(source):  # noqa: PT012
        source.run(RunSteps(num_steps=9, blocking=False))
        raise KeyError("mine")


def test_a_hanging_network_is_killed_at_the_end(clean):
    source, _ = network("hang")
    with opened(source):
        source.run(RunSteps(num_steps=9, blocking=False))


def test_a_closed_session_says_so(clean):
    source, sink = network()
    with opened(source) as run:
        run.run(1)
    run.close()
    source.stop()
    for call in (lambda: run.run(1), lambda: run.get(sink.total), lambda: sink.total.get()):
        with pytest.raises(SessionError, match="session is closed"):
            call()
    with pytest.raises(SessionError, match="build new Processes"):
        run.open()
    with pytest.raises(SessionError, match="build new Processes"):
        opened(source).open()


def test_a_session_that_is_not_open_says_so():
    source, _ = network()
    with pytest.raises(SessionError, match="not open"):
        opened(source).run(1)


@pytest.mark.parametrize("steps", [0, -1, 2**31])
def test_impossible_steps_are_refused(clean, steps):
    source, _ = network()
    with opened(source) as run:
        with pytest.raises(ValueError, match="must be within"):
            run.run(steps)
        run.run(1)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_impossible_limits_are_refused(timeout):
    with pytest.raises(ValueError, match="positive number of seconds"):
        opened(network()[0], timeout=timeout)


def test_works_outside_the_main_thread(clean):
    results = []

    def work():
        source, sink = network()
        with opened(source) as run:
            run.run(3)
            results.append(run.get(sink.total)[0])
        source, _ = network("raise")
        try:
            with opened(source) as run:
                run.run(3)
        except ProcessModelError as error:
            results.append(len(error.failures))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(timeout=600)
    assert results == [6, 1]


def test_a_message_always_wakes_the_selector(monkeypatch):
    # Lava's port stays silent when another message was still queued a moment ago; the selector
    # may have taken that one in between, and then sleeps for ever.
    monkeypatch.setattr(CspRecvPort, "_req_callback", CspRecvPort._req_callback)
    monkeypatch.setattr(CspSendPort, "_ack_callback", CspSendPort._ack_callback)
    repair_wakeups()  # undone after the test: sessions do this in their children only
    memory = SimpleNamespace(smm=MemoryPool())
    receiver = PyPyChannel(memory, "out", "in", shape=(1,), dtype=np.int32, size=2).dst_port
    receiver.start()
    receiver.probe = lambda: True  # "not empty" was seen before the selector emptied it
    woken = threading.Event()
    receiver.observer = woken.set
    receiver._req.release()
    assert woken.wait(timeout=600)
    receiver.join()
