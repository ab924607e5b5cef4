"""What every test of the runtime watches."""

import gc
import os
import threading

import pytest
from runtime_support import assert_nothing_left, children


@pytest.fixture
def clean():
    """Fail the test when it leaves a process, a segment, a thread or a descriptor behind."""
    gc.collect()
    gc.freeze()  # what other tests left is not looked through again
    before = children()
    segments, threads = set(os.listdir("/dev/shm")), threading.active_count()
    descriptors = len(os.listdir("/proc/self/fd"))
    yield
    gc.collect()
    assert children() <= before
    assert threading.active_count() <= threads
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 1
    assert_nothing_left(segments)
