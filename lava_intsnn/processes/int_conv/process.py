"""`IntConv`, the convolutional layer as a Lava Process."""

from __future__ import annotations

from lava_intsnn.network import Conv
from lava_intsnn.processes.layer_keywords import hidden_keywords
from lava_intsnn.processes.layer_process import HiddenProcess


class IntConv(HiddenProcess):
    """Convolutional integer layer: filters, integrate-and-fire neurons, traces and learning rule.

    It behaves like :class:`~lava_intsnn.processes.int_dense.process.IntDense` and can replace it
    anywhere. Ports are flat, with the channel fastest: neuron ``(y, x, c)`` of an image has the
    index ``(y * width + x) * channels + c``, as in ``reshape`` of an array
    ``(height, width, channels)``.

    Ports
    -----
    s_in : (B, I)
        Binary spikes, or counts up to ``max_count``, of ``in_shape``. Other values raise
        ValueError.
    s_out : (B, O)
        Binary spikes of :attr:`out_shape`.
    fb_in : (B, O)
        Feedback from the ``fb_out`` of the layer above. With ``feedback_weights`` it is
        (B, n_classes), the output's error.
    fb_out : (B, I)
        Feedback for the layer below, by the transposed convolution. With ``feedback_weights`` it
        passes on the message of ``fb_in``.

    Vars
    ----
    v (B, O) membrane potential; w_shadow, laid out as in :class:`lava_intsnn.network.Conv`; the
    others as in :class:`~lava_intsnn.processes.int_dense.process.IntDense`.

    Parameters
    ----------
    in_shape : (int, int, int)
        Height, width and channels of the input.
    channels : int
        Number of filters.
    kernel, stride, padding, dilation, groups, pool
        See :class:`lava_intsnn.network.Conv`.
    w_shadow : int32, optional
        Initial shadow weights, by default drawn from ``seed`` and ``layer_index``.
    others
        As in :class:`~lava_intsnn.processes.int_dense.process.IntDense`.

    Raises
    ------
    NetworkError
        If a value is out of range, the kernel is larger than its input, or a sum could exceed
        64 bits.
    ValueError
        If ``w_shadow`` does not fit shape and precision.
    """

    kind, defaults = Conv, hidden_keywords(Conv)

    @property
    def out_shape(self) -> tuple[int, int, int] | None:
        """Height, width and channels of the output."""
        return self.spec.layer.out_image
