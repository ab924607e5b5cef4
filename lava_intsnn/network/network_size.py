"""The largest network there may be, so that a few bytes of JSON cannot ask for terabytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lava_intsnn.network.errors import NetworkError

if TYPE_CHECKING:
    from lava_intsnn.network.network import Network

#: Weights of all layers together: 512 MiB of shadow weights.
MAX_WEIGHTS = 1 << 27
#: Neurons, or inputs, of one layer.
MAX_NEURONS = 1 << 24


def check_size(network: Network) -> None:
    """Raise :class:`NetworkError` if the arrays of ``network`` fit no machine."""
    layers = network.all_layers
    for index, layer in enumerate(layers):
        neurons = max(layer.n_in, layer.n_out)
        if neurons > MAX_NEURONS:
            raise NetworkError(
                f"layer {index} has {neurons} neurons or inputs: must be at most {MAX_NEURONS}; "
                "use fewer"
            )
    weights = sum(layer.weight_shape[0] * layer.weight_shape[1] for layer in layers)
    random_feedback = network.feedback.weights == "random"
    if random_feedback:
        weights += sum(layer.n_out * network.n_classes for layer in network.layers[:-1])
    if weights > MAX_WEIGHTS:
        fed = ", those of random feedback included," if random_feedback else ""
        raise NetworkError(
            f"the network has {weights} weights{fed} in {len(layers)} layers: must be at most "
            f"{MAX_WEIGHTS}; use smaller layers, or convolutions"
        )
