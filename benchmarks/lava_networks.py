"""Lava's own 784-100-10 networks, for comparison: LIF-Dense, and LearningDense with STDP."""

import numpy as np
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF

#: Least-decaying exponent of one half per step, as our neurons decay.
HALF = {"du": 4095, "dv": 2048, "bias_mant": 0}


def inference(spikes, weights, vth):
    """Return the first Process of source -> Dense -> LIF -> Dense -> LIF -> sink.

    ``spikes (I, T)`` repeat; ``weights`` is a pair of int arrays (O, I).
    """
    source = Source(data=spikes)
    below = source
    for w in weights:
        dense = Dense(weights=2 * w, weight_exp=-1)
        lif = LIF(shape=(len(w),), vth=vth, **HALF)
        below.s_out.connect(dense.s_in)
        dense.a_out.connect(lif.a_in)
        below = lif
    sink = Sink(shape=(len(weights[-1]),), buffer=spikes.shape[1])
    below.s_out.connect(sink.a_in)
    return source


def learning(spikes, weights, vth):
    """Return the first Process of the same network with plastic synapses: pairwise STDP."""
    rule = Loihi2FLearningRule(
        dw="2^-2*x1*y0 - 2^-2*y1*x0",
        x1_impulse=16,
        x1_tau=10,
        y1_impulse=16,
        y1_tau=10,
        t_epoch=1,
    )
    source = Source(data=spikes)
    below = source
    for w in weights:
        dense = LearningDense(weights=np.clip(2 * w, -254, 254), learning_rule=rule)
        lif = LIF(shape=(len(w),), vth=vth, **HALF)
        below.s_out.connect(dense.s_in)
        dense.a_out.connect(lif.a_in)
        lif.s_out.connect(dense.s_in_bap)
        below = lif
    sink = Sink(shape=(len(weights[-1]),), buffer=spikes.shape[1])
    below.s_out.connect(sink.a_in)
    return source
