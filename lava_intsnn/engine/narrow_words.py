"""Popcount form of dense layers of few neurons, such as readouts: vectors over the steps.

A word is a mask over the steps, so an input adds its weight to all steps of a neuron at once,
whatever the number of its spikes; with few neurons that is less than a row of weights per spike.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.firing import run_words
from lava_intsnn.engine.jit import kernel
from lava_intsnn.engine.vector import bits, load, splat, store, where

#: Most neurons of a layer that this form is taken for.
NARROW = 32


@kernel
def forward_narrow(words_in, w, chunk, neuron, spiking, sums, a, v, words_out, gates):
    """Run a layer over whole samples: :func:`~.words.forward_words` with other scratch.

    ``spiking`` int32 (I,) and ``sums (O, BLOCK)`` of w's dtype are scratch.
    """
    n_out = sums.shape[0]
    zero = splat(w.dtype.type(0))
    for b in range(words_in.shape[0]):
        words = words_in[b]
        n = 0
        for i in range(w.shape[0]):  # written always, kept only if it spikes
            spiking[n] = i
            n += words[i] != 0
        for t in range(a.shape[0]):
            for o in range(n_out):
                a[t, o] = 0
        for start in range(0, n, chunk):
            for o in range(n_out):
                store(sums[o], zero)
            for j in range(start, min(n, start + chunk)):
                i = spiking[j]
                row, on = w[i], bits(words[i])
                for o in range(n_out):
                    store(sums[o], load(sums[o]) + where(on, splat(row[o]), zero))
            for t in range(a.shape[0]):
                for o in range(n_out):
                    a[t, o] += np.int32(sums[o, t])
        run_words(a, neuron, v[b], words_out[b], gates[b])
