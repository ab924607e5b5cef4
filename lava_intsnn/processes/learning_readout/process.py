"""`LearningReadout`, a Lava Process of output neurons with counts, labels and error."""

from __future__ import annotations

from typing import Any

from lava.magma.core.process.ports.ports import OutPort

from lava_intsnn.network import Network
from lava_intsnn.proc_models.shared_memory import ResultMemory
from lava_intsnn.processes.declared_var import ResultVar
from lava_intsnn.processes.learning_population import LearningPopulation


class LearningReadout(LearningPopulation):
    """Output neurons behind a LearningDense, which count their spikes and compute the error.

    Ports
    -----
    a_in : (O,)
        Synaptic sums.
    a_third_factor_in : (O,)
        The label, one message per sample, at the second tick of the output's last step: 0 for no
        learning, 1 for another class, 2 for this class.
    s_out : (O,)
        Binary spikes.
    e_out : (O,)
        The error as a graded spike for the feedback synapses, once per sample, otherwise 0.
    s_out_y1, s_out_y2, s_out_y3 : (O,)
        As in :class:`~lava_intsnn.processes.learning_neuron.process.LearningNeuron`.

    Vars
    ----
    v, y1, y2, y3, count (O,).

    Parameters
    ----------
    network : Network
        The Process has its last layer, its loss and its T.
    slots : int
        Number of samples of which :attr:`results` keeps counts and potentials: sample q in slot
        ``q % slots``. The host computes predictions.
    **options
        See :class:`~lava_intsnn.processes.learning_population.LearningPopulation`.
    """

    def __init__(self, *, network: Network, slots: int = 1, **options: Any) -> None:
        shape = (network.n_classes,)
        self.results = ResultMemory.empty(slots, 1, network.n_classes)
        super().__init__(shape=shape, network=network, results=self.results, **options)
        self.e_out = OutPort(shape=shape)
        self.count = ResultVar(shape=shape)
