"""Toward Loihi: what a network asks of the chip, the program it becomes, and that program's run.

The names below are loaded when first used; only building networks of :mod:`.learning_engine` and
Lava's Profiler in :mod:`.profiling` need Lava.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lava_intsnn.lazy import loader, public_names

if TYPE_CHECKING:
    from lava_intsnn.board.nc_writer import write_nc_models as write_nc_models
    from lava_intsnn.loihi import (
        learning_engine as learning_engine,
        microcode as microcode,
        profiling as profiling,
    )
    from lava_intsnn.loihi.converted.chip_activity import (
        ConvertedActivity as ConvertedActivity,
        activity_of_result as activity_of_result,
        full_converted_activity as full_converted_activity,
    )
    from lava_intsnn.loihi.converted.chip_cost import estimate_converted as estimate_converted
    from lava_intsnn.loihi.converted.chip_preflight import (
        preflight_converted as preflight_converted,
    )
    from lava_intsnn.loihi.converted.chip_program import compile_converted as compile_converted
    from lava_intsnn.loihi.converted.converted_chip import (
        ConvertedChip as ConvertedChip,
        run_on_chip as run_on_chip,
    )
    from lava_intsnn.loihi.cost import estimate as estimate
    from lava_intsnn.loihi.legality import (
        Finding as Finding,
        check as check,
        nearest_legal as nearest_legal,
    )
    from lava_intsnn.loihi.limits import LOIHI1 as LOIHI1, LOIHI2 as LOIHI2, limits_of as limits_of
    from lava_intsnn.loihi.mapping import partition as partition
    from lava_intsnn.loihi.microcode.chip import VirtualChip as VirtualChip
    from lava_intsnn.loihi.microcode.compiler import compile as compile
    from lava_intsnn.loihi.preflight_report import (
        LegalityError as LegalityError,
        Preflight as Preflight,
        preflight as preflight,
    )
    from lava_intsnn.loihi.profiling.chip_profile import Profile as Profile
    from lava_intsnn.loihi.profiling.profile_run import profile as profile
    from lava_intsnn.network.guarded import inference_network as inference_network

#: Public name -> the module that defines it. No module may have the name of a function: importing
#: it would put it in the function's place.
_HOME = public_names(__file__)

__all__ = list(_HOME)

__getattr__, __dir__ = loader(__name__, _HOME)
