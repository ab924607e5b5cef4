"""What does not fit a network is refused, though it has as many values."""

from dataclasses import replace

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn.network import NetworkError
from lava_intsnn.network.data_fit import check_data

LABELS = np.arange(20) % 10


def held(*shape, **options):
    return ls.Dataset.from_arrays(np.ones((20, *shape), np.uint8), LABELS, **options)


STILL = ls.networks.dense((64, 10))
FRAMES = ls.networks.dense((16, 10), encoder=ls.FrameEncoder(), steps=4)
CONV = ls.networks.conv((4, 16), ("4x3",), 10)


@pytest.mark.parametrize(
    ("network", "data", "message"),
    [
        (STILL, held(4, 16, frames=True), "holds 4 frames a sample, .* takes still images"),
        (FRAMES, held(8, 8, frames=True), "holds 8 frames a sample, .* takes 4"),
        (CONV, held(8, 8), "holds images of 8x8, .* takes 4x16x1"),
        (CONV, held(2, 8, 4), "holds images of 2x8x4, .* takes 4x16x1"),
        (STILL, held(63), r"has 63 values a sample \(1x63\), .* takes 64"),
        (replace(STILL, name="x"), replace(held(64), labels=LABELS.astype(np.int32) + 1,
         n_classes=11), "reach 10, network 'x' has 10 outputs, 0..9"),
    ],
)  # fmt: skip
def test_other_shapes_are_refused(network, data, message):
    with pytest.raises(NetworkError, match=message):
        check_data(network, data)


@pytest.mark.parametrize(
    ("network", "data"),
    [
        (STILL, held(64)),
        (STILL, held(8, 8)),
        (STILL, held(2, 8, 4)),
        (FRAMES, held(4, 16, frames=True)),
        (FRAMES, held(4, 4, 4, frames=True)),
        (FRAMES, held(64)),
        (CONV, held(4, 16)),
        (CONV, held(64)),
    ],
)
def test_what_fits_is_taken(network, data):
    check_data(network, data)
