"""SpikingJelly: leaky neurons in a time loop, backpropagation through time, Adam.

Single steps: its multi-step mode is no faster here, and three times slower on the convolution.
"""

import torch

from peers.layout import conv_arguments, flattens, shaped


def make(network):
    """Return the peer's training step."""
    from spikingjelly.activation_based import functional, layer, neuron, surrogate

    modules = []
    for k, described in enumerate(network.layers):
        if flattens(network, k):
            modules.append(layer.Flatten())
        modules.append(
            layer.Conv2d(*conv_arguments(described))
            if described.kind == "conv"
            else layer.Linear(described.n_in, described.n_out)
        )
        modules.append(neuron.LIFNode(tau=2.0, surrogate_function=surrogate.ATan()))
    net = torch.nn.Sequential(*modules)
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step(spikes, labels):
        optimiser.zero_grad()
        rates = sum(net(s) for s in shaped(spikes, network.layers[0])) / network.steps
        torch.nn.functional.cross_entropy(rates, labels).backward()
        optimiser.step()
        functional.reset_net(net)

    return step
