"""Base classes of the ProcessModels of layers: ports, phases and Vars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel

from lava_intsnn.proc_models.spikes import checked
from lava_intsnn.processes.layer_process import LayerProcess
from lava_intsnn.sample_batch import check_labels


class StatefulModel(type(PyLoihiProcessModel)):  # type: ignore[misc]
    """Metaclass that gives every state of a neuron the LavaPyType of ``v``, which all neurons have.

    Lava reads the type of each Var of a Process from the attributes of the ProcessModel's class, by
    ``getattr``, and raises an error for a type whose Var the Process does not have. States of only
    some kinds of neurons are therefore answered here and not declared in the class.
    """

    def __getattr__(cls, name: str) -> Any:
        """Return the type of a state that is not declared in the class."""
        if name in LayerProcess.state_names - {"v"}:
            return cls.v  # type: ignore[attr-defined]
        raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")


class LayerModel(PyLoihiProcessModel, metaclass=StatefulModel):
    """Receives, advances and sends within one time step, and learns at a sample's last step.

    Feedback is sent in the learning phase, from the output downward. Every layer sends before it
    changes its own weights. Sender and receiver are in the same phase, so any number of messages
    fits through the finite buffers of the channels.
    """

    #: Makes the core from a LayerSpec and a LayerMemory.
    make_core: ClassVar[Any]

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.spec, self.memory = proc_params["spec"], proc_params["memory"]
        rows = () if proc_params["one_sample"] else (self.spec.network.batch,)
        self._shape_in = (self.spec.network.batch, self.spec.layer.n_in)
        self._shape_out = (*rows, self.spec.layer.n_out)  # of a message
        self._learns = False  # whether the current sample will be learned

    def start(self) -> None:
        """Bind the Vars to the memory of the core, then run."""
        self.bind()
        super().start()

    def bind(self) -> None:
        """Make the core, and use its arrays as the values of the Vars."""
        self.core = self.make_core(self.spec, self.memory)
        for state in self.spec.layer.neuron.states(0):
            setattr(self, state.name, self.core.states[state.name])
        self.w, self.w_shadow = self.core.w, self.memory.weights
        self.lr_shift, self.learning = self.memory.lr_shift, self.memory.learning
        self.updates = self.memory.updates

    def on_var_update(self) -> None:
        """Apply the changes of ``Var.set``; ``w`` follows from ``w_shadow``."""
        vth = self.vth.tolist()
        self.core.set_vth(vth[0] if len(vth) == 1 else tuple(vth))
        self.core.load()

    def run_spk(self) -> None:
        """Advance by one step."""
        batch_number, t = self.spec.schedule.at(self.time_step)
        s_in = self.s_in.recv().reshape(self._shape_in)
        if batch_number < 0:
            self.s_out.send(np.zeros(self._shape_out, self.core.spike_dtype))
            return
        if t == 0:
            self._learns = bool(self.learning[0]) and self.receives_error()
        s_in = checked(
            s_in,
            self.core.spike_dtype,
            max_count=self.spec.max_count,
            name=self.spec.network.name,
            time_step=self.time_step,
        )
        s_out = self.core.step(s_in, t, record=self._learns)
        self.s_out.send(s_out.reshape(self._shape_out))
        self.after_step(s_out, batch_number, t)

    def after_step(self, s_out: np.ndarray, batch_number: int, t: int) -> None:
        """Process the spikes that were sent."""

    def lrn_guard(self) -> bool:
        """Learn at a sample's last step."""
        return self._learns and self.spec.schedule.at(self.time_step + 1)[1] == 0

    def run_lrn(self) -> None:
        """Pass the error on, then learn."""
        v_fb = self.receive_error()
        if self.fb_out.csp_ports:
            for message in self.core.feedback(v_fb):
                self.fb_out.send(message)
        self.core.learn(v_fb)

    def receives_error(self) -> bool:
        """Whether the port that receives the error is connected."""
        raise NotImplementedError

    def receive_error(self) -> np.ndarray:
        """Return the feedback voltage of the sample that ended."""
        raise NotImplementedError


class HiddenModel(LayerModel):
    """A layer whose error comes from the layer above."""

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.above = proc_params["above"]
        self._ignores = False  # whether unused feedback follows the current sample

    def run_spk(self) -> None:
        """Advance by one step."""
        super().run_spk()
        if self.spec.schedule.at(self.time_step)[1] == 0:
            self._ignores = not self._learns and any(memory.learning[0] for memory in self.above)

    def lrn_guard(self) -> bool:
        """Learn at a sample's last step, or receive its feedback to make room for the next."""
        ends = self.spec.schedule.at(self.time_step + 1)[1] == 0
        return super().lrn_guard() or (self._ignores and ends)

    def run_lrn(self) -> None:
        """Pass the error on and learn, or discard the feedback of a sample that is not learned."""
        if self._learns:
            super().run_lrn()
            return
        for _ in range(self.spec.messages):
            self.fb_in.recv()

    def receives_error(self) -> bool:
        """Whether ``fb_in`` is connected."""
        return bool(self.fb_in.csp_ports)

    def receive_error(self) -> np.ndarray:
        """Receive the messages of the layer above."""
        return self.core.from_messages(self._messages())

    def _messages(self) -> Iterator[np.ndarray]:
        while True:
            yield self.fb_in.recv()


class ReadoutModel(LayerModel):
    """A layer whose error comes from labels."""

    readout_class: ClassVar[Any]

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.results, self.every_step = proc_params["results"], proc_params["every_step"]
        network = self.spec.network
        self.label_step = network.first_error_step
        self.labels = np.full(network.batch, -1, np.int32)
        self.keys = np.zeros(network.batch, np.uint64)

    def bind(self) -> None:
        """Make the cores, and use their arrays as the values of the Vars."""
        super().bind()
        self.readout = self.readout_class(self.spec.network)
        self.count, self.err = self.readout.count, self.readout.err
        self.prediction = self.readout.prediction

    def receives_error(self) -> bool:
        """Whether ``label_in`` is connected."""
        return bool(self.label_in.csp_ports)

    def run_spk(self) -> None:
        """Advance by one step, and discard labels and keys that arrive at another step."""
        batch_number, t = self.spec.schedule.at(self.time_step)
        if batch_number < 0 or t != self.label_step:
            for port in self.every_step:
                getattr(self, port).recv()
        super().run_spk()

    def after_step(self, s_out: np.ndarray, batch_number: int, t: int) -> None:
        """Count spikes and compare with the labels; classify at the last step."""
        readout = self.readout
        readout.add(s_out if self.spec.layer.neuron.fires else self.v, t)
        if t >= self.label_step and self.receives_error():
            if t == self.label_step:
                self._receive_labels()
            self.compare(t)
        if t == self.spec.schedule.steps - 1:
            readout.predict(self.v)
            self.results.put(batch_number, readout.prediction, readout.whole_count(), self.v)

    def compare(self, t: int) -> None:
        """Take the error of step ``t``."""
        self.readout.compare(self.labels, self.keys, t)

    def _receive_labels(self) -> None:
        labels = self.label_in.recv()
        whole = labels.astype(np.int32)  # floating_pt models of Lava send floats
        self.labels = whole if np.array_equal(whole, labels) else labels
        check_labels(self.labels, *self.readout.count.shape)
        if self.key_in.csp_ports:
            self.keys = self.key_in.recv().astype(np.int64, copy=False).view(np.uint64)

    def receive_error(self) -> np.ndarray:
        """Return the output error."""
        return self.core.from_error(*self.readout.pushed())
