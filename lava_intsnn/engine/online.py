"""Learning sample by sample: an update each, many samples in one call.

Batch 1 leaves a batch's kernels microseconds of work, fewer than Python needs to call them. Here
one kernel takes samples through encoding, layers, errors, fixed random feedback and update, with
the functions the batches use, and learns at the synapses of inputs that spiked. Frozen layers below
the lowest one that learns need no order: batches run them, and the kernel begins with their spikes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.engine import arcs
from lava_intsnn.engine.encode import encode_words
from lava_intsnn.engine.jit import fold_key, kernel
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.lif_step import LifConstants
from lava_intsnn.engine.narrow_words import NARROW, forward_narrow
from lava_intsnn.engine.output import direct_error, error_constants
from lava_intsnn.engine.random_feedback import random_feedback, random_weights
from lava_intsnn.engine.vector import BLOCK
from lava_intsnn.engine.weight_update import UpdateRule, update_spiking
from lava_intsnn.engine.words import count_words, forward_words
from lava_intsnn.network import Network, RateEncoder
from lava_intsnn.sample_batch import Batch


class OnlineInput(NamedTuple):
    """A sample's input as the kernel takes it: what it is encoded by, and where to.

    ``order`` and ``table`` are those of :func:`~.arcs.arc_code`, ``arc_words`` the spike words of
    all arcs; ``encoded (1, I)`` holds arcs with their ``bounds (1, 2)``, or spike words: those of
    the encoder, or ``given`` from frozen layers.
    """

    given: bool
    low_discrepancy: bool
    order: np.ndarray
    table: np.ndarray
    arc_words: np.ndarray
    encoded: np.ndarray
    bounds: np.ndarray


class OnlineLayer(NamedTuple):
    """A layer as the kernel takes it: weights, constants, and one sample's states.

    Weights are those of the layer's :class:`~.layer_kernel.LayerKernel`, changed in place. Its
    ``words``, ``gates (1, P)`` and ``v_fb (1, 1, P)`` are as in :mod:`.words`; ``inputs`` and
    ``trains`` list the inputs that spiked and when; ``f`` is empty in readouts and in frozen
    layers. ``source`` is the layer that it reads from, -1 the input, and ``readout`` the one whose
    error it hears: itself, of a readout.
    """

    plastic: bool
    source: np.int64
    readout: np.int64
    w: np.ndarray
    w_shadow: np.ndarray
    neuron: LifConstants
    chunk: int
    f: np.ndarray
    fb_shift: np.int64
    v_fb_lim: np.int64
    rule: UpdateRule
    words: np.ndarray
    gates: np.ndarray
    v: np.ndarray
    v_fb: np.ndarray
    partial: np.ndarray
    a: np.ndarray
    spiking: np.ndarray
    sums: np.ndarray
    inputs: np.ndarray
    trains: np.ndarray


def fits(network: Network, layers: list[LayerKernel]) -> bool:
    """Whether :class:`Online` takes ``network``; others learn by batches of one."""
    feedback, lowest = network.feedback, network.first_plastic
    ordered = network.all_layers[lowest:]  # whose samples wait for each other
    return (
        network.check().popcount
        and all(source >= lowest for source in network.sources[len(network.layers) :])
        and isinstance(network.encoder, RateEncoder)
        and len(ordered) > 0
        and (feedback.weights == "random" or len(ordered) == 1)
        and feedback.propagation in ("direct", "local")
        and all(layer.kind == "dense" for layer in ordered)
        and all(layer.weight_decay_shift is None for layer in ordered if layer.plastic)
        and not any(layer.normalise for layer in ordered if layer.plastic)
        and all(layer.w_dtype == np.int16 for layer in layers[lowest:])
    )


class Online:
    """Learns in the weights of ``layers``, which :func:`fits` the network.

    Attributes
    ----------
    below : int
        Frozen layers below the lowest one that learns, which somebody else runs.
    """

    def __init__(self, network: Network, layers: list[LayerKernel]) -> None:
        self.below = network.first_plastic
        self._chain = len(network.layers) - self.below
        self._layers = layers[self.below :]
        self._n_classes = network.n_classes
        self._error = error_constants(network)
        code = arcs.arc_code(network.steps)
        self._input = OnlineInput(
            given=self.below > 0,
            low_discrepancy=self.below == 0 and network.encoder.kind == "low_discrepancy",
            order=code.order,
            table=code.table,
            arc_words=arcs.words_of_arcs(code.order),
            encoded=np.zeros((1, network.layers[self.below].n_in), np.uint32),
            bounds=np.zeros((1, 2), np.int64),
        )
        random = random_weights(network)
        readouts = {index: branch.readout for branch in network.branches for _, index in branch.own}
        self._arrays = tuple(
            _arrays(
                network,
                layer,
                f=random.get(index) if layer.layer.plastic else None,
                source=max(network.sources[index] - self.below, -1),
                readout=readouts[index] - self.below,
            )
            for index, layer in enumerate(self._layers, start=self.below)
        )

    def learn(
        self,
        batch: Batch,
        *,
        round_keys: np.ndarray,
        updates: int,
        features: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Make ``N`` updates, numbered from ``updates``; return counts and potentials ``(N, O)``.

        ``round_keys`` uint64 ``(L,)``, folded with an update's number, key its rounding.
        ``features`` uint32 ``(N, I)`` are the spike words of the layers ``below``, if any.
        """
        counts = np.empty((len(batch), self._n_classes), np.int32)
        v = np.empty_like(counts)
        lr_shifts = np.array([layer.lr_shift(batch.lr_boost) for layer in self._layers], np.int64)
        if features is None:
            features = np.zeros((0, 0), np.uint32)
        _learn(
            np.ascontiguousarray(batch.images),
            np.ascontiguousarray(features),
            batch.labels.astype(np.int64),
            np.ascontiguousarray(batch.keys),
            self._input,
            self._arrays,
            self._chain,
            self._error,
            lr_shifts,
            round_keys[self.below :],
            np.uint64(updates),
            counts,
            v,
        )
        return counts, v


