"""Lava sessions that never hang and leave no processes or memory behind.

Lava's own runtime deadlocks when a ProcessModel fails, and its processes and shared memory outlive
a killed parent. Here every wait returns the answer or raises an error that says why there is none.

- `actor`: one operating-system process, which reports its traceback and dies with its parent.
- `infrastructure`: the actors and anonymous shared memory, with the interface that Lava expects.
- `ports`: Lava's ports, which check for failures while they wait.
- `variables`, `access`: reading or writing a Var as one array.
- `watch`: detects failed actors and timeouts.
- `selection`: explains why no ProcessModel was found.
- `guarded_runtime`: a subclass of Lava's Runtime built from these modules.
- `guarded_session`: the session that a user opens.
"""

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava

from .errors import (
    Failure as Failure,
    ModelSelectionError as ModelSelectionError,
    ProcessModelError as ProcessModelError,
    SessionError as SessionError,
    SessionTimeoutError as SessionTimeoutError,
    VarError as VarError,
)
from .guarded_session import ProcessGroup as ProcessGroup, Session as Session, session as session
