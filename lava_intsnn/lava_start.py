"""Import this before Lava: it lets Lava be imported at any time, in any process."""

import importlib
import multiprocessing
import sys

import lava_intsnn.forking  # noqa: F401  Lava forks its Processes

#: The module of Lava that sets multiprocessing's start method to ``"fork"`` as it is imported; a
#: RunConfig, say, is imported without it.
_SETTER = "lava.magma.runtime.message_infrastructure.multiprocessing"

# It fails if the method is settled, even if on "fork": a progress bar settles it, and a process
# that was spawned begins with "spawn". Sessions fork whatever the method is, so a choice of the
# program stays. It is imported at once, so that nothing can settle the method in between.
if _SETTER not in sys.modules:
    _chosen = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(None, force=True)
    importlib.import_module(_SETTER)
    multiprocessing.set_start_method(_chosen or "fork", force=True)
