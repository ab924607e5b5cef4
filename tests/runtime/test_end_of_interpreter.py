"""However the interpreter ends, its network ends with it."""

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from runtime_support import assert_nothing_left
from waiting import eventually

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import os, signal, sys, threading, time
import lava_intsnn
from lava.magma.core.run_configs import Loihi2SimCfg
from lava_processes.faulty.process import Sink, Source
from lava_intsnn.runtime import session

# a shell's background jobs, and so tests run in one, ignore it
signal.signal(signal.SIGINT, signal.default_int_handler)

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
        assert_nothing_left(self.segments)


@pytest.mark.parametrize("mode", ["loop", "hang", "thread"])
def test_a_killed_parent_takes_everything_along(mode):
    program = Program(mode)
    program.wait_for("starting")
    program.wait_for("running")
    assert len(program.alive()) >= 4  # the parent, two models, the runtime service
    program.process.kill()
    program.process.communicate(timeout=600)
    program.assert_gone()


@pytest.mark.parametrize(
    "delays",
    [(0.04, 0.07), pytest.param((0.02, 0.04, 0.055, 0.07, 0.09, 0.13), marks=pytest.mark.slow)],
    ids=["two", "six"],
)
def test_a_parent_killed_while_starting_takes_everything_along(delays):
    # A first start takes about 70 ms; importing Lava takes longer, so they do that together.
    programs = [Program("gate", stdin=subprocess.PIPE) for _ in delays]
    for program in programs:
        program.wait_for("starting")
    for program, delay in zip(programs, delays, strict=True):
        program.process.stdin.write("go\n")
        program.process.stdin.flush()
        time.sleep(delay)
        program.process.kill()
        program.process.communicate(timeout=600)
    for program in programs:
        program.assert_gone()


def test_an_open_session_does_not_hold_the_interpreter():
    program = Program("leave")
    _, errors = program.process.communicate(timeout=600)
    assert program.process.returncode == 0
    assert errors == ""
    program.assert_gone()


def test_an_interrupt_ends_a_run_without_noise_from_the_children():
    program = Program("hang", start_new_session=True)
    program.wait_for("starting")
    program.wait_for("running")
    time.sleep(0.2)
    os.killpg(program.process.pid, signal.SIGINT)
    _, errors = program.process.communicate(timeout=600)
    assert errors.count("Traceback") == 1
    assert errors.rstrip().endswith("KeyboardInterrupt")
    program.assert_gone()
