"""The largest network there may be, so that a few bytes of JSON cannot ask for terabytes."""

from __future__ import annotations

from collections.abc import Sequence

from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.layer import Layer

#: Weights of all layers together: 512 MiB of shadow weights.
MAX_WEIGHTS = 1 << 27
#: Neurons, or inputs, of one layer.
MAX_NEURONS = 1 << 24


def check_size(layers: Sequence[Layer], *, random_feedback: bool) -> None:
    """Raise :class:`NetworkError` if the arrays of a network fit no machine.

    Parameters
    ----------
    layers : sequence of Layer
    random_feedback : bool
        Whether each hidden layer has feedback weights of its own, one from each class.
    """
    for index, layer in enumerate(layers):
        neurons = max(layer.n_in, layer.n_out)
        if neurons > MAX_NEURONS:
            raise NetworkError(
                f"layer {index} has {neurons} neurons or inputs: must be at most {MAX_NEURONS}; "
                "use fewer"
            )
    weights = sum(layer.weight_shape[0] * layer.weight_shape[1] for layer in layers)
    if random_feedback:
        weights += sum(layer.n_out * layers[-1].n_out for layer in layers[:-1])
    if weights > MAX_WEIGHTS:
        fed = ", those of random feedback included," if random_feedback else ""
        raise NetworkError(
            f"the network has {weights} weights{fed} in {len(layers)} layers: must be at most "
            f"{MAX_WEIGHTS}; use smaller layers, or convolutions"
        )
