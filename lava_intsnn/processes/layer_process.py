"""Base classes of the Processes of layers, hidden and output."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from lava.magma.core.process.ports.ports import AbstractPort, InPort, OutPort
from lava.magma.core.process.process import AbstractProcess, LogConfig

from lava_intsnn.network import Layer, Loss, NetworkError
from lava_intsnn.proc_models.fixed_pt.core_choice import warm_up
from lava_intsnn.proc_models.layer_spec import LayerSpec
from lava_intsnn.proc_models.shared_memory import LayerMemory
from lava_intsnn.processes.caller_warning import warn_caller
from lava_intsnn.processes.checked_process import CheckedProcess
from lava_intsnn.processes.declared_var import ResultVar
from lava_intsnn.processes.layer_keywords import (
    REQUIRED,
    checked_feedback,
    feedback_of,
    largest_magnitude,
    layer_of,
    network_of,
    spec_of,
)
from lava_intsnn.processes.layer_vars import constants_of
from lava_intsnn.state import State

if TYPE_CHECKING:
    from typing_extensions import Self


class LayerProcess(CheckedProcess):
    """Integer synapses, neurons, traces and learning rule in one Process.

    Parameters
    ----------
    keywords
        Those of :attr:`defaults`; see :class:`~lava_intsnn.processes.int_dense.process.IntDense`.
        They are combined once into the :class:`LayerSpec` that :meth:`of` takes.

    Attributes
    ----------
    spec : LayerSpec
    memory : LayerMemory
        Memory shared by the host and the ProcessModel.
    """

    #: Class of the layer.
    kind: ClassVar[type[Layer]]
    #: Every keyword with its default.
    defaults: ClassVar[Mapping[str, Any]] = {}
    #: Name of the port that receives the error.
    error_port: ClassVar[str]
    #: Neuron states of all Processes made so far, which ProcessModels must know.
    state_names: ClassVar[set[str]] = {"v"}

    known_as: ClassVar[Mapping[str, str]] = {"weights": "w_shadow", "weight": "w_shadow"}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [
            inspect.Parameter(
                name,
                keyword,
                default=inspect.Parameter.empty if default is REQUIRED else default,
            )
            for name, default in cls.defaults.items()
        ]
        cls.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]

    def __init__(self, **keywords: Any) -> None:
        values = {**self.defaults, **keywords}
        if missing := [name for name, value in values.items() if value is REQUIRED]:
            raise TypeError(f"{type(self).__name__} misses the keyword {missing[0]!r}")
        name = values["name"]
        one_sample = values["batch"] is None
        if one_sample:
            values["batch"] = 1
        spec, feedback_weights = self._described({**values, "name": name or type(self).__name__})
        spec.check()
        w = values["w_shadow"]
        w = spec.initial_weights() if w is None else np.asarray(w)
        delays = values.get("delays")
        held = () if delays is None else (np.asarray(delays),)
        State((w,), delays=held).validate(spec.network)
        memory = LayerMemory.of(
            w,
            lr_shift=spec.layer.lr_shift,
            learning=values["learning"],
            updates=values["updates"],
            feedback_weights=feedback_weights,
            delays=held[0] if held else None,
            learns_delays=spec.layer.learns_delays,
        )
        options = {key: values[key] for key in ("log_config", "slots") if key in values}
        self._assemble(spec, memory, name=name, one_sample=one_sample, **options)

    @classmethod
    def of(cls, spec: LayerSpec, memory: LayerMemory, **options: Any) -> Self:
        """Return the Process of a described layer.

        Parameters
        ----------
        spec : LayerSpec
            Already checked, with the bounds of a checked network.
        memory : LayerMemory
            Holds the initial weights.
        options
            ``name``, ``log_config``, and ``slots`` for an output layer.
        """
        process = cls.__new__(cls)
        process._assemble(spec, memory, **options)
        process._post_init()
        return process

    @classmethod
    def keywords(cls) -> set[str]:
        """Return the keywords that the constructor takes."""
        return super().keywords() | cls.defaults.keys()

    def _described(self, values: Mapping[str, Any]) -> tuple[LayerSpec, np.ndarray | None]:
        """Return the spec from keywords and defaults, and the weights of random feedback."""
        raise NotImplementedError

    def _assemble(
        self,
        spec: LayerSpec,
        memory: LayerMemory,
        *,
        name: str | None = None,
        log_config: LogConfig | None = None,
        one_sample: bool = False,
        **parameters: Any,
    ) -> None:
        """Make ports and Vars; ``parameters`` are passed to the ProcessModels, too.

        With ``one_sample`` the ports of spikes have no batch dimension, like those of Lava's own
        Processes.
        """
        parameters |= {"one_sample": one_sample}
        AbstractProcess.__init__(
            self, spec=spec, memory=memory, name=name, log_config=log_config, **parameters
        )
        self.spec, self.memory = spec, memory
        network, layer = spec.network, spec.layer
        if not network.precision.floating:
            warm_up(spec)
        batch = network.batch
        rows = () if one_sample else (batch,)
        self.s_in = InPort(shape=(*rows, layer.n_in))
        self.s_out = OutPort(shape=(*rows, layer.n_out))
        self.fb_out = FeedbackPort(shape=(batch, spec.n_classes or layer.n_in))
        for state in layer.neuron.states(0):
            self.state_names.add(state.name)
            setattr(self, state.name, ResultVar(shape=(batch, layer.n_out)))
        for name, var in constants_of(self).items():
            setattr(self, name, var)

    def is_floating(self) -> bool:
        """Whether a ``floating_pt`` model was chosen, whose numbers have no integer width."""
        return "floating_pt" in getattr(self.model_class, "tags", ())

    @property
    def weights(self) -> np.ndarray:
        """A copy of the current shadow weights, shape ``layer.weight_shape``.

        They are read from memory shared with the ProcessModel, which is exact and faster than
        ``w_shadow.get()``.
        """
        return self.memory.weights.copy()

    # ---- connections

    def receives_error(self) -> bool:
        """Whether the port that receives the error is connected."""
        return bool(getattr(self, self.error_port).get_src_ports())

    def learns(self) -> bool:
        """Whether learning is on and the layer can receive an error."""
        return bool(self.memory.learning[0]) and self.receives_error()

    def check_composition(self) -> None:
        """Warn if learning is on but the layer cannot receive an error."""
        idle = self.memory.learning[0] and not self.receives_error()
        if idle and self.spec.layer.plastic:
            warn_caller(f"{self.name} has learning=True and will not learn: {self._no_error}")

    @property
    def _no_error(self) -> str:
        return f"nothing is connected to its {self.error_port}; connect it, or give learning=False"

    def _layers_above(self) -> list[LayerProcess]:
        """Return the layers that send feedback to this one."""
        return []

    def _layers_below(self) -> list[LayerProcess]:
        """Return the layers that this one sends feedback to."""
        return _layers_at(self.fb_out.get_dst_ports())

    def check_learning(self, value: np.ndarray) -> None:
        """Raise ValueError if a layer would wait for feedback that is never sent."""
        if not value.any():
            waiting = next((below for below in self._layers_below() if below.learns()), None)
            if waiting:
                raise ValueError(
                    f"= 0: {waiting.name} learns and would wait for feedback; set "
                    f"{waiting.name}.learning to 0 first"
                )
            return
        if not self.receives_error():
            raise ValueError(f"= 1: {self.name} cannot learn; {self._no_error}")
        silent = next((above for above in self._layers_above() if not above.learns()), None)
        if silent:
            raise ValueError(
                f"= 1: {silent.name} does not learn and would send no feedback; set "
                f"{silent.name}.learning to 1 first"
            )


class HiddenProcess(LayerProcess):
    """A layer whose error comes from the layer above, through ``fb_in``."""

    error_port = "fb_in"

    def _described(self, values: Mapping[str, Any]) -> tuple[LayerSpec, np.ndarray | None]:
        layer, f = layer_of(self.kind, values), values["feedback_weights"]
        random: dict[str, Any] = {}
        if f is not None:
            f = checked_feedback(f, layer)
            random = {"weights": "random", "random_max": max(1, largest_magnitude(f))}
        loss = Loss(alpha=1, points=values["points"], window=values["loss_window"])
        heard = {"loss": loss, "tie_break": False}
        network = network_of(layer, {**values, **heard}, feedback_of(values, **random))
        return spec_of(network, values, None if f is None else f.shape[1]), f

    def _assemble(self, spec: LayerSpec, memory: LayerMemory, **options: Any) -> None:
        super()._assemble(spec, memory, above=[], **options)
        self.fb_in = InPort(shape=(spec.network.batch, spec.n_classes or spec.layer.n_out))

    def _layers_above(self) -> list[LayerProcess]:
        return _layers_at(self.fb_in.get_src_ports())

    def check_composition(self) -> None:
        """Raise NetworkError if the layer would wait for feedback that is never sent."""
        super().check_composition()
        self.proc_params["above"].clear()
        for port in self.fb_in.get_src_ports():
            above = port.process
            if not isinstance(above, LayerProcess):
                raise NetworkError(
                    f"{self.name}.fb_in is connected to {above.name}, a {type(above).__name__}: "
                    "connect the fb_out of an IntDense, IntConv or IntReadout"
                )
            if self.learns() and not above.learns():
                raise NetworkError(
                    f"{self.name} learns and would wait for feedback, but {above.name} does not "
                    "learn: give both the same learning=, and connect label_in or fb_in of the "
                    "latter"
                )
            require_agreement(self, above)
            if above.receives_error():
                self.proc_params["above"].append(above.memory)


class FeedbackPort(OutPort):
    """The port ``fb_out``, which explains why layers do not fit where Lava only compares shapes."""

    def connect(self, ports: Any, connection_configs: Any = None) -> None:
        """Connect to the ``fb_in`` of a layer below, or of several with random feedback.

        Raises
        ------
        NetworkError
            If the layers expect different kinds of feedback.
        """
        for port in ports if isinstance(ports, list) else [ports]:
            if isinstance(port.process, HiddenProcess) and port.shape != self.shape:
                require_agreement(port.process, self.process)
        super().connect(ports, connection_configs)


def _layers_at(ports: Iterable[AbstractPort]) -> list[LayerProcess]:
    return [port.process for port in ports if isinstance(port.process, LayerProcess)]


def require_agreement(below: HiddenProcess, above: LayerProcess) -> None:
    """Raise NetworkError unless ``above`` sends the feedback that ``below`` expects."""
    theirs = _agreed(above.spec)
    for what, mine in _agreed(below.spec).items():
        if mine != (other := theirs[what]):
            raise NetworkError(
                f"{below.name} has {what} = {mine}, {above.name} {what} = {other}: make them equal"
            )


def _agreed(spec: LayerSpec) -> dict[str, Any]:
    return {
        "feedback weights": spec.network.feedback.weights,
        "n_classes": spec.n_classes,
        "steps": spec.network.steps,
        "offset": spec.schedule.offset,
        "time_gated": spec.network.feedback.time_gated,
        "points": spec.network.loss.points,
        "loss window": spec.network.loss.window,
    }
