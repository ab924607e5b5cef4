"""A layer in float32: the equations of the integer layer without rounding or saturation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from lava_intsnn.floating.block import LayerBlock
from lava_intsnn.floating.float_points import spread
from lava_intsnn.floating.float_weights import Weights, half_power
from lava_intsnn.network import Conv, Dense, Network

#: Samples in one product. A product of more rows may be rounded in another way, so this number, not
#: that of threads, decides how a batch is divided.
ROWS = 64


class FloatLayer:
    """Synapses, neurons, traces and learning rule of one layer, for a whole batch, step by step.

    Parameters
    ----------
    network : Network
        Gives T, B, precision and feedback; the layer may be one of several.
    layer : Dense or Conv
    w_shadow : float32 (rows, columns)
        Learned in place.
    delays : float32 or int64 (rows, fan_in), optional
        Shadow delays of the state; float32 where they learn, in place.

    Attributes
    ----------
    v : float32 (B, O)
        Membrane potentials.
    states : dict of float32 (B, O)
        All that a neuron keeps, by the names its kind declares; ``v`` among them.
    w : float32 (rows, columns)
        Inference weights.
    blocks : list of LayerBlock
        Those of the samples ``parts[k]`` of the batch; they can run side by side.
    """

    spike_dtype = np.float32

    def __init__(
        self,
        network: Network,
        layer: Dense | Conv,
        w_shadow: np.ndarray,
        delays: np.ndarray | None = None,
    ) -> None:
        self.network, self.layer = network, layer
        self.weights = Weights(network, layer, w_shadow, delays)
        self.w = self.weights.w
        shape = (network.batch, layer.n_out)
        self.states = {state.name: np.zeros(shape, np.float32) for state in layer.neuron.states(0)}
        self.v = self.states["v"]
        self.parts = parts_of(network)
        self._at: np.ndarray | None = None
        self.blocks = [
            LayerBlock(self.weights, {name: state[part] for name, state in self.states.items()})
            for part in self.parts
        ]

    def load(self) -> None:
        """Take the shadow weights, and delays of the state, as they are now."""
        if self.layer.delays_in_state:
            self.weights.take_delays()
        self.weights.load()

    def set_vth(self, vth: float | tuple[float, ...]) -> None:
        """Change the threshold."""
        for block in self.blocks:
            block.neurons.set_vth(vth)

    def step(self, s_in: np.ndarray, t: int, *, record: bool) -> np.ndarray:
        """Advance by step ``t`` of the sample.

        Parameters
        ----------
        s_in : float32 (B, I)
            Spikes or counts.
        record : bool
            Keep what learning needs.

        Returns
        -------
        float32 (B, O)
            Spikes, a new array.
        """
        pairs = zip(self.blocks, self.parts)
        return np.concatenate([block.step(s_in[part], t, record=record) for block, part in pairs])

    def from_error(self, err: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
        """Return the output layer's feedback voltage ``(T or P, B, O)``.

        ``err`` are the errors of all points ``(P, B, O)``, or the one of the sample, ``(B, O)``.
        ``at`` int64 ``(P, B, O)`` are the steps of maxima, where readouts answer by them.
        """
        self._at = at
        err = err.reshape(-1, *err.shape[-2:]).astype(np.float32)
        return spread(self.network, err, at) if self.network.feedback.time_gated else err

    def at_steps(self, v_fb: np.ndarray, part: slice | None = None) -> np.ndarray:
        """Return ``v_fb (T or P, R, O)`` as the voltage of each step, ``(T or 1, R, O)``.

        ``part`` are the samples of the batch that it is of, by default all.
        """
        if self.network.feedback.time_gated:
            return v_fb
        at = self._at if self._at is None or part is None else self._at[:, part]
        return spread(self.network, v_fb, at)

    def from_messages(self, messages: Iterable[np.ndarray]) -> np.ndarray:
        """Return the feedback voltage ``(T or P, B, O)`` from that many messages ``(B, O)``."""
        numbered = zip(range(messages_of(self.network)), messages)
        return np.stack([message for _, message in numbered]) * half_power(self.layer.fb_shift)

    def feedback(self, v_fb: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the messages for the layer below, ``(B, I)``: T if time-gated, else P."""
        for t in range(messages_of(self.network)):
            pairs = zip(self.blocks, self.parts)
            yield np.concatenate([block.message(v_fb[:, part], t) for block, part in pairs])

    def learn(self, v_fb: np.ndarray, *, lr_boost: int = 0) -> None:
        """Update the weights from the recorded sample and ``v_fb (T or P, B, O)``."""
        v_fb = self.at_steps(v_fb)
        pairs = zip(self.blocks, self.parts)
        self.update([block.deltas(v_fb[:, part]) for block, part in pairs], lr_boost=lr_boost)

    def update(self, deltas: list[list[np.ndarray]], *, lr_boost: int) -> None:
        """Update the weights from what :meth:`.LayerBlock.deltas` gave for each block."""
        total = deltas[0]
        for block in deltas[1:]:
            for sum_, delta in zip(total, block):
                sum_ += delta
        self.weights.update(total, lr_boost=lr_boost)


def messages_of(network: Network) -> int:
    """Return how many feedback messages a layer sends to the one below."""
    return network.steps if network.feedback.time_gated else network.loss.points


def parts_of(network: Network) -> list[slice]:
    """Return how the samples of a batch are divided."""
    batch = network.batch
    return [slice(k, min(k + ROWS, batch)) for k in range(0, batch, ROWS)]
