"""`cifar10-csnn` as others train it: spiking by backpropagation through time, and without spikes.

Both have the layers of the preset, in floats, with biases, and Adam on a cosine.
"""

import time

import numpy as np
import torch
from torch import nn

from lava_intsnn.network.encoders import LOW_DISCREPANCY_STEP
from peers.event_network import shifted

LEARNING_RATE, BATCH, SURROGATE_SLOPE = 1e-3, 32, 25


class Analogue(nn.Module):
    """The network without spikes: rectified sums of the brightness."""

    def __init__(self, network):
        super().__init__()
        conv, dense, readout = network.layers
        self.conv = nn.Conv2d(conv.in_shape[2], conv.channels, conv.kernel, conv.stride)
        self.pool = nn.AvgPool2d(dense.pool.kernel, dense.pool.stride)
        self.dense = nn.Linear(dense.pool.n_out, dense.n_out)
        self.out = nn.Linear(readout.n_in, readout.n_out)

    def forward(self, images, rng):
        """Return scores of images, uint8 (B, C, H, W)."""
        x = self.pool(torch.relu(self.conv(images.float() / 255)))
        return self.out(torch.relu(self.dense(x.flatten(1))))


class Spiking(Analogue):
    """Neurons of snnTorch that keep their whole potential, and an output that integrates."""

    def __init__(self, network):
        import snntorch

        super().__init__(network)
        gate = snntorch.surrogate.fast_sigmoid(slope=SURROGATE_SLOPE)
        kept = {"beta": 1.0, "spike_grad": gate, "reset_mechanism": "zero"}
        self.steps = network.steps
        self.filters, self.hidden = snntorch.Leaky(**kept), snntorch.Leaky(**kept)

    def forward(self, images, rng):
        """Return scores of images, encoded as the preset encodes them: a random byte each."""
        start = torch.randint(0, 256, images.shape, generator=rng)
        u, v = self.filters.init_leaky(), self.hidden.init_leaky()
        potential = total = 0
        for t in range(self.steps):
            spikes = (images > ((start + LOW_DISCREPANCY_STEP * t) & 255)).float()
            spikes, u = self.filters(self.conv(spikes), u)
            spikes, v = self.hidden(self.dense(self.pool(spikes).flatten(1)), v)
            potential = potential + self.out(spikes)
            total = total + potential
        return total / self.steps


def fit(net, data, *, epochs, augment, seed):
    """Train a network in place, and return the seconds; a line is printed after each epoch."""
    images, labels = shaped(data), torch.from_numpy(data.labels.astype(np.int64))
    rng = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    per_epoch = -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * per_epoch)
    began = time.perf_counter()
    for epoch in range(epochs):
        right = 0
        for batch in torch.randperm(len(images), generator=rng).split(BATCH):
            scores = net(changed(images[batch], augment, rng), rng)
            loss = nn.functional.cross_entropy(scores, labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            right += int((scores.argmax(1) == labels[batch]).sum())
        seconds = time.perf_counter() - began
        share = 100 * right / len(images)
        print(f"  epoch {epoch + 1}: {share:.1f} % while learning, {seconds:.0f} s", flush=True)
    return time.perf_counter() - began


def accuracy(net, data, *, seed):
    """Return the percentage of images classified correctly."""
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        found = [net(part, rng).argmax(1) for part in shaped(data).split(250)]
    return 100 * float(np.mean(torch.cat(found).numpy() == data.labels))


def shaped(data):
    """Return images as torch has them, uint8 (N, C, H, W)."""
    maps = data.images.reshape(len(data), *data.image_shape)
    return torch.from_numpy(np.ascontiguousarray(maps.transpose(0, 3, 1, 2)))


def changed(images, augment, rng):
    """Shift each image by up to so many pixels, and mirror half of them, as the preset does."""
    moved = shifted(images, augment.shift, rng)
    mirrored = torch.randint(0, 2, (len(images),), generator=rng).bool() & augment.mirror
    return torch.where(mirrored[:, None, None, None], moved.flip(-1), moved)
