"""SnnTorch: leaky neurons in a time loop, backpropagation through time, Adam."""

import torch


def make(steps, batch, sizes):
    """Return the peer's training step."""
    import snntorch
    from snntorch import surrogate

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            gate = surrogate.fast_sigmoid(slope=25)
            self.fc1 = torch.nn.Linear(sizes[0], sizes[1])
            self.lif1 = snntorch.Leaky(beta=0.5, spike_grad=gate)
            self.fc2 = torch.nn.Linear(sizes[1], sizes[2])
            self.lif2 = snntorch.Leaky(beta=0.5, spike_grad=gate)

        def forward(self, spikes):
            v1, v2 = self.lif1.init_leaky(), self.lif2.init_leaky()
            out = []
            for s in spikes:
                s, v1 = self.lif1(self.fc1(s), v1)
                s, v2 = self.lif2(self.fc2(s), v2)
                out.append(s)
            return torch.stack(out)

    net = Net()
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step(spikes, labels):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(spikes).sum(0), labels).backward()
        optimiser.step()

    return step
