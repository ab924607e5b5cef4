"""Import this before Lava: it lets Lava be imported at any time."""

import importlib
import multiprocessing
import sys

#: The module of Lava that sets multiprocessing's start method to ``"fork"`` as it is imported; a
#: RunConfig, say, is imported without it.
_SETTER = "lava.magma.runtime.message_infrastructure.multiprocessing"

# It fails if the method is settled, even if on "fork", and a progress bar settles it: without this,
# training in the engine and then going on in Lava would fail. It is imported at once, so that
# nothing can settle the method in between.
if _SETTER not in sys.modules and multiprocessing.get_start_method(True) == "fork":
    multiprocessing.set_start_method(None, force=True)
importlib.import_module(_SETTER)
