"""The quantised network as plain torch layers in float32: what inference of the ANN costs."""

from __future__ import annotations

import torch
from torch import nn

from lava_intsnn.conversion.quantised import NUDGE, inputs_of


class _Quantiser(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.unit = 2.0**layer.level
        self.most = layer.max_count

    def forward(self, y):
        a = torch.round(torch.relu(y) * self.unit + NUDGE) / self.unit
        return a if self.most is None else a.clamp(max=self.most / self.unit)


def make(network):
    """Return a function from uint8 images (B, H, W, C) to classes (B,)."""
    parts = []
    for layer in network.layers:
        channels, kernel, _, inputs = layer.weights.shape
        conv = nn.Conv2d(
            inputs, channels, kernel, stride=layer.stride, padding=layer.padding, bias=False
        )
        norm = nn.BatchNorm2d(channels, eps=layer.eps)
        # an input of this layer is its activation, a multiple of 2^-k, or a pixel
        first = layer is network.layers[0]
        unit = layer.unit if first else layer.unit * 2.0**network.level
        with torch.no_grad():
            conv.weight.copy_(torch.tensor(layer.weights).permute(0, 3, 1, 2) * unit)
            for tensor, values in (
                (norm.weight, layer.gamma),
                (norm.bias, layer.beta),
                (norm.running_mean, layer.mean),
                (norm.running_var, layer.var),
            ):
                tensor.copy_(torch.tensor(values))
        parts += [conv, norm, _Quantiser(layer)]
    stack = nn.Sequential(*parts).eval()
    readout = torch.tensor(network.readout, dtype=torch.float32).T

    @torch.no_grad()
    def predict(images):
        x = torch.from_numpy(inputs_of(network, images)).permute(0, 3, 1, 2).float()
        features = stack(x).permute(0, 2, 3, 1).flatten(1)
        return (features @ readout).argmax(dim=1).numpy()

    return predict
