"""Layers in the popcount form: buffers of one worker around the kernels of each kind."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from lava_intsnn.engine import arcs, conv_words, narrow_words, words
from lava_intsnn.engine.encode import encode_steps, encode_words, pack_words
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.lif_step import LifConstants
from lava_intsnn.engine.transposed_feedback import TransposedFeedback
from lava_intsnn.engine.vector import BLOCK
from lava_intsnn.network import Conv, Network, NeuronEncoder


class InputWords:
    """Encoded samples.

    Low-discrepancy spike trains are arcs over the ranks of their steps (:mod:`.arcs`): a dense
    first layer reads them as such, a convolution as words in the order of the ranks.

    Attributes
    ----------
    words : uint32 (rows, I)
        Spike words; or, where ``arc_code`` is given, arcs.
    bounds : int64 (rows, 2)
        Of the arcs.
    ranked : bool
        Whether words are in the order of the ranks.
    rank : int64 (T,)
        Bit of each step in a word.
    """

    def __init__(self, network: Network, rows: int) -> None:
        first = network.layers[0]
        conv = first.kind == "conv"
        self._steps = network.steps
        code = arcs.arc_code(network.steps)
        low_discrepancy = network.encoder.kind == "low_discrepancy"
        self.arc_code = code if low_discrepancy and not conv else None
        self.ranked = low_discrepancy and conv and not first.neuron.guarded
        self.rank = np.argsort(code.order) if self.ranked else np.arange(network.steps)
        if low_discrepancy and conv:
            self._table = code.table
            self._arc_words = arcs.words_of_arcs(self.rank[code.order])
        self._encoder = network.encoder
        self._random = network.encoder.kind == "random"
        self.bounds = np.zeros((rows, 2), np.int64)
        self.words = np.zeros((rows, network.n_in), np.uint32)

    def encode(self, images: np.ndarray, keys: np.ndarray) -> None:
        """Encode ``images (n, I)``."""
        out = self.words[: len(images)]
        if isinstance(self._encoder, NeuronEncoder):
            spikes = np.empty((len(images), self._steps, images.shape[1]), np.uint8)
            encode_steps(self._encoder, images, keys, spikes)
            pack_words(spikes, out)
        elif self._random:
            encode_words(images, keys, self._steps, out)
        elif self.arc_code:
            arcs.encode_arcs(images, keys, self.arc_code.table, out, self.bounds[: len(images)])
        else:
            arcs.encode_arc_words(images, keys, self._table, self._arc_words, out)


class _WordLayer:
    """What both kinds of layer have.

    Attributes
    ----------
    words : uint32 (rows, >= O)
        Spike trains.
    v : int32 (rows, >= O)
        Final potentials.
    v_fb : int32 (rows, T, 1 or 0, >= O)
        Feedback voltages: one if they are the same at every step, none where nobody learns.
    """

    words: np.ndarray
    v: np.ndarray
    v_fb: np.ndarray
    _gates: np.ndarray

    def __init__(self, network: Network, layer: LayerKernel, below: Below) -> None:
        self.layer = layer
        self.plastic = layer.layer.plastic
        self.below = below
        self.steps = network.steps
        self.gated = network.feedback.time_gated
        if isinstance(below, _WordLayer):
            self._feedback = TransposedFeedback(
                layer.layer, gated=self.gated, total_dtype=below.layer.total_dtype
            )

    def feedback(self, n: int, w_rows: np.ndarray, active: np.ndarray) -> None:
        """Give the layer below its feedback voltages."""
        below = self.below
        assert isinstance(below, _WordLayer)
        self._feedback.propagate(
            self._gates[:n],
            self.v_fb[:n],
            w_rows,
            active,
            below.v_fb[:n],
            shift=below.layer.fb_shift,
            lim=below.layer.v_fb_lim,
        )


class DenseWords(_WordLayer):
    """A dense layer: :mod:`.words` and, on low-discrepancy input, :mod:`.arcs`."""

    def __init__(
        self, network: Network, layer: LayerKernel, below: Below, *, rows: int, v_fbs: int
    ) -> None:
        super().__init__(network, layer, below)
        p = layer.p
        self.words = np.zeros((rows, p), np.uint32)
        self.v = np.zeros((rows, p), np.int32)
        self.v_fb = np.zeros((rows, v_fbs, p), np.int32)
        self._gates = np.zeros((rows, p), np.uint32)
        self._partial = np.zeros((self.steps + 2, p), layer.w_dtype)
        self._spiking = np.zeros(layer.columns, np.int32)
        self._sums = np.zeros((layer.rows, BLOCK), layer.w_dtype)
        self._a = np.zeros((self.steps, p), np.int32)
        self._q = np.zeros((self.steps + 1, p), layer.delta_dtype)

    def forward(self, n: int) -> None:
        """Run ``n`` samples."""
        layer, below = self.layer, self.below
        weights = (layer.w, layer.chunk, layer.neuron)
        out = (self._a, self.v[:n], self.words[:n], self._gates[:n])
        x = below.words[:n]
        if isinstance(below, InputWords) and below.arc_code:
            order = below.arc_code.order
            arcs.forward_arcs(x, below.bounds[:n], order, *weights, self._partial, *out)
        elif layer.rows <= narrow_words.NARROW:
            narrow_words.forward_narrow(x, *weights, self._spiking, self._sums, *out)
        else:
            words.forward_words(x, *weights, self._partial, *out)

    def learn(self, n: int, active: np.ndarray, delta: np.ndarray) -> None:
        """Add the updates of ``n`` samples to ``delta (columns, P)``."""
        below, gates, v_fb = self.below, self._gates[:n], self.v_fb[:n]
        if isinstance(below, InputWords) and below.arc_code:
            arcs.delta_arcs(
                below.words[:n],
                below.bounds[:n],
                below.arc_code.order,
                gates,
                v_fb,
                active,
                self._q,
                delta,
            )
        else:
            words.delta_words(below.words[:n], gates, v_fb, self.steps, active, self._q, delta)


class ConvWords(_WordLayer):
    """A convolutional layer: :mod:`.conv_words`."""

    def __init__(
        self, network: Network, layer: LayerKernel, below: Below, *, rows: int, v_fbs: int
    ) -> None:
        super().__init__(network, layer, below)
        conv = cast(Conv, layer.layer)
        positions, channels, blocks = conv.sharing, conv.channels, layer.p // BLOCK
        self._shape = (positions, channels)
        self._blocks = (-1, blocks, BLOCK)
        self.words = np.zeros((rows, conv.n_out), np.uint32)
        self.v = np.zeros((rows, conv.n_out), np.int32)
        self.v_fb = np.zeros((rows, v_fbs, conv.n_out), np.int32)
        self._gates = np.zeros((rows, positions, blocks, BLOCK), np.uint32)
        self._patches = conv.patches().astype(np.int32)
        lane = layer.w_dtype
        top, widest = int(np.iinfo(lane).max), 8 * lane.itemsize - 1
        decay_shift = np.int32(min(int(layer.neuron.decay_shift), widest))
        constants = layer.neuron._replace(decay_shift=decay_shift)
        self._neuron = LifConstants(*(lane.type(min(int(value), top)) for value in constants))
        self._ranked, self._rank = False, np.arange(self.steps)
        if isinstance(below, InputWords):
            self._ranked, self._rank = below.ranked, below.rank
        self._found = np.zeros(conv.fan_in, np.uint32)
        self._entries = np.zeros(conv.fan_in, np.int32)
        self._scratch = (
            self._found,
            self._entries,
            np.zeros((self.steps + 1, BLOCK), lane),
            np.zeros(BLOCK, np.int32),
            np.zeros(BLOCK, np.uint32),
        )
        # sums of a few samples in int32 where they fit: the fast width to multiply in
        per_sample = max(1, -(-layer.delta_bound // network.batch))
        self._period = max(1, np.iinfo(np.int32).max // per_sample)
        narrow = per_sample <= np.iinfo(np.int32).max
        sums = np.dtype(np.int32 if narrow else np.int64)
        self._sums = np.zeros((conv.fan_in, blocks, BLOCK), sums)
        self._q = np.zeros((self.steps + 1, BLOCK), sums)

    def forward(self, n: int) -> None:
        """Run ``n`` samples."""
        conv_words.forward_conv(
            self.below.words[:n],
            self._rank,
            self._ranked,
            self._patches,
            self.layer.w.reshape(self._blocks),
            self._neuron,
            self._scratch,
            self.v[:n].reshape(n, *self._shape),
            self.words[:n].reshape(n, *self._shape),
            self._gates[:n],
        )

    def learn(self, n: int, active: np.ndarray, delta: np.ndarray) -> None:
        """Add the updates of ``n`` samples to ``delta (columns, P)``."""
        conv_words.delta_conv(
            self.below.words[:n],
            self._rank,
            self._patches,
            self._gates[:n],
            self._v_fb_by_position(n),
            active,
            self._found,
            self._entries,
            self._q,
            self._sums,
            self._period,
            delta.reshape(self._blocks),
        )

    def _v_fb_by_position(self, n: int) -> np.ndarray:
        return self.v_fb[:n].reshape(n, -1, *self._shape)


Below = InputWords | DenseWords | ConvWords
_KINDS = {"dense": DenseWords, "conv": ConvWords}


def word_layers(network: Network, layers: list[LayerKernel], rows: int) -> list[Any]:
    """Return the input and all layers of ``network``, each reading from the one before.

    Local readouts read from the hidden layer below them.
    """
    v_fbs = {
        index: _feedback_voltages(branch.network, here)
        for branch in network.branches
        for here, index in branch.own
    }
    built: list[Any] = [InputWords(network, rows)]
    for index, (layer, source) in enumerate(zip(layers, network.sources)):
        kind, below = _KINDS[layer.layer.kind], built[source + 1]
        built.append(kind(network, layer, below, rows=rows, v_fbs=v_fbs[index]))
    return built


def _feedback_voltages(network: Network, index: int) -> int:
    """Return how many feedback voltages a neuron gets: those of a readout never change.

    Layers below which, themselves included, nothing learns get none.
    """
    if index == len(network.layers) - 1:
        return 1
    if index < network.first_plastic:
        return 0
    return network.steps if network.feedback.time_gated else 1
