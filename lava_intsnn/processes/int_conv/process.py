"""The convolutional layer as a Lava Process."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.process import LogConfig

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.network import Conv, LayerBounds, Precision
from lava_intsnn.processes.layer_process import HiddenProcess, learning_shift, neuron_of


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

    def __init__(
        self,
        *,
        in_shape: tuple[int, int, int],
        channels: int,
        kernel: int = 5,
        stride: int = 2,
        padding: int = 0,
        vth: int,
        window: int | None = None,
        decay_shift: int = 1,
        v_bits: int = 24,
        guarded: bool = False,
        w_shadow: np.ndarray | None = None,
        precision: str | Precision = "16-8",
        lr_shift: int | None = None,
        clip: int = 2048,
        weight_decay_shift: int | None = None,
        trace_shift: int = 1,
        fb_shift: int = 0,
        max_count: int = 1,
        feedback_weights: np.ndarray | None = None,
        time_gated: bool = True,
        v_fb_bits: int = 31,
        rounding: Rounding = Rounding.STOCHASTIC,
        steps: int = 20,
        batch: int = 1,
        learning: bool = True,
        seed: int = 0,
        layer_index: int = 0,
        updates: int = 0,
        offset: int = 0,
        bounds: LayerBounds | None = None,
        name: str | None = None,
        log_config: LogConfig | None = None,
        **kwargs: Any,
    ) -> None:
        layer = Conv(
            in_shape=in_shape,
            channels=channels,
            kernel=kernel,
            stride=stride,
            padding=padding,
            neuron=neuron_of(
                vth=vth,
                window=window,
                decay_shift=decay_shift,
                v_bits=v_bits,
                guarded=guarded,
            ),
            lr_shift=learning_shift(lr_shift, learning=learning),
            clip=clip,
            weight_decay_shift=weight_decay_shift,
            trace_shift=trace_shift,
            fb_shift=fb_shift,
        )
        super().__init__(
            layer=layer,
            feedback_weights=feedback_weights,
            time_gated=time_gated,
            v_fb_bits=v_fb_bits,
            max_count=max_count,
            w_shadow=w_shadow,
            precision=precision,
            rounding=rounding,
            steps=steps,
            batch=batch,
            learning=learning,
            seed=seed,
            layer_index=layer_index,
            updates=updates,
            offset=offset,
            bounds=bounds,
            name=name,
            log_config=log_config,
            in_shape=in_shape,
            **kwargs,
        )
        #: Height, width and channels of the output.
        self.out_shape = layer.out_shape
