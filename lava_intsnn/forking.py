"""Fork handlers that keep a child process from inheriting a lock held by another thread.

A child has only the thread that forked. A lock that another thread held would stay locked in the
child forever, and the data it protects may be half written. The handlers therefore take these locks
before a fork, which waits for the other threads to finish, and release them in parent and child.
Lava forks every Process. Import this module before anything that forks.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import threading
from typing import Any

#: Module and attribute of the locks, in the order in which their users take them: numba compiles or
#: loads one kernel at a time, LLVM does one thing at a time, and ``numpy.random``'s functions share
#: one generator.
_LOCKS = (
    ("numba.core.compiler_lock", "global_compiler_lock"),
    ("llvmlite.binding.ffi", "lib._lock"),
    ("numpy.random.mtrand", "_rand._bit_generator.lock"),
)

_of_this_thread = threading.local()


def _acquire() -> None:
    held = _of_this_thread.held = contextlib.ExitStack()
    for module, path in _LOCKS:
        lock: Any = sys.modules.get(module)  # a module that was not imported holds no lock
        for name in path.split("."):
            lock = getattr(lock, name, None)
        if lock is not None:
            held.enter_context(lock)


def _release() -> None:
    _of_this_thread.held.close()


def _release_in_child() -> None:
    _release()
    # The child would wait for a module that another thread was importing. It imports it again.
    locks = importlib._bootstrap._module_locks  # type: ignore[attr-defined]
    for name, reference in list(locks.items()):
        owner = getattr(reference(), "owner", None)
        if owner not in (None, threading.get_ident()):
            del locks[name]
            sys.modules.pop(name, None)


os.register_at_fork(before=_acquire, after_in_parent=_release, after_in_child=_release_in_child)
