"""A Lava session ends every wait, says why, and leaves nothing behind."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from lava.magma.compiler.channels.pypychannel import CspRecvPort, CspSendPort, PyPyChannel
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava_processes.broken.process import Orphan
from lava_processes.faulty.process import Sink, Source

from lava_intsnn.runtime import (
    ModelSelectionError,
    ProcessModelError,
    Session,
    SessionError,
    SessionTimeoutError,
    VarError,
    session,
)
from lava_intsnn.runtime.infrastructure import MemoryPool
from lava_intsnn.runtime.ports import repair_wakeups

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

ROOT = Path(__file__).resolve().parent.parent
FIXED_PT = {"select_tag": "fixed_pt"}


def network(source_fault="none", sink_fault="none", at=3, width=4):
    source = Source(name="source", fault=source_fault, at=at, width=width)
    sink = Sink(name="sink", fault=sink_fault, at=at, width=width)
    source.s_out.connect(sink.a_in)
    return source, sink


def opened(source, **options):
    return session(source, Loihi2SimCfg(**FIXED_PT), **options)


def children():
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


def eventually(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


@pytest.fixture
def clean():
    """Fail the test when it leaves a process, a segment, a thread or a descriptor behind."""
    gc.collect()
    before = children()
    segments, threads = set(os.listdir("/dev/shm")), threading.active_count()
    descriptors = len(os.listdir("/proc/self/fd"))
    yield
    gc.collect()
    assert children() <= before
    assert threading.active_count() <= threads
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 1
    assert eventually(lambda: set(os.listdir("/dev/shm")) <= segments)


# ---- a healthy network


def test_runs_and_adds_up(clean):
    source, sink = network()
    with opened(source) as run:
        run.run(4)
        np.testing.assert_array_equal(run.get(sink.total), [10] * 4)
        run.run(1)
        np.testing.assert_array_equal(run.get(sink.total), [15] * 4)
    assert run.closed


def test_a_system_is_entered_at_its_entry_or_first_process(clean):
    for kind in ("entry", "processes"):
        source, sink = network()
        parts = {"entry": sink} if kind == "entry" else {"processes": (source, sink)}
        with opened(SimpleNamespace(**parts)) as run:
            run.run(2)
            assert run.get(sink.total)[0] == 3


@pytest.mark.parametrize("system", [None, 3, SimpleNamespace(processes=())])
def test_a_system_without_process_is_refused(system):
    with pytest.raises(TypeError, match="must be a Lava Process"):
        opened(system)


def test_lavas_own_calls_are_protected_too(clean):
    source, sink = network("raise", at=5)
    with pytest.raises(ProcessModelError, match="the membrane burst"), opened(source):  # noqa: PT012
        source.run(RunSteps(num_steps=2))
        assert sink.total.get()[0] == 3
        source.run(RunSteps(num_steps=9, blocking=False))
        source.wait()


def test_a_run_can_be_paused_by_a_model(clean):
    source, sink = network("pause", at=3)
    with opened(source) as run:
        run.run(5)
        assert run.get(sink.total)[0] == 1 + 2 + 3
        run.run(2)
        assert run.get(sink.total)[0] == 1 + 2 + 3 + 4 + 5


def test_many_sessions_do_not_add_up():
    def once():
        source, _ = network(width=100_000)
        with opened(source) as run:
            run.run(2)

    def resources():
        gc.collect()
        return (
            len(children()),
            threading.active_count(),
            len(os.listdir("/proc/self/fd")),
            int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
        )

    for _ in range(3):
        once()
    before = resources()
    for _ in range(20):
        once()
    after = resources()
    assert after[0] <= before[0]
    assert after[1] <= before[1]
    assert after[2] <= before[2] + 1
    # one session's weights take 2.4 MB; 20 of them kept would be 48 MB
    assert after[3] - before[3] < 20e6


# ---- Vars


def test_a_var_keeps_its_type_and_value(clean):
    source, _ = network()
    weights = np.array([[-32768, 32767, 0, 1]] * 3)
    with opened(source) as run:
        assert run.get(source.weights).dtype == np.int16
        np.testing.assert_array_equal(run.get(source.weights), np.arange(12).reshape(3, 4))
        run.set(source.weights, weights)
        run.set(source.scalar, 11)
        run.set(source.fraction, 0.1)
        run.set(source.text, "world")
        run.run(1)
        np.testing.assert_array_equal(run.get(source.weights), weights)
        assert run.get(source.scalar).tolist() == [11]
        assert run.get(source.fraction).tolist() == [0.1]
        assert run.get(source.text) == "world"


def test_a_large_var_takes_milliseconds(clean):
    source, _ = network(width=100_000)
    weights = np.random.default_rng(0).integers(-32768, 32768, size=(3, 100_000))
    with opened(source) as run:
        start = time.monotonic()
        run.set(source.weights, weights)
        np.testing.assert_array_equal(run.get(source.weights), weights)
        assert time.monotonic() - start < 2  # Lava's own way needs about 10 s


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.full((3, 4), 32768), r"32768 is not an integer within -32768..32767 \(int16\)"),
        (np.full((3, 4), 0.5), "0.5 is not an integer"),
        (np.zeros((2, 2)), r"holds \(3, 4\), got 4 value"),
    ],
)
def test_a_value_the_var_cannot_hold_is_refused_and_the_session_goes_on(clean, value, message):
    source, sink = network()
    with opened(source) as run:
        with pytest.raises(VarError, match=message):
            run.set(source.weights, value)
        np.testing.assert_array_equal(run.get(source.weights), np.arange(12).reshape(3, 4))
        run.run(2)
        assert run.get(sink.total)[0] == 3


def test_a_foreign_var_is_refused(clean):
    source, _ = network()
    stranger, _ = network()
    with opened(source) as run, pytest.raises(SessionError, match="does not belong"):
        run.get(stranger.weights)


def test_a_model_that_raises_on_a_new_value_is_reported(clean):
    source, _ = network("update")
    with pytest.raises(ProcessModelError, match="the update burst"), opened(source) as run:  # noqa: PT012
        run.set(source.scalar, 3)
        run.run(1)


# ---- failures


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
    start = time.monotonic()
    with pytest.raises(ProcessModelError, match=message) as raised, opened(source) as run:
        run.run(10)
    assert time.monotonic() - start < 10
    assert "Process 'source' (Source, PySourceModel)" in str(raised.value)
    assert "'sink'" not in str(raised.value)
    assert source.runtime.closed


def test_a_failing_receiver_is_reported(clean):
    source, _ = network(sink_fault="raise")
    with pytest.raises(ProcessModelError, match="'sink'"), opened(source) as run:
        run.run(10)


def test_all_failures_are_told(clean):
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


def test_the_limit_ends_a_hang_and_tells_where_it_hangs(clean):
    source, _ = network("hang")
    start = time.monotonic()
    with pytest.raises(SessionTimeoutError, match="0.3 s") as raised, opened(source) as run:
        run.run(10, timeout=0.3)
    assert time.monotonic() - start < 5
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
    thread.join(timeout=20)
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
    assert woken.wait(timeout=5)
    receiver.join()


# ---- choosing models


def test_a_missing_tag_names_process_tag_and_choice(clean):
    source, _ = network()
    with pytest.raises(ModelSelectionError) as raised:
        Session(source, Loihi2SimCfg(select_tag="microcode")).open()
    for word in ("'source'", "'microcode'", "PySourceModel (tags: fixed_pt)", "'sink'"):
        assert word in str(raised.value)


@pytest.mark.filterwarnings("ignore:Cannot import module")
def test_models_that_cannot_be_imported_say_why(clean):
    with pytest.raises(ModelSelectionError, match="the missing dependency"):
        opened(Orphan(name="orphan")).open()


# ---- the interpreter ends

PROGRAM = """
import os, signal, sys, threading, time
from lava.magma.core.run_configs import Loihi2SimCfg
from lava_processes.faulty.process import Sink, Source
from lava_intsnn.runtime import session

