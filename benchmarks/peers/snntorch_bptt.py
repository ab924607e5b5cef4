"""SnnTorch: leaky neurons in a time loop, backpropagation through time, Adam."""

import torch

from peers.layout import conv_arguments, flattens, shaped


def make(network):
    """Return the peer's training step."""
    import snntorch
    from snntorch import surrogate

    def synapses(k, layer):
        if layer.kind == "conv":
            return torch.nn.Conv2d(*conv_arguments(layer))
        linear = torch.nn.Linear(layer.n_in, layer.n_out)
        return torch.nn.Sequential(torch.nn.Flatten(), linear) if flattens(network, k) else linear

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            gate = surrogate.fast_sigmoid(slope=25)
            self.synapses = torch.nn.ModuleList(
                synapses(k, layer) for k, layer in enumerate(network.layers)
            )
            self.neurons = torch.nn.ModuleList(
                snntorch.Leaky(beta=0.5, spike_grad=gate) for _ in network.layers
            )

        def forward(self, spikes):
            v = [neuron.init_leaky() for neuron in self.neurons]
            out = []
            for s in spikes:
                for k, (synapse, neuron) in enumerate(zip(self.synapses, self.neurons)):
                    s, v[k] = neuron(synapse(s), v[k])
                out.append(s)
            return torch.stack(out)

    net = Net()
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step(spikes, labels):
        optimiser.zero_grad()
        counts = net(shaped(spikes, network.layers[0])).sum(0)
        torch.nn.functional.cross_entropy(counts, labels).backward()
        optimiser.step()

    return step
