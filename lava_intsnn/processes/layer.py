"""What the dense Processes, hidden and output, have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess, LogConfig
from lava.magma.core.process.variable import Var

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.network import (
    Dense,
    Feedback,
    LayerBounds,
    Loss,
    Network,
    NetworkError,
    Neuron,
    Precision,
)
from lava_intsnn.proc_models.fixed_pt.dense import warm_up
from lava_intsnn.proc_models.shared import LayerMemory
from lava_intsnn.proc_models.spec import LayerSpec, Schedule
from lava_intsnn.state import State


class LayerProcess(AbstractProcess):
    """Dense integer synapses, neurons, traces and learning rule in one Process.

    See :class:`~lava_intsnn.processes.int_dense.process.IntDense` for the parameters.
    """

    _runtime = None  # Lava's __del__ reads it even where __init__ refused

    def __init__(
        self,
        *,
        shape: tuple[int, int],
        vth: int,
        window: int | None,
        decay_shift: int,
        v_bits: int,
        guarded: bool,
        w_shadow: np.ndarray | None,
        precision: str | Precision,
        lr_shift: int | None,
        clip: int,
        weight_decay_shift: int | None,
        trace_shift: int,
        fb_shift: int,
        time_gated: bool,
        v_fb_bits: int,
        rounding: Rounding,
        steps: int,
        batch: int,
        learning: bool,
        seed: int,
        layer_index: int,
        updates: int,
        offset: int,
        bounds: LayerBounds | None,
        loss: Loss,
        tie_break: bool,
        name: str | None,
        log_config: LogConfig | None,
        **kwargs: Any,
    ) -> None:
        if lr_shift is None:
            if learning:
                raise NetworkError("lr_shift = None: a layer that learns needs it, 0..36")
            lr_shift = 0
        n_out, n_in = shape
        layer = Dense(
            n_in=n_in,
            n_out=n_out,
            neuron=Neuron(
                vth=vth,
                window=2 * vth if window is None else window,
                decay_shift=decay_shift,
                v_bits=v_bits,
                guarded=guarded,
            ),
            lr_shift=lr_shift,
            clip=clip,
            weight_decay_shift=weight_decay_shift,
            trace_shift=trace_shift,
            fb_shift=fb_shift,
        )
        network = Network(
            name=name or type(self).__name__,
            layers=(layer,),
            steps=steps,
            batch=batch,
            precision=Precision.parse(precision) if isinstance(precision, str) else precision,
            loss=loss,
            feedback=Feedback(time_gated=time_gated, v_fb_bits=v_fb_bits),
            rounding=rounding,
            tie_break=tie_break,
        )
        spec = LayerSpec(network, layer_index, seed, Schedule(steps, offset), bounds)
        spec.check()
        w_shadow = spec.initial_weights() if w_shadow is None else np.asarray(w_shadow)
        State((w_shadow,)).validate(network)
        memory = LayerMemory.of(w_shadow, lr_shift=lr_shift, learning=learning, updates=updates)
        super().__init__(
            shape=shape, spec=spec, memory=memory, name=name, log_config=log_config, **kwargs
        )
        self.spec, self.memory = spec, memory
        warm_up(spec)

        self.s_in = InPort(shape=(batch, n_in))
        self.s_out = OutPort(shape=(batch, n_out))
        self.fb_out = OutPort(shape=(batch, n_in))
        self.v = Var(shape=(batch, n_out), init=0)
        self.w = Var(shape=(n_out, n_in), init=network.precision.inference(w_shadow))
        self.w_shadow = Var(shape=(n_out, n_in), init=w_shadow)
        self.vth = Var(shape=(1,), init=vth)
        self.lr_shift = Var(shape=(1,), init=lr_shift)
        self.learning = Var(shape=(1,), init=int(learning))
        self.updates = Var(shape=(1,), init=updates)

    @property
    def weights(self) -> np.ndarray:
        """A copy of the shadow weights ``(O, I)`` as they are now.

        Read from memory shared with the ProcessModel: exact, and faster than ``w_shadow.get()``.
        """
        return self.memory.weights.copy()
