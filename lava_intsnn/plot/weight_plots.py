"""The weights of a layer: a histogram, or the fields that its neurons look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.network import Conv, Network
from lava_intsnn.network.errors import integer_in
from lava_intsnn.plot.plot_style import ENGINE, INK, LAVA, axes_or_new, heading, open_frame
from lava_intsnn.state import State

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Neurons or channels whose fields are shown.
SHOWN = 40
_COLUMNS = 8
_BINS = 64


@checks_kinds
def weights(
    network: Network,
    state: State,
    *,
    layer: int = 0,
    shadow: bool = False,
    axes: Axes | None = None,
) -> Axes:
    """Draw a histogram of the weights of a layer, with the limits of their range.

    Parameters
    ----------
    network : Network
    state : State
    layer : int
        Counted from the input, or with a negative sign from the output.
    shadow : bool
        The shadow weights, which learn, in place of the inference weights.
    axes : matplotlib axes, optional
        By default those of a new figure.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ValueError
        If there is no such layer, or the state does not fit the network.
    """
    index = _layer(network, state, layer)
    precision = network.precision
    values = state.weights[index] if shadow else state.w(network, index)
    found = axes_or_new(axes)
    if precision.floating:
        low, high, bins = float(values.min()), float(values.max()), np.asarray(_BINS)
    else:
        low, high = precision.w_shadow_min, precision.w_shadow_max
        if not shadow:
            low, high = low >> precision.w_shift, high >> precision.w_shift
        step = max(1, (high - low + 1) // _BINS)
        bins = np.arange(low, high + 1 + step, step)
    found.hist(np.ravel(values), bins=bins, color=ENGINE)
    for limit in (low, high):
        found.axvline(limit, color=LAVA, linewidth=1.2, linestyle="--")
    kind = "weights" if precision.floating else "shadow weights" if shadow else "inference weights"
    at_limit = np.mean((values == low) | (values == high))
    found.set_xlabel(
        f"{values.size:,} {kind}, {low:g} to {high:g}: {100 * at_limit:.1f} % at a limit",
        fontsize=9.5,
        color=INK,
    )
    heading(found, f"{kind} of layer {index}")
    open_frame(found, grid=True)
    return found


@checks_kinds
def weight_fields(
    network: Network,
    state: State,
    *,
    image_shape: tuple[int, ...] | None = None,
    axes: Axes | None = None,
) -> Axes:
    """Draw the weights of the first layer's strongest neurons as images, or a Conv's kernels.

    Parameters
    ----------
    network : Network
    state : State
    image_shape : (int, int) or (int, int, int), optional
        Of the data, ``Dataset.image_shape``; a third number is that of channels, whose weights are
        added up. Only needed if the first layer is dense.
    axes : matplotlib axes, optional
        By default those of a new figure.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ValueError
        If the shape is missing or does not fit, or the state does not fit the network.
    """
    index = _layer(network, state, 0)
    layer = network.layers[index]
    w = np.asarray(state.w(network, index))[:, : layer.fan_in]
    shape = image_shape
    if isinstance(layer, Conv):
        shape = (*layer.windows.kernel, layer.in_shape[2] // layer.groups)
    elif layer.pool:
        shape = layer.pool.out_shape
    if shape is None or int(np.prod(shape)) != layer.fan_in or not 2 <= len(shape) <= 3:
        raise ValueError(
            f"image_shape = {image_shape}: must be (height, width) or (height, width, channels) of "
            f"{layer.fan_in} inputs, such as Dataset.image_shape"
        )
    images = w.reshape(len(w), shape[0], shape[1], -1).sum(axis=3)
    return draw_fields(images, axes_or_new(axes, width=6.0, height=4.2), what="neurons")


def draw_fields(images: np.ndarray, axes: Any, *, what: str) -> Any:
    """Draw the ``(n, height, width)`` with the largest weights side by side."""
    height, width = images.shape[1:]
    strength = np.abs(images.astype(np.float64)).sum(axis=(1, 2))
    chosen = np.sort(np.argsort(-strength, kind="stable")[:SHOWN])
    rows = -(-len(chosen) // _COLUMNS)
    gap = max(1, height // 12)
    canvas = np.full(
        (rows * (height + gap) - gap, _COLUMNS * (width + gap) - gap), np.nan, dtype=np.float32
    )
    for k, neuron in enumerate(chosen):
        y, x = (k // _COLUMNS) * (height + gap), (k % _COLUMNS) * (width + gap)
        canvas[y : y + height, x : x + width] = images[neuron]
    reach = float(np.quantile(np.abs(images), 0.998)) or 1.0
    axes.imshow(canvas, cmap="RdBu_r", vmin=-reach, vmax=reach, interpolation="nearest")
    heading(axes, f"weights of {len(chosen)} {what}")
    span = f"{images.min():g} to {images.max():g}"
    axes.set_xlabel(f"{span}: red excites, blue inhibits", fontsize=9.5, color=INK)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return axes


def _layer(network: Network, state: State, layer: int) -> int:
    state.validate(network)
    n = len(network.layers)
    return integer_in("layer", layer, -n, n - 1) % n
