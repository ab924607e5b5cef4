"""Pictures of networks: each function draws into axes of yours, or of a new figure.

>>> import lava_intsnn as ls
>>> net = ls.presets.digits_snn()
>>> axes = ls.plot.raster(net, ls.initial_state(net), ls.data.digits("test").images[0])
>>> [one.get_xlim()[1] for one in axes]
[20.0, 20.0, 20.0]

matplotlib is imported when the first one is drawn. No window system is needed: a new figure
belongs to pyplot only where the program has imported pyplot itself, such as in a notebook, and
otherwise ``axes.figure.savefig(FILE)`` writes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lava_intsnn.lazy import loader, public_names

if TYPE_CHECKING:
    from lava_intsnn.plot.confusion_matrix import (
        confusion as confusion,
        confusion_counts as confusion_counts,
    )
    from lava_intsnn.plot.learning_curve import learning_curve as learning_curve
    from lava_intsnn.plot.profile_plot import profile as profile
    from lava_intsnn.plot.raster_plot import raster as raster
    from lava_intsnn.plot.weight_plots import weight_fields as weight_fields, weights as weights
    from lava_intsnn.plot.width_plot import widths as widths

#: Public name -> the module that defines it.
_HOME = public_names(__file__)

__all__ = list(_HOME)

__getattr__, __dir__ = loader(__name__, _HOME)
