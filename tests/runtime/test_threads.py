"""A session serves one thread at a time, and another thread can close it."""

import sys
import threading
import time

import pytest
from runtime_support import network, opened

from lava_intsnn.one_thread import ConcurrentUseError
from lava_intsnn.runtime import SessionError

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@pytest.fixture
def waiting(clean):
    """Return a session that a thread waits for, and what that thread was told in the end."""
    source, _ = network("hang")
    run, errors = opened(source).open(), []

    def work():
        try:
            run.run(5)
        except SessionError as error:
            errors.append(str(error))

    thread = threading.Thread(target=work, name="first")
    thread.start()
    while run._runtime.watch.doing is None:
        time.sleep(0.001)
    yield run, errors
    run.close()
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert run.closed


def test_a_second_thread_is_refused_and_the_first_goes_on(waiting):
    run, errors = waiting
    for call in (lambda: run.run(1), lambda: run.get(run.system.scalar), lambda: run.open()):
        with pytest.raises(ConcurrentUseError, match="used by the thread 'first'"):
            call()
    assert not run.closed
    assert not errors


@pytest.mark.parametrize("seconds", [0, 0.2])  # as the wait begins, and within it
def test_another_thread_ends_a_wait_by_closing(waiting, seconds):
    run, errors = waiting
    time.sleep(seconds)
    run.close()
    assert run.closed
    end = time.monotonic() + 20
    while not errors and time.monotonic() < end:
        time.sleep(0.01)
    assert "another thread closed it" in errors[0]
