"""One hidden layer of leaky neurons with learned delays: DCLS and SpikingJelly's neurons.

DCLS (dilated convolutions with learnable spacings) gives each synapse a weight and a real delay,
both learned by backpropagation: a synapse is a kernel over time with one element, spread over
neighbouring steps. The spread shrinks while the network learns, and is gone in the last quarter;
for the test, delays are rounded to whole steps.
"""

from __future__ import annotations

import torch
from DCLS.construct.modules import Dcls1d
from torch import nn

from peers.frame_training import Settings, Size, logits
from peers.recurrent_frames import SpikingJellyHidden, SpikingJellyReadout

#: Share of the training after which kernels are as narrow as DCLS makes them.
NARROW_AFTER = 0.75


class Delays(nn.Module):
    """Synapses with a learned delay each; ``(T, B, I)`` to ``(T, B, O)``."""

    def __init__(self, n_in: int, n_out: int, max_delay: int) -> None:
        super().__init__()
        self.reach = max_delay + 1
        self.synapses = Dcls1d(
            n_in,
            n_out,
            kernel_count=1,
            dilated_kernel_size=self.reach,
            bias=False,
            # a triangle of a width that is set: as good as a Gaussian, and twice as fast
            version="max",
        )
        with torch.no_grad():
            # a fan-in of inputs, where DCLS counts the elements of the kernel, too
            nn.init.kaiming_uniform_(self.synapses.weight, nonlinearity="relu")
            nn.init.uniform_(self.synapses.P, *self.positions)
        self.synapses.SIG.requires_grad_(False)
        self.spread(0.0)

    @property
    def positions(self) -> tuple[int, int]:
        """Lowest and highest place of an element in its kernel, counted from the middle.

        DCLS itself allows one more above where the size is even, and there a synapse is silent.
        """
        half = self.reach // 2
        return -half, self.reach - 1 - half

    @property
    def delays(self) -> torch.Tensor:
        """Delays in steps, ``(O, I)``: the last place of a kernel sees the present."""
        return self.positions[1] - self.synapses.P[0, :, :, 0].detach()

    def spread(self, share: float) -> None:
        """Set the kernels' width when ``share`` of the training is over; keep delays in range."""
        left = max(0.0, 1 - share / NARROW_AFTER)
        with torch.no_grad():
            self.synapses.SIG.fill_(left * self.reach / 2)
            self.synapses.P.clamp_(*self.positions)

    def settle(self) -> None:
        """Round the delays to whole steps."""
        with torch.no_grad():
            self.spread(1.0)
            self.synapses.P.round_()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the sums of delayed inputs."""
        x = nn.functional.pad(x.permute(1, 2, 0), (self.reach - 1, 0))
        return self.synapses(x).permute(2, 0, 1).contiguous()


class DelayFrames(nn.Module):
    """Delays, leaky neurons, and a readout with or without delays."""

    def __init__(self, size: Size, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.into = Delays(size.channels, size.hidden, settings.max_delay)
        self.norm = nn.BatchNorm1d(size.hidden) if settings.batch_norm else None
        self.hidden = SpikingJellyHidden(size.hidden, settings, recurrent=False)
        if settings.output_delays:
            self.out: nn.Module = Delays(size.hidden, size.classes, settings.max_delay)
        else:
            self.out = nn.Linear(size.hidden, size.classes)
        self.silence = nn.Dropout(settings.dropout)
        self.last = SpikingJellyReadout(settings)

    def delayed(self) -> list[Delays]:
        """Return the synapses with delays."""
        return [part for part in (self.into, self.out) if isinstance(part, Delays)]

    def groups(self):
        """Return Adam's groups: delays learn in steps, at a rate of their own."""
        delays = [part.synapses.P for part in self.delayed()]
        known = {id(p) for p in delays}
        others = [p for p in self.parameters() if p.requires_grad and id(p) not in known]
        return [
            {"params": others},
            {"params": delays, "lr": self.settings.delay_rate, "weight_decay": 0.0},
        ]

    def starts(self, share: float) -> None:
        """Narrow the kernels as the training goes on."""
        for part in self.delayed():
            part.spread(share)

    def settles(self) -> None:
        """Round the delays."""
        for part in self.delayed():
            part.settle()

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Return logits ``(B, O)`` of frames ``(B, T, C)``."""
        currents = self.into(frames.transpose(0, 1))
        if self.norm is not None:
            currents = self.norm(currents.flatten(0, 1)).view_as(currents)
        spikes = self.hidden(currents)
        kept = self.silence(torch.ones_like(spikes[0]))
        return logits(self.last(self.out(spikes * kept)), self.settings.readout)
