"""The quantised network as a torch module."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from lava_intsnn.conversion.ann import quantisers
from lava_intsnn.conversion.ann_spec import FLOAT_WEIGHTS, AnnSpec
from lava_intsnn.conversion.quantised import ENCODER_COUNT, QuantisedLayer, QuantisedNetwork

#: Bits of weights of the first and last layer if these are integer.
END_BITS = 8

EPS = 1e-5


class QuantisedAnn(nn.Module):
    """Convolutions with batch norm, ReLU and quantiser, and a readout without bias.

    Parameters
    ----------
    spec : AnnSpec

    Attributes
    ----------
    half_precision : bool
        Hidden layers convolve in half precision, which holds their inputs, weights and all sums up
        to 2^11 exactly if the weights are ternary. False at first.
    """

    def __init__(self, spec: AnnSpec) -> None:
        super().__init__()
        self.spec, self.half_precision = spec, False
        stack = spec.stack
        self.convs = nn.ModuleList(
            nn.Conv2d(b.in_shape[2], b.out_shape[2], b.kernel, b.stride, b.padding, bias=False)
            for b in stack.blocks
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(b.out_shape[2], eps=EPS) for b in stack.blocks)
        # features in the order height, width, channel
        self.readout = nn.Parameter(torch.empty(stack.n_classes, stack.n_features))
        for conv in self.convs:
            nn.init.kaiming_normal_(conv.weight)
        nn.init.normal_(self.readout, std=1 / math.sqrt(stack.n_features))

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (B, n_classes) of integer pixels (B, C, H, W)."""
        a = self.activations(x)[-1]
        features = a.permute(0, 2, 3, 1).flatten(1)
        return features @ self._ends(self.readout).T

    def activations(self, x: Tensor) -> list[Tensor]:
        """Return the activations (B, O, H, W) of every layer."""
        spec, found = self.spec, []
        a = x * spec.pixels.unit
        for index, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            first = index == 0
            w = conv.weight
            w = self._ends(w) if first else quantisers.quantised_weight(w, spec.weight_bits)
            if self.half_precision and not first:
                a, w = a.half(), w.half()
            v = nn.functional.conv2d(a, w, stride=conv.stride, padding=conv.padding).to(x.dtype)
            level, most = (0, ENCODER_COUNT) if first else (spec.level, None)
            a = quantisers.quantised_activation(norm(v), level=level, max_count=most)
            found.append(a)
        return found

    def _ends(self, weight: Tensor) -> Tensor:
        return quantisers.quantised_weight(weight, end_bits(self.spec))


def frozen(model: QuantisedAnn) -> QuantisedNetwork:
    """Return the network as it is now, as integers and batch norms.

    Float ends become multiples of 2^-24, so that every sum of the first and the last layer is
    exact in any order.
    """
    spec = model.spec
    layers = []
    for index, (conv, norm) in enumerate(zip(model.convs, model.norms)):
        first = index == 0
        w = conv.weight
        weights, unit = _codes(w, end_bits(spec) if first else spec.weight_bits)
        layers.append(
            QuantisedLayer(
                weights=np.ascontiguousarray(weights.transpose(0, 2, 3, 1)),
                unit=unit * (spec.pixels.unit if first else 2.0**-spec.level),
                gamma=_float64(norm.weight),
                beta=_float64(norm.bias),
                mean=_float64(norm.running_mean),
                var=_float64(norm.running_var),
                stride=conv.stride[0],
                padding=conv.padding[0],
                level=0 if first else spec.level,
                amplitude=2**spec.level if first else 1,
                max_count=ENCODER_COUNT if first else None,
                eps=EPS,
            )
        )
    readout, readout_unit = _codes(model.readout, end_bits(spec))
    return QuantisedNetwork(
        name=spec.name,
        in_shape=spec.stack.in_shape,
        pixels=spec.pixels,
        layers=tuple(layers),
        readout=np.ascontiguousarray(readout),
        level=spec.level,
        readout_unit=readout_unit * 2.0**-spec.level,
    )


def end_bits(spec: AnnSpec) -> int:
    """Return the bits of the first and the last layer's weights."""
    return FLOAT_WEIGHTS if spec.ends == "float" else END_BITS


def _codes(weight: Tensor, bits: int) -> tuple[npt.NDArray, float]:
    codes, unit = quantisers.weight_codes(weight, bits)
    return codes.cpu().numpy().astype(np.int8 if bits <= 8 else np.int32), unit


def _float64(tensor: Tensor | None) -> npt.NDArray[np.float64]:
    assert tensor is not None
    return tensor.detach().cpu().numpy().astype(np.float64)
