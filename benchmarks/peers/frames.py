"""Float classifiers of frames ``(N, T, I)``: spiking networks by backpropagation, and a softmax.

The spiking networks have one hidden layer of leaky neurons, a leaky readout whose potential is
averaged over time, dropout of hidden neurons for a whole sample, and Adam on a cosine schedule.
"""

import numpy as np

HIDDEN, DECAY, DROPOUT = 256, 0.8, 0.2
BATCH, LEARNING_RATE, SURROGATE_SLOPE = 64, 1e-3, 10


def softmax(x, y):
    """Return ``predict(x)`` of a linear softmax on all inputs of all frames."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=5000).fit(x.reshape(len(x), -1), y)
    return lambda x: model.predict(x.reshape(len(x), -1))


def bptt(library, x, y, *, recurrent, n_classes, epochs, seed, threads):
    """Return ``predict(x)`` of a spiking network trained in ``library``.

    ``recurrent`` adds learned weights from the hidden neurons' last spikes.
    """
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    net = _network(LIBRARIES[library](), x.shape[2], n_classes, recurrent)
    optimiser = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    frames, labels = torch.from_numpy(x), torch.from_numpy(y.astype(np.int64))
    for _ in range(epochs):
        for batch in torch.randperm(len(frames)).split(BATCH):
            loss = torch.nn.functional.cross_entropy(net(frames[batch]), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
        schedule.step()
    net.eval()

    def predict(x):
        with torch.no_grad():
            return net(torch.from_numpy(x)).argmax(1).numpy()

    return predict


def _network(begin, n_in, n_classes, recurrent):
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.into = torch.nn.Linear(n_in, HIDDEN)
            self.out = torch.nn.Linear(HIDDEN, n_classes)
            self.back = torch.nn.Linear(HIDDEN, HIDDEN, bias=False) if recurrent else None
            if recurrent:
                with torch.no_grad():
                    self.back.weight.mul_(0.5)

        def forward(self, frames):
            hidden, readout = begin()
            kept = torch.ones(len(frames), HIDDEN)
            kept = torch.nn.functional.dropout(kept, DROPOUT, self.training)
            spikes, total = torch.zeros(len(frames), HIDDEN), 0
            for frame in frames.unbind(1):
                current = self.into(frame)
                if self.back is not None:
                    current = current + self.back(spikes)
                spikes = hidden(current)
                total = total + readout(self.out(spikes * kept))
            return 2 * total / frames.shape[1]

    return Net()


def _snntorch():
    """Return ``begin()``: hidden neurons (current to spikes) and readout (to potential) at rest.

    The neurons are made once, with their state outside: SnnTorch keeps a list of all it ever made,
    and neurons that hold their state would keep the graph of every sample with it.
    """
    import snntorch

    gate = snntorch.surrogate.fast_sigmoid(slope=SURROGATE_SLOPE)
    hidden = snntorch.Leaky(beta=DECAY, spike_grad=gate, reset_mechanism="zero")
    readout = snntorch.Leaky(beta=DECAY, reset_mechanism="none")

    def begin():
        v = [hidden.init_leaky(), readout.init_leaky()]

        def fire(current):
            spikes, v[0] = hidden(current, v[0])
            return spikes

        def potential(current):
            _, v[1] = readout(current, v[1])
            return v[1]

        return fire, potential

    return begin


def _spikingjelly():
    """Return the same in SpikingJelly."""
    from spikingjelly.activation_based import neuron, surrogate

    leak = dict(tau=1 / (1 - DECAY), decay_input=False, v_reset=0.0, detach_reset=True)
    hidden = neuron.LIFNode(v_threshold=1.0, surrogate_function=surrogate.ATan(), **leak)
    readout = neuron.LIFNode(v_threshold=float("inf"), **leak)

    def potential(current):
        readout(current)
        return readout.v

    def begin():
        hidden.reset()
        readout.reset()
        return hidden, potential

    return begin


#: Library -> what makes a network's neurons.
LIBRARIES = {"snntorch": _snntorch, "spikingjelly": _spikingjelly}
