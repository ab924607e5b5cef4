"""The convolutional layer as a Lava Process."""

from __future__ import annotations

from lava_intsnn.network import Conv
from lava_intsnn.processes.layer_keywords import hidden_keywords
from lava_intsnn.processes.layer_process import HiddenProcess


class IntConv(HiddenProcess):
    """Convolutional integer layer that learns: filters, integrate-and-fire neurons, traces, rule.

    It behaves as :class:`~lava_intsnn.processes.int_dense.process.IntDense` and goes wherever one
    goes. Ports are flat, with the channel fastest: neuron ``(y, x, c)`` of an image is number
    ``(y * width + x) * channels + c``, as ``reshape`` of an array ``(height, width, channels)``
    numbers them.

    Ports
    -----
    s_in : (B, I)
        Binary spikes, or counts up to ``max_count``, of ``in_shape``; other values raise
        ValueError.
    s_out : (B, O)
        Binary spikes of :attr:`out_shape`.
    fb_in : (B, O)
        Feedback from the layer above: its ``fb_out``. With ``feedback_weights`` (B, n_classes), the
        output's error.
    fb_out : (B, I)
        Feedback for the layer below, by the transposed convolution. With ``feedback_weights`` what
        ``fb_in`` brought.

    Vars
    ----
    v (B, O) membrane potential; w_shadow (channels, kernel * kernel * in_channels), whose column
    for kernel position (ky, kx) and input channel c is ``(ky * kernel + kx) * in_channels + c``;
    the others as in :class:`~lava_intsnn.processes.int_dense.process.IntDense`.

    Parameters
    ----------
    in_shape : (int, int, int)
        Height, width and channels of the input.
    channels : int
        Filters.
    kernel, stride, padding : int
        The same in both directions; padding adds silent neurons around the input.
    w_shadow : int32 (channels, kernel * kernel * in_channels), optional
        Shadow weights to start from; drawn from ``seed`` and ``layer_index`` by default.
    others
        As in :class:`~lava_intsnn.processes.int_dense.process.IntDense`.

    Raises
    ------
    NetworkError
        On values out of range, a kernel larger than its input, or sums that could leave 64 bits.
    ValueError
        If ``w_shadow`` does not fit shape and precision.
    """

    kind, defaults = Conv, hidden_keywords(Conv)

    @property
    def out_shape(self) -> tuple[int, int, int] | None:
        """Height, width and channels of the output."""
        return self.spec.layer.out_image
