"""The hidden layer as a Lava Process."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.process import LogConfig

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.network import Dense, LayerBounds, Precision, Recurrence
from lava_intsnn.processes.layer_process import HiddenProcess, learning_shift, neuron_of


class IntDense(HiddenProcess):
    """Dense integer layer: synapses, integrate-and-fire neurons, traces and learning rule.

    One sample takes ``steps`` Lava time steps; all state is 0 at its first. Spikes leave in the
    step in which their cause arrives. The layer learns at a sample's last step if ``learning`` is
    on and ``fb_in`` is connected; the layer above must then learn, too.

    Ports
    -----
    s_in : (B, I)
        Binary spikes, or counts up to ``max_count``; other values raise ValueError.
    s_out : (B, O)
        Binary spikes.
    fb_in : (B, O)
        Feedback from the layer above: its ``fb_out``. With ``feedback_weights`` (B, n_classes), the
        output's error.
    fb_out : (B, I)
        Feedback for the layer below. With ``feedback_weights`` what ``fb_in`` brought.

    Vars
    ----
    v (B, O) membrane potential; w_shadow (O, I), with recurrence (O, I + O); w of the same shape,
    which follows from w_shadow: set that; vth, lr_shift, learning, updates (1,), to be set between
    samples. Moving weights through a Var takes seconds in Lava; :attr:`weights` reads them at once.

    Parameters
    ----------
    shape : (int, int)
        Neurons O and inputs I.
    vth, window, decay_shift, v_bits, guarded
        See :class:`lava_intsnn.network.Neuron`; ``window`` is ``2 * vth`` by default.
    w_shadow : int32 (O, I) or (O, I + O), optional
        Shadow weights to start from; drawn from ``seed`` and ``layer_index`` by default.
    precision : str or Precision
        Such as ``"16-8"``: widths of shadow and inference weights.
    lr_shift, clip, weight_decay_shift, trace_shift, fb_shift
        See :class:`lava_intsnn.network.Dense`; ``lr_shift`` is needed to learn.
    recurrence : Recurrence, optional
        Synapses from the layer onto itself; their weights are the last O columns.
    max_delay, delay_seed : int
        Fixed delays of the feed-forward synapses; see :class:`lava_intsnn.network.Dense`.
    max_count : int
        Largest value ``s_in`` may carry, 1..255: 1 is binary, more is graded input.
    feedback_weights : integer (O, n_classes), optional
        Fixed weights of the output's error, of magnitude up to 32767, instead of the transposed
        weights of the layer above; say :meth:`.Network.feedback_weights`. All layers must do the
        same, and ``time_gated`` be False.
    time_gated, v_fb_bits
        See :class:`lava_intsnn.network.Feedback`; ``time_gated`` must be the same in all layers,
        since it says how many messages feedback takes.
    rounding : Rounding
        Of the learning-rate shift.
    steps, batch : int
        T and B, the same in all Processes.
    learning : bool
    seed, layer_index, updates : int
        Key the stochastic rounding.
    offset : int
        Lava steps before the first sample arrives: 1 for each stock Dense in between.
    bounds : LayerBounds, optional
        What :meth:`Network.check` has proven of the layer in its network; allows narrower sums.
    name : str, optional
    log_config : LogConfig, optional

    Raises
    ------
    NetworkError
        On values out of range, or sums that could leave 64 bits.
    ValueError
        If ``w_shadow`` does not fit shape and precision.
    """

    def __init__(
        self,
        *,
        shape: tuple[int, int],
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
        recurrence: Recurrence | None = None,
        max_delay: int = 0,
        delay_seed: int = 0,
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
        layer = Dense(
            n_in=shape[1],
            n_out=shape[0],
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
            recurrence=recurrence,
            max_delay=max_delay,
            delay_seed=delay_seed,
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
            shape=shape,
            **kwargs,
        )