def _arrays(
    network: Network, layer: LayerKernel, *, f: np.ndarray | None, source: int, readout: int
) -> OnlineLayer:
    p, steps = layer.p, network.steps
    narrow = layer.rows if layer.rows <= NARROW else 0
    return OnlineLayer(
        plastic=layer.layer.plastic,
        source=np.int64(source),
        readout=np.int64(readout),
        w=layer.w,
        w_shadow=layer.w_shadow,
        neuron=layer.neuron,
        chunk=layer.chunk,
        f=np.zeros((0, network.n_classes), np.int32) if f is None else f,
        fb_shift=layer.fb_shift,
        v_fb_lim=layer.v_fb_lim,
        rule=layer.rule,
        words=np.zeros((1, p), np.uint32),
        gates=np.zeros((1, p), np.uint32),
        v=np.zeros((1, p), np.int32),
        v_fb=np.zeros((1, 1, p), np.int32),
        partial=np.zeros((steps + 2, p), layer.w_dtype),
        a=np.zeros((steps, p), np.int32),
        spiking=np.zeros(layer.columns, np.int32),
        sums=np.zeros((narrow, BLOCK), layer.w_dtype),
        inputs=np.zeros(layer.columns, np.int32),
        trains=np.zeros(layer.columns, np.uint32),
    )


@kernel
def _spiking(words, inputs, trains):
    """List the inputs of ``words (I,)`` that spiked, and their trains; return how many."""
    n = 0
    for i in range(inputs.shape[0]):
        if words[i] != 0:
            inputs[n] = i
            trains[n] = words[i]
            n += 1
    return n


@kernel
def _forward(below, layer):
    """Run a layer on the spike trains ``below (1, >= I)``."""
    x = below[:, : layer.w.shape[0]]
    weights = (layer.w, layer.chunk, layer.neuron)
    if layer.sums.shape[0] > 0:
        forward_narrow(
            x, *weights, layer.spiking, layer.sums, layer.a, layer.v, layer.words, layer.gates
        )
    else:
        forward_words(x, *weights, layer.partial, layer.a, layer.v, layer.words, layer.gates)


@kernel
def _update(layer, n, lr_shift, key):
    update_spiking(
        layer.inputs,
        layer.trains,
        n,
        layer.gates[0],
        layer.v_fb[0, 0],
        layer.w_shadow,
        layer.w,
        lr_shift,
        layer.rule,
        key,
    )


@kernel
def _learn(
    images,
    features,
    labels,
    keys,
    source,
    layers,
    chain,
    error_constants,
    lr_shifts,
    round_keys,
    updates,
    counts,
    v,
):
    first, output = layers[0], layers[chain - 1]
    steps, encoded, bounds = source.order.shape[0], source.encoded, source.bounds
    n_classes = counts.shape[1]
    count = np.zeros((1, n_classes), np.int32)
    e = np.zeros((len(layers), 1, n_classes), np.int32)
    active = np.zeros((len(layers), 1), np.bool_)
    for k in range(images.shape[0]):
        sample = slice(k, k + 1)
        if source.low_discrepancy:
            arcs.encode_arcs(images[sample], keys[sample], source.table, encoded, bounds)
            weights = (first.w, first.chunk, first.neuron, first.partial)
            out = (first.a, first.v, first.words, first.gates)
            arcs.forward_arcs(encoded, bounds, source.order, *weights, *out)
        else:
            if source.given:
                encoded[0] = features[k]
            else:
                encode_words(images[sample], keys[sample], steps, encoded)
            _forward(encoded, first)
        for index in range(1, len(layers)):
            _forward(layers[layers[index].source].words, layers[index])
        count_words(output.words, counts[sample])
        v[k] = output.v[0, :n_classes]
        for index in range(chain - 1, len(layers)):
            layer = layers[index]
            count_words(layer.words, count)
            label = labels[sample]
            direct_error(count, label, keys[sample], error_constants, e[index], active[index])
            layer.v_fb[0, 0, :n_classes] = e[index, 0]
        for index in range(len(layers)):
            layer = layers[index]
            told = layer.readout
            if not layer.plastic or not active[told, 0]:
                continue
            to = layer.fb_shift, layer.v_fb_lim
            random_feedback(e[told], layer.f, *to, active[told], layer.v_fb)
            if layer.source >= 0:
                below = layers[layer.source].words[0]
                n = _spiking(below, layer.inputs, layer.trains)
            elif source.low_discrepancy:
                words = source.arc_words
                n = arcs.spiking(encoded[0], bounds[0], words, layer.inputs, layer.trains)
            else:
                n = _spiking(encoded[0], layer.inputs, layer.trains)
            _update(layer, n, lr_shifts[index], fold_key(round_keys[index], updates + np.uint64(k)))
