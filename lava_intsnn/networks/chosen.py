"""Dense and convolutional networks whose integers the rule chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.field_checks import as_tuple, shown
from lava_intsnn.network import Conv, Dense, FrameEncoder, Network, NetworkError, Precision
from lava_intsnn.network.encoders import RateEncoder
from lava_intsnn.networks.filters import Filters, filters_of
from lava_intsnn.networks.rule_steps import PLAIN, chosen_network, decaying

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset


@checks_kinds
def dense(
    shape: Sequence[int],
    *,
    data: Dataset | None = None,
    steps: int | None = None,
    batch: int | None = None,
    precision: str | Precision = "16-8",
    encoder: RateEncoder | FrameEncoder | None = None,
    decay_shift: int | Sequence[int] = 1,
    name: str | None = None,
    check: bool = True,
) -> Network:
    """Return a fully connected network, all its integers chosen by rule.

    Parameters
    ----------
    shape : sequence of int
        Sizes from input to output, such as ``(64, 256, 128, 5)``: 64 inputs, two hidden layers and
        5 classes. With frames, the inputs of one frame.
    data : Dataset, optional
        Training data. The rule then takes the level of the input, the batch and the number of
        frames from them, sets the thresholds of hidden layers by the activity that it measures, and
        warns of layers that cannot learn. Without data it assumes that an eighth of the inputs
        spike in a step, as for MNIST.
    steps : int, optional
        ``T``; by default 20, or with frames their number.
    batch : int, optional
        By default 128, or down to 16 where the data are few, for 40 updates an epoch.
    precision : str or Precision
        Widths of the weights.
    encoder : RateEncoder or FrameEncoder, optional
        How bytes become input; by default frames where the data have them, else the rate code.
    decay_shift : int or sequence of int
        Of the hidden neurons. Several, such as ``(0, 1, 2, 3)``, repeat in turn over the neurons of
        every hidden layer, whose size is a multiple of how many they are.
    name : str, optional
        By default ``"dense-64-256-128-5"``.
    check : bool
        Warn of what :func:`~lava_intsnn.networks.preflight` finds, if there are data.

    Raises
    ------
    NetworkError
        If a size is out of range, or does not fit the data; or if the bounds of such a network
        cannot be proven. The message says what to change.

    Warns
    -----
    UserWarning
        If a layer is dead or saturated on ``data``.
    """
    sizes = _sizes(shape)
    plan = [Dense(n_in=a, n_out=b, **PLAIN) for a, b in zip(sizes, sizes[1:])]
    return chosen_network(
        decaying(tuple(plan), decay_shift),
        name or f"dense-{'-'.join(map(str, sizes))}",
        data=data,
        steps=steps,
        batch=batch,
        precision=precision,
        encoder=encoder,
        check=check,
    )


@checks_kinds
def conv(
    in_shape: Sequence[int],
    filters: Sequence[str | Filters],
    n_classes: int,
    *,
    hidden: Sequence[int] = (),
    data: Dataset | None = None,
    steps: int | None = None,
    batch: int | None = None,
    precision: str | Precision = "16-8",
    encoder: RateEncoder | FrameEncoder | None = None,
    decay_shift: int | Sequence[int] = 1,
    name: str | None = None,
    check: bool = True,
) -> Network:
    """Return a network of convolutions and dense layers, all its integers chosen by rule.

    Parameters
    ----------
    in_shape : (int, int) or (int, int, int)
        Height, width and channels of the input.
    filters : sequence of str or Filters
        A convolution each, such as ``"16x5s2"``: 16 filters of 5x5 at every second position;
        ``"32x3s1p1"`` pads the image by 1.
    n_classes : int
        Outputs.
    hidden : sequence of int
        Sizes of dense hidden layers after the convolutions.
    data, steps, batch, precision, encoder, decay_shift, check
        See :func:`dense`.
    name : str, optional
        By default ``"conv-28x28x1-16x5s2-10"``, and the like.

    Raises
    ------
    NetworkError
        As :func:`dense`, or if a kernel does not fit its image.

    Warns
    -----
    UserWarning
        If a layer is dead or saturated on ``data``.
    """
    shape = _image(in_shape)
    found = [filters_of(text) for text in as_tuple(filters) or ()]
    if not found:
        raise NetworkError(
            f"filters = {shown(filters)}: name one convolution at least in a list, such as "
            "('16x5s2',)"
        )
    dense_sizes = as_tuple(hidden)
    if dense_sizes is None:
        raise NetworkError(
            f"hidden = {shown(hidden)}: give the sizes of dense layers in a list, such as (100,)"
        )
    plan: list[Dense | Conv] = []
    image = shape
    for each in found:
        layer = each.layer(image, **PLAIN)
        plan.append(layer)
        image = layer.out_shape
    sizes = _sizes((plan[-1].n_out, *dense_sizes, n_classes))
    plan += [Dense(n_in=a, n_out=b, **PLAIN) for a, b in zip(sizes, sizes[1:])]
    parts = ("x".join(map(str, shape)), *map(str, found), *map(str, sizes[1:]))
    return chosen_network(
        decaying(tuple(plan), decay_shift),
        name or f"conv-{'-'.join(parts)}",
        data=data,
        steps=steps,
        batch=batch,
        precision=precision,
        encoder=encoder,
        check=check,
    )


def _sizes(shape: Sequence[int]) -> tuple[int, ...]:
    """Return sizes from input to output, checked."""
    sizes = as_tuple(shape) or ()
    if len(sizes) < 2:
        raise NetworkError(
            f"shape = {shown(shape)}: give sizes from input to output, such as (64, 128, 10)"
        )
    return sizes


def _image(in_shape: Sequence[int]) -> tuple[int, int, int]:
    """Return height, width and channels."""
    sizes = as_tuple(in_shape) or ()
    if len(sizes) not in (2, 3):
        raise NetworkError(
            f"in_shape = {shown(in_shape)}: give (height, width) or (height, width, channels)"
        )
    return (*sizes, 1) if len(sizes) == 2 else sizes
