"""Integer-only spiking networks that learn online, on Lava.

The names below are loaded when first used, so ``import lava_intsnn`` costs nothing and a program
that only trains never imports Lava.

>>> import lava_intsnn as ls
>>> net = ls.presets.digits_snn(precision="16-8")
>>> state = ls.train(net, ls.data.digits("train"), epochs=3, progress=False)
>>> ls.evaluate(net, state, ls.data.digits("test")).accuracy > 80
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lava_intsnn.lazy import loader, public_names

__version__ = "0.1.0"

if TYPE_CHECKING:
    from lava_intsnn import conversion, data, loihi, presets
    from lava_intsnn.arithmetic import Rounding
    from lava_intsnn.data.dataset import Dataset
    from lava_intsnn.engine import Engine
    from lava_intsnn.formats.checkpoint import load, save
    from lava_intsnn.loihi.microcode.compiler import compile
    from lava_intsnn.network import (
        ALIF,
        Conv,
        Dense,
        Feedback,
        FrameEncoder,
        Loss,
        Network,
        Neuron,
        Precision,
        RateEncoder,
        Recurrence,
    )
    from lava_intsnn.processes import IntConv, IntDense, IntReadout, SpikeEncoder
    from lava_intsnn.recipe import Recipe
    from lava_intsnn.state import State, initial_state
    from lava_intsnn.systems.network_session import session
    from lava_intsnn.systems.network_system import build
    from lava_intsnn.training.epochs import epochs_of, train
    from lava_intsnn.training.evaluation import evaluate
    from lava_intsnn.training.executors import executor
    from lava_intsnn.verification import verify

#: Public name -> the module that defines it.
_HOME = public_names(__file__)

__all__ = [*_HOME, "__version__"]

__getattr__, __dir__ = loader(__name__, _HOME)
