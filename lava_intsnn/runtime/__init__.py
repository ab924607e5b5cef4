"""A Lava session that never hangs, and leaves nothing behind.

Lava's own runtime waits for ever when a ProcessModel fails, and its processes and shared memory
outlive a killed parent. Here every wait ends with the answer or with the reason why there is none.

- `actor`: one operating-system process; reports its traceback, dies with its parent.
- `infrastructure`: shared memory without names, and the actors, as Lava's runtime wants them.
- `ports`: Lava's ports, which look after the network while they wait.
- `variables`, `access`: a Var read or written as one array.
- `watch`: has an actor failed, is time up?
- `selection`: why no ProcessModel was found.
- `guarded_runtime`: Lava's Runtime built from these.
- `session`: what a user opens.
"""

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava

from .errors import (
    Failure,
    ModelSelectionError,
    ProcessModelError,
    SessionError,
    SessionTimeoutError,
    VarError,
)
from .guarded_session import ProcessGroup, Session, session

__all__ = [
    "session",
    "Session",
    "ProcessGroup",
    "SessionError",
    "ProcessModelError",
    "Failure",
    "ModelSelectionError",
    "SessionTimeoutError",
    "VarError",
]
