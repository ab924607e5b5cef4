"""The paper's step as printed, on int32 torch tensors, with every eligibility trace stored.

A dense layer keeps a trace for each synapse and sample, ``(B, O, I)``; a convolution unfolds its
presynaptic trace (3.19-3.22) and keeps one for each weight of a filter at each position,
``(B, filters, weights, positions)``.
"""

import torch
from torch.nn import functional

from peers.layout import shaped


class Dense:
    """Dense synapses: their sums, traces and updates."""

    def __init__(self, layer, w):
        self.layer, self.w = layer, w.float()  # products stay below 2**24: exact
        self.shape = (layer.n_out,)
        self.traces = tuple(w.shape)

    def sums(self, s):
        """Return the synaptic sums ``(B, O)`` of spikes ``(B, I)``."""
        return (s.float() @ self.w.T).int()

    def correlate(self, t_corr, g, t_pre):
        """Add gate times presynaptic trace."""
        t_corr += g[:, :, None] * t_pre[:, None, :]

    def delta(self, v_fb, t_corr):
        """Return the update summed over the batch, ``(O, I)``."""
        return (v_fb[:, :, None] * t_corr).sum(0)


class Conv:
    """Convolving synapses: a neuron is a filter at a position, ``(B, filters, positions)``."""

    def __init__(self, layer, w):
        self.layer = layer
        c_in, k = layer.in_shape[2], layer.kernel
        filters = w.unflatten(1, (k, k, c_in)).permute(0, 3, 1, 2)  # torch: channels first
        self.w = filters.float().contiguous()
        self.shape = (layer.channels, layer.n_out // layer.channels)
        self.traces = (layer.channels, k * k * c_in, self.shape[1])

    def sums(self, s):
        """Return the synaptic sums of spikes ``(B, I)``."""
        images = shaped(s, self.layer).float()
        a = functional.conv2d(images, self.w, stride=self.layer.stride, padding=self.layer.padding)
        return a.flatten(2).int()

    def unfolded(self, t_pre):
        """Return the patches of ``t_pre (B, I)``: ``(B, weights, positions)``."""
        layer = self.layer
        images = functional.pad(shaped(t_pre, layer), [layer.padding] * 4)
        patches = images.unfold(2, layer.kernel, layer.stride).unfold(
            3, layer.kernel, layer.stride
        )  # (B, C, y, x, ky, kx)
        return patches.permute(0, 4, 5, 1, 2, 3).flatten(4).flatten(1, 3)

    def correlate(self, t_corr, g, t_pre):
        """Add gate times unfolded presynaptic trace."""
        t_corr += g[:, :, None, :] * self.unfolded(t_pre)[:, None, :, :]

    def delta(self, v_fb, t_corr):
        """Return the update summed over batch and positions, ``(filters, weights)``."""
        return (v_fb[:, :, None, :] * t_corr).sum((0, 3))


def _flat(x):
    """Return ``(B, filters, positions)`` as ``(B, neurons)`` in the order of their indices."""
    return x if x.ndim == 2 else x.transpose(1, 2).flatten(1)


def make_literal(network, w_shadow):
    """Return ``step(spikes, labels) -> deltas``: the summed updates of both layers.

    ``network`` has two layers, the last one dense, and feedback without time gates; ``w_shadow``
    are its shadow weights.
    """
    shift = network.precision.w_shift
    kinds = {"dense": Dense, "conv": Conv}
    layers = [
        kinds[layer.kind](layer, torch.from_numpy(weights >> shift).int())
        for layer, weights in zip(network.layers, w_shadow)
    ]
    alpha = network.loss.alpha

    def step(spikes, labels):
        n_steps, batch, _ = spikes.shape
        v = [torch.zeros(batch, *syn.shape, dtype=torch.int32) for syn in layers]
        t_pre = [torch.zeros(batch, syn.layer.n_in, dtype=torch.int32) for syn in layers]
        t_corr = [torch.zeros(batch, *syn.traces, dtype=torch.int32) for syn in layers]
        count = torch.zeros(batch, layers[-1].layer.n_out, dtype=torch.int32)
        for t in range(n_steps):
            s = spikes[t].int()
            for k, syn in enumerate(layers):
                neuron = syn.layer.neuron
                v[k] = (v[k] >> neuron.decay_shift) + syn.sums(s)
                g = ((v[k] - neuron.vth).abs() < neuron.window).int()
                t_pre[k] = (t_pre[k] >> syn.layer.trace_shift) + s
                syn.correlate(t_corr[k], g, t_pre[k])
                fired = v[k] > neuron.vth
                v[k] = torch.where(fired, 0, v[k])
                s = _flat(fired.int())
            count += s
        onehot = functional.one_hot(labels, count.shape[1]).int()
        err = ((count * alpha) >> network.count_shift) - alpha * onehot
        if network.loss.kind == "one_sided":
            err = torch.where(onehot == 1, err.clamp(max=0), err)
        v_fb = (err.double() @ layers[1].w.double()).int() >> layers[0].layer.fb_shift
        if len(layers[0].shape) == 2:
            v_fb = v_fb.unflatten(1, layers[0].shape[::-1]).transpose(1, 2)
        return [layers[0].delta(v_fb, t_corr[0]), layers[1].delta(err, t_corr[1])]

    return step
