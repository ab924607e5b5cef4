"""Whether a data set fits a network: the values of a sample, and the labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lava_intsnn.network.errors import NetworkError

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.network.network import Network


def check_data(network: Network, data: Dataset) -> None:
    """Raise NetworkError unless ``network`` takes the samples of ``data`` and has their classes."""
    values = data.images.shape[1]
    if values != network.n_values:
        shape = "x".join(map(str, data.image_shape))
        frames = f", {network.steps} frames of {network.n_in}" if network.graded else ""
        raise NetworkError(
            f"data set {data.name!r} has {values} values a sample ({shape}), network "
            f"{network.name!r} takes {network.n_values}{frames}"
        )
    top = int(data.labels.max())
    if top >= network.n_classes:
        raise NetworkError(
            f"the labels of data set {data.name!r} reach {top}, network {network.name!r} has "
            f"{network.n_classes} outputs, 0..{network.n_classes - 1}"
        )
