"""Import this module before Lava. It makes Lava importable at any time, in any process."""

import importlib
import multiprocessing
import sys

import lava_intsnn.forking  # noqa: F401  Lava forks its Processes
from lava_intsnn import lava_cures, lava_install

lava_install.require_lava()

#: The module of Lava that sets multiprocessing's start method to ``"fork"`` when it is imported.
#: Some modules of Lava, such as the RunConfigs, do not import it.
_SETTER = "lava.magma.runtime.message_infrastructure.multiprocessing"

# The import fails if the start method is already set, even to "fork". A progress bar sets it, and a
# spawned process starts with "spawn". Sessions fork regardless of the method, so the program's
# choice is restored. The module is imported here, so that nothing can set the method in between.
if _SETTER not in sys.modules:
    _chosen = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(None, force=True)
    importlib.import_module(_SETTER)
    multiprocessing.set_start_method(_chosen or "fork", force=True)

lava_cures.reshape_with_shape()
