"""One hidden layer of recurrent leaky neurons and a leaky readout, in snnTorch and SpikingJelly.

All recurrent weights learn. Currents of all frames are computed in one product before the loop over
time, and the readout's after it.
"""

from __future__ import annotations

import torch
from torch import nn

from peers.frame_training import Settings, Size, logits


class RecurrentFrames(nn.Module):
    """A network whose neurons a library provides.

    ``hidden`` maps currents ``(T, B, H)`` to spikes, with recurrence; ``last`` maps currents
    ``(T, B, O)`` to potentials of leaky neurons without a threshold.
    """

    def __init__(self, size: Size, settings: Settings, hidden: nn.Module, last: nn.Module) -> None:
        super().__init__()
        self.settings = settings
        self.into = nn.Linear(size.channels, size.hidden)
        self.norm = nn.BatchNorm1d(size.hidden) if settings.batch_norm else None
        self.hidden = hidden
        self.out = nn.Linear(size.hidden, size.classes)
        self.last = last
        self.silence = nn.Dropout(settings.dropout)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Return logits ``(B, O)`` of frames ``(B, T, C)``."""
        currents = self.into(frames.transpose(0, 1).contiguous())
        if self.norm is not None:
            currents = self.norm(currents.flatten(0, 1)).view_as(currents)
        spikes = self.hidden(currents)
        kept = self.silence(torch.ones_like(spikes[0]))
        return logits(self.last(self.out(spikes * kept)), self.settings.readout)


def snntorch_network(size: Size, settings: Settings) -> RecurrentFrames:
    """Return the network with snnTorch's neurons."""
    return RecurrentFrames(
        size, settings, SnnTorchHidden(size.hidden, settings), SnnTorchReadout(settings)
    )


def spikingjelly_network(size: Size, settings: Settings) -> RecurrentFrames:
    """Return the network with SpikingJelly's neurons."""
    hidden = SpikingJellyHidden(size.hidden, settings)
    return RecurrentFrames(size, settings, hidden, SpikingJellyReadout(settings))


class SnnTorchHidden(nn.Module):
    """Recurrent neurons: ``RLeaky``, with every neuron connected to every one."""

    def __init__(self, size: int, settings: Settings) -> None:
        super().__init__()
        import snntorch

        self.neurons = snntorch.RLeaky(
            beta=settings.decay,
            linear_features=size,
            spike_grad=snntorch.surrogate.fast_sigmoid(slope=settings.slope),
            reset_mechanism=settings.reset,
        )
        with torch.no_grad():
            self.neurons.recurrent.weight.mul_(settings.recurrent_scale)

    def forward(self, currents: torch.Tensor) -> torch.Tensor:
        """Return spikes."""
        spikes, v = torch.zeros_like(currents[0]), torch.zeros_like(currents[0])
        found = []
        for current in currents:
            spikes, v = self.neurons(current, spikes, v)
            found.append(spikes)
        return torch.stack(found)


class SnnTorchReadout(nn.Module):
    """``Leaky`` without a reset."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        import snntorch

        self.neurons = snntorch.Leaky(beta=settings.readout_decay, reset_mechanism="none")

    def forward(self, currents: torch.Tensor) -> torch.Tensor:
        """Return potentials."""
        v, found = torch.zeros_like(currents[0]), []
        for current in currents:
            _, v = self.neurons(current, v)
            found.append(v)
        return torch.stack(found)


class SpikingJellyHidden(nn.Module):
    """Neurons of the kind ``LIFNode``, recurrent or not.

    The recurrent product is written out: the library's own container puts a second matrix on the
    input currents.
    """

    def __init__(self, size: int, settings: Settings, *, recurrent: bool = True) -> None:
        super().__init__()
        from spikingjelly.activation_based import neuron, surrogate

        self.back = nn.Linear(size, size) if recurrent else None
        if self.back is not None:
            with torch.no_grad():
                self.back.weight.mul_(settings.recurrent_scale)
        self.neurons = neuron.LIFNode(
            tau=1 / (1 - settings.decay),
            decay_input=False,
            v_reset=0.0 if settings.reset == "zero" else None,
            detach_reset=True,
            surrogate_function=surrogate.ATan(),
        )

    def forward(self, currents: torch.Tensor) -> torch.Tensor:
        """Return spikes."""
        self.neurons.reset()
        spikes, found = torch.zeros_like(currents[0]), []
        for current in currents:
            fed_back = 0 if self.back is None else self.back(spikes)
            spikes = self.neurons(current + fed_back)
            found.append(spikes)
        return torch.stack(found)


class SpikingJellyReadout(nn.Module):
    """``LIFNode`` without a threshold."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        from spikingjelly.activation_based import neuron

        self.neurons = neuron.LIFNode(
            tau=1 / (1 - settings.readout_decay),
            decay_input=False,
            v_threshold=float("inf"),
            detach_reset=True,
        )

    def forward(self, currents: torch.Tensor) -> torch.Tensor:
        """Return potentials."""
        self.neurons.reset()
        found = []
        for current in currents:
            self.neurons(current)
            found.append(self.neurons.v)
        return torch.stack(found)
