"""SpikingJelly: multi-step leaky neurons, backpropagation through time, Adam."""

import torch


def make(steps, batch, sizes):
    """Return the peer's training step."""
    from spikingjelly.activation_based import functional, layer, neuron, surrogate

    def lif():
        return neuron.LIFNode(tau=2.0, surrogate_function=surrogate.ATan())

    net = torch.nn.Sequential(
        layer.Linear(sizes[0], sizes[1]), lif(), layer.Linear(sizes[1], sizes[2]), lif()
    )
    functional.set_step_mode(net, "m")
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step(spikes, labels):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(spikes).mean(0), labels).backward()
        optimiser.step()
        functional.reset_net(net)

    return step
