"""`IntReadout`, the output layer with its loss and labels as a Lava Process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lava.magma.core.process.ports.ports import InPort
from lava.magma.core.process.process import AbstractProcess

from lava_intsnn.network import Dense, NetworkError
from lava_intsnn.proc_models.layer_spec import LayerSpec
from lava_intsnn.proc_models.shared_memory import LayerMemory, ResultMemory
from lava_intsnn.processes.declared_var import ResultVar
from lava_intsnn.processes.layer_keywords import (
    feedback_of,
    layer_of,
    network_of,
    readout_keywords,
    spec_of,
)
from lava_intsnn.processes.layer_process import LayerProcess
from lava_intsnn.processes.spike_encoder.process import SpikeEncoder


class IntReadout(LayerProcess):
    """Output layer: a dense integer layer that counts spikes, classifies and computes the error.

    It learns at a sample's last step if ``learning`` is on and ``label_in`` is connected.

    Ports
    -----
    s_in : (B, I)
        Binary spikes, or counts up to ``max_count``.
    label_in : (B,)
        Labels, one message per sample at its step :attr:`label_step`; -1 marks a sample that is not
        learned. One of Lava's own Processes, such as a RingBuffer, sends one message per step, and
        only those at ``label_step`` are used.
    key_in : (B,)
        The encoding keys of the samples, sent with the labels. The random loss draws from them and
        requires this port. Other losses ignore it.
    s_out : (B, O)
        Binary spikes; a readout never sends any.
    fb_out : (B, I)
        Feedback for the ``fb_in`` of the layer below: a message, or one for each step or point of
        errors. With random feedback it is (B, O), the error, for one layer, which passes it on, or
        for several.

    Vars
    ----
    count (B, O); err (B, O), the feedback voltage of the error; prediction (B,). They belong to the
    last complete sample; count also shows the spikes so far within a sample, and of a
    :class:`~lava_intsnn.network.LeakyReadout` it is the answer. The others are those
    of :class:`~lava_intsnn.processes.int_dense.process.IntDense`.

    Parameters
    ----------
    loss : Loss, optional
    tie_break : bool
        See :class:`lava_intsnn.network.Network`.
    propagation, soft_start, err_vth, err_shift
        Error neurons; see :class:`lava_intsnn.network.Feedback`.
    feedback : {"transposed", "random"}
        How the layers below receive the error. ``"random"`` requires that they have
        ``feedback_weights``, and ``time_gated=False``.
    slots : int
        Number of batches of which :attr:`results` keeps the results: batch q in slot ``q % slots``.
    others
        As in :class:`~lava_intsnn.processes.int_dense.process.IntDense`.

    Raises
    ------
    NetworkError
        If a value is out of range, or a sum could exceed 64 bits.
    ValueError
        If ``w_shadow`` does not fit shape and precision.
    """

    kind, defaults = Dense, readout_keywords(Dense)
    error_port = "label_in"

    def _described(self, values: Mapping[str, Any]) -> tuple[LayerSpec, None]:
        feedback = feedback_of(values, weights=values["feedback"])
        network = network_of(layer_of(self.kind, values), values, feedback)
        n_classes = network.n_classes if feedback.weights == "random" else None
        return spec_of(network, values, n_classes), None

    def _assemble(
        self, spec: LayerSpec, memory: LayerMemory, *, slots: int = 1, **options: Any
    ) -> None:
        if slots < 1:
            raise ValueError(f"slots = {slots}: must be at least 1")
        network = spec.network
        shape = network.batch, network.n_classes
        self.results = ResultMemory.empty(slots, *shape, v_dtype=network.precision.dtype)
        super()._assemble(spec, memory, results=self.results, every_step=set(), **options)
        self.label_in = InPort(shape=shape[:1])
        self.key_in = InPort(shape=shape[:1])
        self.count = ResultVar(shape=shape)
        self.err = ResultVar(shape=shape)
        self.prediction = ResultVar(shape=shape[:1])

    @property
    def label_step(self) -> int:
        """The first step of a sample in which an error is computed, where labels are received."""
        network = self.spec.network
        return network.first_error_step

    def check_composition(self) -> None:
        """Raise NetworkError if labels or keys would arrive at another step, or never."""
        super().check_composition()
        labels, keys = self.label_in.get_src_ports(), self.key_in.get_src_ports()
        if labels and self.spec.network.loss.kind == "random" and not keys:
            raise NetworkError(
                f"{self.name} has the random loss, which draws from the samples' keys: connect "
                "key_in, for example to the key_out of a SpikeEncoder"
            )
        self.proc_params["every_step"].clear()
        for port, sources in (("label_in", labels), ("key_in", keys)):
            for source in sources:
                if isinstance(source.process, SpikeEncoder):
                    self._check_encoder(source.process)
                elif _sends_every_step(source.process):
                    self.proc_params["every_step"].add(port)

    def _check_encoder(self, encoder: SpikeEncoder) -> None:
        if encoder.label_step != self.label_step:
            raise NetworkError(
                f"{encoder.name} sends labels at label_step = {encoder.label_step}, "
                f"{self.name} receives them at {self.label_step}: give the former "
                f"label_step={self.label_step}"
            )


def _sends_every_step(process: AbstractProcess) -> bool:
    """Return whether it is one of Lava's own Processes, which send a message in every step."""
    return type(process).__module__.split(".")[0] == "lava"