def main(mode):
    source, sink = Source(fault="hang" if mode == "hang" else "none", at=3), Sink()
    source.s_out.connect(sink.a_in)
    print("starting", flush=True)
    if mode == "gate":
        sys.stdin.readline()
    run = session(source, Loihi2SimCfg(select_tag="fixed_pt")).open()
    run.run(2)
    print("running", flush=True)
    if mode == "hang":
        run.run(2)
    while mode == "loop":
        run.run(5)

if sys.argv[1] == "thread":  # the thread that forked ends, the session must not
    worker = threading.Thread(target=main, args=("loop",), daemon=True)
    worker.start()
    time.sleep(100)
main(sys.argv[1])
"""


class Program:
    """A Python program with a session; a word in the environment marks its descendants."""

    def __init__(self, mode, **options):
        self.mark = uuid.uuid4().hex
        self.segments = set(os.listdir("/dev/shm"))
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests/fixtures")])
        environment = {**os.environ, "PYTHONPATH": path, "TEST_MARK": self.mark}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, mode],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def wait_for(self, line):
        assert self.process.stdout.readline().strip() == line

    def alive(self):
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and self.mark in (entry / "environ").read_text():
                    found.append(int(entry.name))
            except (OSError, UnicodeDecodeError):
                continue
        return found

    def assert_gone(self):
        assert eventually(lambda: not self.alive()), self.alive()
        assert eventually(lambda: set(os.listdir("/dev/shm")) <= self.segments)


@pytest.mark.parametrize("mode", ["loop", "hang", "thread"])
def test_a_killed_parent_takes_everything_along(mode):
    program = Program(mode)
    program.wait_for("starting")
    program.wait_for("running")
    assert len(program.alive()) >= 4  # the parent, two models, the runtime service
    program.process.kill()
    program.process.communicate(timeout=10)
    program.assert_gone()


def test_a_parent_killed_while_starting_takes_everything_along():
    # A first start takes about 70 ms; importing Lava takes longer, so they do that together.
    delays = (0.02, 0.04, 0.055, 0.07, 0.09, 0.13)
    programs = [Program("gate", stdin=subprocess.PIPE) for _ in delays]
    for program in programs:
        program.wait_for("starting")
    for program, delay in zip(programs, delays, strict=True):
        program.process.stdin.write("go\n")
        program.process.stdin.flush()
        time.sleep(delay)
        program.process.kill()
        program.process.communicate(timeout=10)
    for program in programs:
        program.assert_gone()


def test_an_open_session_does_not_hold_the_interpreter():
    program = Program("leave")
    _, errors = program.process.communicate(timeout=20)
    assert program.process.returncode == 0
    assert errors == ""
    program.assert_gone()


def test_an_interrupt_ends_a_run_without_noise_from_the_children():
    program = Program("hang", start_new_session=True)
    program.wait_for("starting")
    program.wait_for("running")
    time.sleep(0.2)
    os.killpg(program.process.pid, signal.SIGINT)
    _, errors = program.process.communicate(timeout=10)
    assert errors.count("Traceback") == 1
    assert errors.rstrip().endswith("KeyboardInterrupt")
    program.assert_gone()
