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

from lava_intsnn import lava_cures
from lava_intsnn.lazy import loader, public_names

__version__ = "0.2.0"

lava_cures.hash_for_a_default()  # for a program that imports parts of Lava itself

if TYPE_CHECKING:
    from lava_intsnn import (
        conversion as conversion,
        data as data,
        loihi as loihi,
        networks as networks,
        plot as plot,
        presets as presets,
    )
    from lava_intsnn.arithmetic import Rounding as Rounding
    from lava_intsnn.augmenting import Augment as Augment
    from lava_intsnn.data.dataset import Dataset as Dataset
    from lava_intsnn.engine import Engine as Engine
    from lava_intsnn.estimator.int_classifier import IntSNNClassifier as IntSNNClassifier
    from lava_intsnn.formats.checkpoint import load as load, save as save
    from lava_intsnn.loihi.microcode.compiler import compile as compile
    from lava_intsnn.network import (
        ALIF as ALIF,
        CUBA as CUBA,
        AdaptiveCUBA as AdaptiveCUBA,
        Conv as Conv,
        Dense as Dense,
        Feedback as Feedback,
        FrameEncoder as FrameEncoder,
        LeakyReadout as LeakyReadout,
        Loss as Loss,
        Network as Network,
        Neuron as Neuron,
        NeuronEncoder as NeuronEncoder,
        Pool as Pool,
        Precision as Precision,
        RateEncoder as RateEncoder,
        Recurrence as Recurrence,
        frozen as frozen,
        with_local_readouts as with_local_readouts,
    )
    from lava_intsnn.processes import (
        IntConv as IntConv,
        IntDense as IntDense,
        IntReadout as IntReadout,
        SpikeEncoder as SpikeEncoder,
    )
    from lava_intsnn.recipe import Recipe as Recipe
    from lava_intsnn.state import (
        State as State,
        initial_state as initial_state,
        state_in_precision as state_in_precision,
        state_on_features as state_on_features,
    )
    from lava_intsnn.systems.network_session import session as session
    from lava_intsnn.systems.network_system import build as build
    from lava_intsnn.trained.bundled import pretrained as pretrained
    from lava_intsnn.training.epochs import epochs_of as epochs_of, train as train
    from lava_intsnn.training.evaluation import evaluate as evaluate
    from lava_intsnn.training.executors import executor as executor
    from lava_intsnn.verification import verify as verify

#: Public name -> the module that defines it.
_HOME = public_names(__file__)

__all__ = [*_HOME, "__version__"]

__getattr__, __dir__ = loader(__name__, _HOME)
