"""SnnTorch's network of the same layers on frames of events, for as long as it is given."""

import time

import numpy as np

#: Chosen as the preset's constants are, on five folds of the training recordings, from learning
#: rates of 1e-3 to 1e-2, decays of 0.5 and 0.9, and slopes of 5 and 25.
DECAY, LEARNING_RATE, SURROGATE_SLOPE, BATCH = 0.5, 1e-2, 25, 32


def fit(network, x, y, *, seconds, epochs, augment, seed):
    """Train by backpropagation through time; return the network and how many epochs it saw.

    The learning rate falls to 0 on a cosine over the time, which ends when ``seconds`` of processor
    time have passed.

    Parameters
    ----------
    network : lava_intsnn.Network
        Of one convolution and a readout.
    x : float32 (N, T, C, H, W)
    y : int64 (N,)
    seconds : float
    epochs : int
        Of the network that the time was measured of; only a guard against an endless loop.
    augment : int
        Each recording is shifted by up to so many pixels, as it is for that network.
    seed : int
    """
    import torch

    net = _network(network)
    optimiser = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    frames, labels = torch.from_numpy(x), torch.from_numpy(y)
    rng = torch.Generator().manual_seed(seed)
    began, seen = time.process_time(), 0
    while seen < 100 * epochs * len(frames):
        for batch in torch.randperm(len(frames), generator=rng).split(BATCH):
            share = (time.process_time() - began) / seconds
            if share >= 1:
                return net.eval(), seen / len(frames)
            for group in optimiser.param_groups:
                group["lr"] = LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * share))
            seen_frames = shifted(frames[batch], augment, rng)
            loss = torch.nn.functional.cross_entropy(net(seen_frames), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            seen += len(batch)
    return net.eval(), seen / len(frames)


def predict(net, x):
    """Return the classes of samples, by the mean potential of the readout."""
    import torch

    with torch.no_grad():
        parts = torch.from_numpy(x).split(100)
        return torch.cat([net(part).argmax(1) for part in parts]).numpy()


def shifted(frames, most, rng):
    """Return samples ``(B, ..., H, W)``, each shifted by up to ``most`` pixels; 0 moves in."""
    import torch

    height, width = frames.shape[-2:]
    padded = torch.nn.functional.pad(frames, (most,) * 4)
    corners = torch.randint(0, 2 * most + 1, (len(frames), 2), generator=rng).tolist()
    return torch.stack(
        [one[..., y : y + height, x : x + width] for one, (y, x) in zip(padded, corners)]
    )


def _network(network):
    import snntorch
    import torch

    conv, readout = network.layers
    gate = snntorch.surrogate.fast_sigmoid(slope=SURROGATE_SLOPE)

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(conv.in_shape[2], conv.channels, conv.kernel, conv.stride)
            self.out = torch.nn.Linear(readout.n_in, readout.n_out)
            # their state is outside: neurons that hold it would keep the graph of every sample
            self.hidden = snntorch.Leaky(beta=DECAY, spike_grad=gate)
            self.readout = snntorch.Leaky(beta=DECAY, reset_mechanism="none")

        def forward(self, frames):
            v, u = self.hidden.init_leaky(), self.readout.init_leaky()
            total = 0
            for frame in frames.unbind(1):
                spikes, v = self.hidden(self.conv(frame), v)
                _, u = self.readout(self.out(spikes.flatten(1)), u)
                total = total + u
            return total / frames.shape[1]

    return Net()
