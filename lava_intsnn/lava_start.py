"""Import this before Lava: it lets Lava be imported at any time."""

import multiprocessing
import sys

#: The module of Lava that sets the start method; a RunConfig, say, is imported without it.
_SETTER = "lava.magma.runtime.message_infrastructure.multiprocessing"


def free_start_method() -> None:
    """Let Lava set multiprocessing's start method to ``"fork"``, as it does when first imported.

    It fails if the method is settled, even if on ``"fork"``, and a progress bar settles it: without
    this, training in the engine and then going on in Lava would fail.
    """
    if _SETTER not in sys.modules and multiprocessing.get_start_method(True) == "fork":
        multiprocessing.set_start_method(None, force=True)


free_start_method()
