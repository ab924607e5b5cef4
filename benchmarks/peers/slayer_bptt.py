"""lava-dl SLAYER: CUBA blocks, backpropagation through time, Adam."""

import torch

from peers.layout import conv_arguments, flattens, shaped


def make(network):
    """Return the peer's training step."""
    import lava.lib.dl.slayer as slayer

    neuron = {
        "threshold": 1.0,
        "current_decay": 1.0,
        "voltage_decay": 0.5,
        "requires_grad": False,
    }
    blocks = []
    for k, layer in enumerate(network.layers):
        if flattens(network, k):
            blocks.append(slayer.block.cuba.Flatten())
        blocks.append(
            slayer.block.cuba.Conv(neuron, *conv_arguments(layer))
            if layer.kind == "conv"
            else slayer.block.cuba.Dense(neuron, layer.n_in, layer.n_out)
        )
    net = torch.nn.Sequential(*blocks)
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    loss = slayer.loss.SpikeRate(true_rate=0.8, false_rate=0.05, reduction="sum")

    def step(spikes, labels):
        optimiser.zero_grad()
        # SLAYER wants (B, I, T) or (B, C, H, W, T)
        out = net(shaped(spikes, network.layers[0]).movedim(0, -1).contiguous())
        loss(out, labels).backward()
        optimiser.step()

    return step
