"""Lava forks: a child gets no lock that another thread of its parent held."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Opens sessions whose source does in its own process what a thread does here all the while.
PROGRAM = """
import importlib, sys, threading, time
import numba
import numpy as np
from runtime_support import network, opened

def compile():
    numba.njit(lambda x: x + 1)(1)
    time.sleep(0.001)  # a lock has no queue: it goes to who asks at the right moment

def draw():
    np.random.rand(1_000_000)

def import_():
    sys.modules.pop("slow_to_import", None)
    importlib.import_module("slow_to_import")

def work(what):
    while not done:
        what()

what, sessions, done = sys.argv[1], int(sys.argv[2]), False
thread = threading.Thread(target=work, args=({"import": import_}.get(what) or globals()[what],))
thread.start()
time.sleep(0.2)
for _ in range(sessions):
    source, _ = network(source_fault=what, at=1)
    with opened(source) as run:
        run.run(2)
done = True
thread.join()
print("all sessions ended")
"""


@pytest.mark.parametrize(
    ("what", "sessions"),
    [
        ("compile", 3),
        pytest.param("draw", 10, marks=pytest.mark.slow),
        pytest.param("import", 2, marks=pytest.mark.slow),
    ],
)
def test_a_session_opens_while_a_thread_holds_a_lock_its_processes_need(what, sessions, tmp_path):
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(1)\n")
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests/fixtures"), str(tmp_path)])
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, what, str(sessions)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        output, _ = program.communicate(timeout=120)
    finally:
        program.kill()  # where it hangs, its Processes end with it
    assert program.returncode == 0
    assert output == "all sessions ended\n"
