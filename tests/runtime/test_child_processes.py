"""Sessions in processes that a program starts: spawned, forked, workers of pools."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

ROOT = Path(__file__).resolve().parents[2]

#: Prints the sum that a session's sink has after three steps: 6.
PROGRAM = """
import multiprocessing
import sys

def total(leave_open=False):
    import lava_intsnn.lava_start
    from runtime_support import network, opened
    source, sink = network()
    run = opened(source).open()
    run.run(3)
    result = int(run.get(sink.total)[0])
    if leave_open:
        total.open = run
    else:
        run.close()
    return result

def show(leave_open=False):
    print(total(leave_open), multiprocessing.get_start_method(), flush=True)

def started_by(method, **options):
    child = multiprocessing.get_context(method).Process(target=show, kwargs=options)
    child.start()
    child.join()

def pool():
    with multiprocessing.get_context("fork").Pool(1) as workers:
        print(workers.apply(total))

def loky():
    from joblib import Parallel, delayed
    print(*Parallel(n_jobs=2)([delayed(total)()]))

def chosen():
    multiprocessing.set_start_method("spawn")
    show()

def inherited():
    import lava_intsnn.lava_start
    from runtime_support import network, opened
    source, sink = network()
    def use():
        try:
            run.run(1)
        except RuntimeError as error:
            print(error, flush=True)
    with opened(source) as run:
        child = multiprocessing.get_context("fork").Process(target=use)
        child.start()
        child.join()
        run.run(3)
        print(run.get(sink.total)[0])

if __name__ == "__main__":
    eval(sys.argv[1])
"""


@pytest.mark.parametrize(
    ("start", "printed"),
    [
        ("started_by('spawn')", "6 spawn"),
        pytest.param(
            "started_by('forkserver', leave_open=True)", "6 forkserver", marks=pytest.mark.slow
        ),
        ("started_by('fork', leave_open=True)", "6 fork"),
        pytest.param("pool()", "6", marks=pytest.mark.slow),
        ("loky()", "6"),
        pytest.param("chosen()", "6 spawn", marks=pytest.mark.slow),
        (
            "inherited()",
            "the session was opened by another process: open one in each process\n6",
        ),
    ],
)
def test_a_session_works_wherever_it_is_opened(start, printed, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests/fixtures")])
    program = subprocess.Popen(
        [sys.executable, "program.py", start],
        cwd=tmp_path,
        # not in /dev/shm, where other tests look for what was left behind
        env={**os.environ, "PYTHONPATH": path, "JOBLIB_TEMP_FOLDER": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = program.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(program.pid, 9)
        raise
    assert (output.strip(), errors, program.returncode) == (printed, "", 0)
