"""lava-dl SLAYER: CUBA blocks, backpropagation through time, Adam."""

import torch


def make(steps, batch, sizes):
    """Return the peer's training step."""
    import lava.lib.dl.slayer as slayer

    neuron = {
        "threshold": 1.0,
        "current_decay": 1.0,
        "voltage_decay": 0.5,
        "requires_grad": False,
    }
    net = torch.nn.Sequential(
        slayer.block.cuba.Dense(neuron, sizes[0], sizes[1]),
        slayer.block.cuba.Dense(neuron, sizes[1], sizes[2]),
    )
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    loss = slayer.loss.SpikeRate(true_rate=0.8, false_rate=0.05, reduction="sum")

    def step(spikes, labels):
        optimiser.zero_grad()
        out = net(spikes.permute(1, 2, 0).contiguous())  # SLAYER wants (B, I, T)
        loss(out, labels).backward()
        optimiser.step()

    return step
