"""The output layer, its loss and its labels as a Lava Process."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from lava.magma.core.process.ports.ports import InPort
from lava.magma.core.process.process import LogConfig
from lava.magma.core.process.variable import Var

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.network import Dense, Feedback, LayerBounds, Loss, Precision, Recurrence
from lava_intsnn.network.feedback import first_error_step
from lava_intsnn.proc_models.shared_memory import ResultMemory
from lava_intsnn.processes.layer_process import LayerProcess, learning_shift, neuron_of


class IntReadout(LayerProcess):
    """Output layer: an integer layer that counts its spikes, classifies and computes the error.

    It learns at a sample's last step if ``learning`` is on and ``label_in`` is connected.

    Ports
    -----
    s_in : (B, I)
        Binary spikes, or counts up to ``max_count``.
    label_in : (B,)
        Labels, one message a sample at its step :attr:`label_step`; -1 marks a sample not to be
        learned.
    key_in : (B,)
        The samples' encoding keys, with the labels: the random loss draws from them, and needs this
        port. The others take no notice of it.
    s_out : (B, O)
        Binary spikes.
    fb_out : (B, I)
        Feedback for the layer below: its ``fb_in``. In random feedback (B, O), the error, for one
        layer, which hands it on, or for several.

    Vars
    ----
    count (B, O); err (B, O), the feedback voltage that the error makes; prediction (B,): of the
    last complete sample, count also within one. The others as in
    :class:`~lava_intsnn.processes.int_dense.process.IntDense`.

    Parameters
    ----------
    loss : Loss, optional
    tie_break : bool
        See :class:`lava_intsnn.network.Network`.
    propagation, soft_start, err_vth, err_shift
        Error neurons; see :class:`lava_intsnn.network.Feedback`.
    feedback : {"transposed", "random"}
        How the layers below hear of the error; ``"random"`` where they have ``feedback_weights``,
        and with ``time_gated=False``.
    slots : int
        Batches whose results :attr:`results` keeps: batch number q in slot ``q % slots``.
    others
        As in :class:`~lava_intsnn.processes.int_dense.process.IntDense`.

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
        recurrence: Recurrence | None = None,
        max_delay: int = 0,
        delay_seed: int = 0,
        max_count: int = 1,
        propagation: Literal["direct", "final", "feedback"] = "direct",
        feedback: Literal["transposed", "random"] = "transposed",
        time_gated: bool = True,
        v_fb_bits: int = 31,
        soft_start: int = 5,
        err_vth: int = 64,
        err_shift: int = 3,
        rounding: Rounding = Rounding.STOCHASTIC,
        loss: Loss | None = None,
        tie_break: bool = True,
        steps: int = 20,
        batch: int = 1,
        learning: bool = True,
        seed: int = 0,
        layer_index: int = 1,
        updates: int = 0,
        offset: int = 0,
        bounds: LayerBounds | None = None,
        slots: int = 1,
        name: str | None = None,
        log_config: LogConfig | None = None,
        **kwargs: Any,
    ) -> None:
        if slots < 1:
            raise ValueError(f"slots = {slots}: must be at least 1")
        if isinstance(precision, str):
            precision = Precision.parse(precision)
        results = ResultMemory.empty(slots, batch, shape[0], v_dtype=precision.dtype)
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
            recurrence=recurrence,
            max_delay=max_delay,
            delay_seed=delay_seed,
        )
        super().__init__(
            layer=layer,
            feedback=Feedback(
                propagation=propagation,
                weights=feedback,
                time_gated=time_gated,
                v_fb_bits=v_fb_bits,
                soft_start=soft_start,
                err_vth=err_vth,
                err_shift=err_shift,
            ),
            n_classes=shape[0] if feedback == "random" else None,
            loss=loss or Loss(),
            tie_break=tie_break,
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
            results=results,
            **kwargs,
        )
        self.results = results
        self.label_in = InPort(shape=(batch,))
        self.key_in = InPort(shape=(batch,))
        self.count = Var(shape=(batch, shape[0]), init=0)
        self.err = Var(shape=(batch, shape[0]), init=0)
        self.prediction = Var(shape=(batch,), init=0)

    @property
    def label_step(self) -> int:
        """Step of each sample at which labels are heard: as soon as an error is computed."""
        network = self.spec.network
        return first_error_step(network.feedback, network.steps)
