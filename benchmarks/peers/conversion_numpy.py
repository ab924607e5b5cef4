"""A converted network simulated literally in numpy, as the paper's authors do, without the waste.

Every step gathers all windows and multiplies them with all weights, whether anything spikes or not.
Sums are float32 where float32 holds them exactly, as theirs are floats.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.conversion.correlate import windows
from lava_intsnn.conversion.quantised import inputs_of


class _Layer:
    def __init__(self, layer):
        self.stride, self.padding, self.kernel = layer.stride, layer.padding, layer.kernel
        self.amplitude = np.float32(layer.amplitude)
        self.w = np.ascontiguousarray(layer.weights.reshape(layer.channels, -1).T)
        ends = np.full((layer.channels, 1), np.inf)
        self.theta = np.hstack([-ends, layer.thresholds, ends]).T.copy()  # (M + 2, O)

    def sums(self, x):
        view = windows(x, kernel=self.kernel, stride=self.stride, padding=self.padding)
        out = view.reshape(-1, len(self.w)) @ self.w.astype(x.dtype)
        return out.reshape(*view.shape[:3], -1)


class _Hidden(_Layer):
    def __init__(self, layer):
        super().__init__(layer)
        self.theta = self.theta.astype(np.float32)
        self.w = self.w.astype(np.float32)

    def start(self, shape):
        self.v, self.n = np.zeros(shape, np.float32), np.zeros(shape, np.int64)
        self.upper = np.broadcast_to(self.theta[1], shape).copy()
        self.lower = np.broadcast_to(self.theta[0], shape).copy()

    def step(self, x):
        self.v += self.sums(x)
        s = (self.v >= self.upper).astype(np.int8) - (self.v < self.lower)
        fired = s.nonzero()
        self.n[fired] += s[fired]
        n, o = self.n[fired], fired[3]
        self.upper[fired], self.lower[fired] = self.theta[n + 1, o], self.theta[n, o]
        return s


class LiteralSimulation:
    """Runs images for a given number of steps; ``exact`` tells whether float32 holds all sums."""

    def __init__(self, network):
        self.network = network
        self.encoder = _Layer(network.layers[0])
        self.hidden = [_Hidden(layer) for layer in network.layers[1:]]
        self.readout = network.readout.T.astype(np.float64) * network.layers[-1].amplitude
        bounds = [network.potential_bound(k) for k in range(1, len(network.layers))]
        self.exact = max(bounds) < 1 << 24

    def logits(self, images, *, steps):
        """Return (T, B, n_classes) of uint8 images (B, H, W, C)."""
        v = self.encoder.sums(inputs_of(self.network, images).astype(np.float64))
        level = (v[..., None] >= self.network.layers[0].thresholds).sum(axis=-1)
        for layer, shape in zip(self.hidden, self.network.shapes[1:]):
            layer.start((len(images), *shape))
        accumulator, found = 0, []
        for t in range(steps):
            s = level > t
            amplitude = self.encoder.amplitude
            for layer in self.hidden:
                s = layer.step(s.astype(np.float32) * amplitude)
                amplitude = layer.amplitude
            accumulator = accumulator + s.reshape(len(images), -1) @ self.readout
            found.append(accumulator)
        return np.stack(found).astype(np.int64)
