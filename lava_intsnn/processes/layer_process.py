"""What the Processes that are a layer, hidden or output, have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess, LogConfig
from lava.magma.core.process.variable import Var

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.network import (
    Conv,
    Dense,
    Feedback,
    FrameEncoder,
    LayerBounds,
    Loss,
    Network,
    NetworkError,
    Neuron,
    Precision,
    RateEncoder,
)
from lava_intsnn.network.errors import require_range
from lava_intsnn.proc_models.fixed_pt.core_choice import warm_up
from lava_intsnn.proc_models.layer_spec import LayerSpec, SampleSchedule
from lava_intsnn.proc_models.shared_memory import LayerMemory
from lava_intsnn.state import State


class LayerProcess(AbstractProcess):
    """Integer synapses, neurons, traces and learning rule in one Process.

    Parameters
    ----------
    layer : Dense or Conv
        What the Process is a layer of.
    max_count : int
        Largest value ``s_in`` may carry; 1 is binary.
    others
        See :class:`~lava_intsnn.processes.int_dense.process.IntDense`. Whatever else is given is
        handed to the ProcessModels.
    """

    _runtime = None  # Lava's __del__ reads it even where __init__ refused

    def __init__(
        self,
        *,
        layer: Dense | Conv,
        feedback: Feedback,
        n_classes: int | None = None,
        feedback_weights: np.ndarray | None = None,
        loss: Loss | None = None,
        tie_break: bool = False,
        max_count: int,
        w_shadow: np.ndarray | None,
        precision: str | Precision,
        rounding: Rounding,
        steps: int,
        batch: int,
        learning: bool,
        seed: int,
        layer_index: int,
        updates: int,
        offset: int,
        bounds: LayerBounds | None,
        name: str | None,
        log_config: LogConfig | None,
        **kwargs: Any,
    ) -> None:
        network = Network(
            name=name or type(self).__name__,
            layers=(layer,),
            steps=steps,
            batch=batch,
            precision=Precision.parse(precision) if isinstance(precision, str) else precision,
            encoder=RateEncoder() if max_count == 1 else FrameEncoder(max_count=max_count),
            loss=loss or Loss(alpha=1),
            feedback=feedback,
            rounding=rounding,
            tie_break=tie_break,
        )
        spec = LayerSpec(
            network, layer_index, seed, SampleSchedule(steps, offset), bounds, n_classes
        )
        spec.check()
        w_shadow = spec.initial_weights() if w_shadow is None else np.asarray(w_shadow)
        State((w_shadow,)).validate(network)
        memory = LayerMemory.of(
            w_shadow,
            lr_shift=layer.lr_shift,
            learning=learning,
            updates=updates,
            feedback_weights=feedback_weights,
        )
        super().__init__(spec=spec, memory=memory, name=name, log_config=log_config, **kwargs)
        self.spec, self.memory = spec, memory
        if not network.precision.floating:
            warm_up(spec)

        self.s_in = InPort(shape=(batch, layer.n_in))
        self.s_out = OutPort(shape=(batch, layer.n_out))
        self.fb_out = FeedbackPort(shape=(batch, n_classes or layer.n_in))
        self.v = Var(shape=(batch, layer.n_out), init=0)
        self.w = Var(shape=layer.weight_shape, init=network.precision.inference(w_shadow))
        self.w_shadow = Var(shape=layer.weight_shape, init=w_shadow)
        self.vth = Var(shape=(1,), init=layer.neuron.vth)
        self.lr_shift = Var(shape=(1,), init=layer.lr_shift)
        self.learning = Var(shape=(1,), init=int(learning))
        self.updates = Var(shape=(1,), init=updates)

    @property
    def weights(self) -> np.ndarray:
        """A copy of the shadow weights, shape ``layer.weight_shape``, as they are now.

        Read from memory shared with the ProcessModel: exact, and faster than ``w_shadow.get()``.
        """
        return self.memory.weights.copy()


class HiddenProcess(LayerProcess):
    """A layer whose error comes from the layer above, through ``fb_in``."""

    def __init__(
        self,
        *,
        layer: Dense | Conv,
        batch: int,
        feedback_weights: npt.ArrayLike | None,
        time_gated: bool,
        v_fb_bits: int,
        **kwargs: Any,
    ) -> None:
        feedback = Feedback(time_gated=time_gated, v_fb_bits=v_fb_bits)
        f = n_classes = None
        if feedback_weights is not None:
            f = _checked_feedback(feedback_weights, layer)
            feedback = replace(feedback, weights="random", random_max=max(1, _magnitude(f)))
            n_classes = f.shape[1]
        super().__init__(
            layer=layer,
            batch=batch,
            feedback=feedback,
            n_classes=n_classes,
            feedback_weights=f,
            **kwargs,
        )
        self.fb_in = InPort(shape=(batch, n_classes or layer.n_out))


class FeedbackPort(OutPort):
    """``fb_out``: where Lava would say that shapes differ, it says why."""

    def connect(self, ports: Any, connection_configs: Any = None) -> None:
        """Connect to the ``fb_in`` of a layer below, or of several in random feedback.

        Raises
        ------
        NetworkError
            If the layers do not expect the same kind of feedback.
        """
        for port in ports if isinstance(ports, list) else [ports]:
            if isinstance(port.process, HiddenProcess) and port.shape != self.shape:
                require_agreement(port.process, self.process)
        super().connect(ports, connection_configs)


def require_agreement(below: HiddenProcess, above: LayerProcess) -> None:
    """Raise NetworkError unless ``above`` sends the feedback that ``below`` waits for."""
    for what, mine, other in (
        (
            "feedback weights",
            below.spec.network.feedback.weights,
            above.spec.network.feedback.weights,
        ),
        ("n_classes", below.spec.n_classes, above.spec.n_classes),
        ("steps", below.spec.network.steps, above.spec.network.steps),
        ("offset", below.spec.schedule.offset, above.spec.schedule.offset),
        (
            "time_gated",
            below.spec.network.feedback.time_gated,
            above.spec.network.feedback.time_gated,
        ),
    ):
        if mine != other:
            raise NetworkError(
                f"{below.name} has {what} = {mine}, {above.name} {what} = {other}: make them equal"
            )


def _checked_feedback(weights: npt.ArrayLike, layer: Dense | Conv) -> np.ndarray:
    f = np.asarray(weights)
    if f.ndim != 2 or len(f) != layer.n_out or not f.size or f.dtype.kind not in "iu":
        raise NetworkError(
            f"feedback_weights are {f.dtype} {f.shape}: give integers ({layer.n_out}, n_classes)"
        )
    require_range("feedback_weights' magnitude", _magnitude(f), 0, (1 << 15) - 1)
    return f


def _magnitude(f: np.ndarray) -> int:
    return max(int(f.max()), -int(f.min()))


def neuron_of(
    *, vth: int, window: int | None, decay_shift: int, v_bits: int, guarded: bool
) -> Neuron:
    """Return the neuron these keywords of a Process describe."""
    return Neuron(
        vth=vth,
        window=2 * vth if window is None else window,
        decay_shift=decay_shift,
        v_bits=v_bits,
        guarded=guarded,
    )


def learning_shift(lr_shift: int | None, *, learning: bool) -> int:
    """Return ``lr_shift``, which only a layer that does not learn may leave out."""
    if lr_shift is None and learning:
        raise NetworkError("lr_shift = None: a layer that learns needs it, 0..36")
    return lr_shift or 0
