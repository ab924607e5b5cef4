"""What a compiled network does on the virtual core, core by core and step by step.

:func:`lava_intsnn.loihi.profile` runs samples and returns a :class:`Profile`.
:class:`SimulatorProfiler` is Lava's own Profiler for the simulator; importing that name registers
it, and loads Lava.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lava_intsnn.lazy import loader, public_names

if TYPE_CHECKING:
    from lava_intsnn.loihi.profiling.chip_profile import Profile as Profile
    from lava_intsnn.systems.simulator_profiler import SimulatorProfiler as SimulatorProfiler

_HOME = public_names(__file__)

__all__ = ["Profile", "SimulatorProfiler"]

__getattr__, __dir__ = loader(__name__, _HOME)
