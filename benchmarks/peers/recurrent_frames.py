"""One hidden layer of recurrent leaky neurons and a leaky readout, in snnTorch and SpikingJelly.

All recurrent weights learn. Currents of all frames are computed in one product before the loop over
time, and the readout's after it.
"""

from __future__ import annotations

import torch
from torch import nn

from peers.frame_training import Settings, Size, logits


class RecurrentFrames(nn.Module):
    """A network whose neurons a library provides: see :meth:`hidden` and :meth:`readout`."""

    def __init__(self, size: Size, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.into = nn.Linear(size.channels, size.hidden)
        self.norm = nn.BatchNorm1d(size.hidden) if settings.batch_norm else None
        self.out = nn.Linear(size.hidden, size.classes)
        self.silence = nn.Dropout(settings.dropout)

    def hidden(self, currents: torch.Tensor) -> torch.Tensor:
        """Return spikes ``(T, B, H)`` of currents ``(T, B, H)``."""
        raise NotImplementedError

    def readout(self, currents: torch.Tensor) -> torch.Tensor:
        """Return potentials ``(T, B, O)`` of leaky neurons without a threshold."""
        raise NotImplementedError

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Return logits ``(B, O)`` of frames ``(B, T, C)``."""
        currents = self.into(frames.transpose(0, 1).contiguous())
        if self.norm is not None:
            currents = self.norm(currents.flatten(0, 1)).view_as(currents)
        spikes = self.hidden(currents)
        kept = self.silence(torch.ones_like(spikes[0]))
        return logits(self.readout(self.out(spikes * kept)), self.settings.readout)


class SnnTorchRecurrent(RecurrentFrames):
    """With snnTorch's ``RLeaky`` and ``Leaky``."""

    def __init__(self, size: Size, settings: Settings) -> None:
        super().__init__(size, settings)
        import snntorch

        gate = snntorch.surrogate.fast_sigmoid(slope=settings.slope)
        self.neurons = snntorch.RLeaky(
            beta=settings.decay,
            linear_features=size.hidden,
            spike_grad=gate,
            reset_mechanism=settings.reset,
        )
        with torch.no_grad():
            self.neurons.recurrent.weight.mul_(settings.recurrent_scale)
        self.last = snntorch.Leaky(beta=settings.readout_decay, reset_mechanism="none")

    def hidden(self, currents):
        spikes, v = torch.zeros_like(currents[0]), torch.zeros_like(currents[0])
        found = []
        for current in currents:
            spikes, v = self.neurons(current, spikes, v)
            found.append(spikes)
        return torch.stack(found)

    def readout(self, currents):
        v, found = torch.zeros_like(currents[0]), []
        for current in currents:
            _, v = self.last(current, v)
            found.append(v)
        return torch.stack(found)


class SpikingJellyRecurrent(RecurrentFrames):
    """With SpikingJelly's ``LIFNode``.

    The recurrent product is written out: the library's own container puts a second matrix on the
    input currents.
    """

    def __init__(self, size: Size, settings: Settings) -> None:
        super().__init__(size, settings)
        self.back = nn.Linear(size.hidden, size.hidden)
        with torch.no_grad():
            self.back.weight.mul_(settings.recurrent_scale)
        self.neurons = lif(settings.decay, settings)
        self.last = leaky_readout(settings.readout_decay)

    def hidden(self, currents):
        self.neurons.reset()
        spikes, found = torch.zeros_like(currents[0]), []
        for current in currents:
            spikes = self.neurons(current + self.back(spikes))
            found.append(spikes)
        return torch.stack(found)

    def readout(self, currents):
        return potentials_of(self.last, currents)


def lif(decay: float, settings: Settings):
    """Return SpikingJelly's leaky neurons, of threshold 1."""
    from spikingjelly.activation_based import neuron, surrogate

    return neuron.LIFNode(
        tau=1 / (1 - decay),
        decay_input=False,
        v_reset=0.0 if settings.reset == "zero" else None,
        detach_reset=True,
        surrogate_function=surrogate.ATan(),
    )


def leaky_readout(decay: float):
    """Return SpikingJelly's leaky neurons without a threshold."""
    from spikingjelly.activation_based import neuron

    return neuron.LIFNode(
        tau=1 / (1 - decay), decay_input=False, v_threshold=float("inf"), detach_reset=True
    )


def potentials_of(neurons, currents: torch.Tensor) -> torch.Tensor:
    """Return the potentials ``(T, B, O)`` of SpikingJelly's neurons without a threshold."""
    neurons.reset()
    found = []
    for current in currents:
        neurons(current)
        found.append(neurons.v)
    return torch.stack(found)
