"""`LearningNeuron`, a Lava Process of hidden neurons behind learning synapses."""

from __future__ import annotations

from typing import Any

from lava_intsnn.network import NeuronKind
from lava_intsnn.processes.learning_population import LearningPopulation


class LearningNeuron(LearningPopulation):
    """Integrate-and-fire neurons that send gate and error to their LearningDense.

    They integrate at the second tick of an epoch, and send their spikes at the first tick of the
    next one.

    Ports
    -----
    a_in : (H,)
        Synaptic sums.
    a_third_factor_in : (H,)
        Sums of the feedback synapses, at the first tick of the epoch in which the layer learns.
    s_out : (H,)
        Binary spikes.
    s_out_y1, s_out_y2, s_out_y3 : (H,)
        Gate, negative feedback voltage, and end of a sample, for the LearningDense; with
        ``split`` gate, negative and positive part of the feedback voltage.
    s_out_bap : (H,)
        The end of a sample, with ``split``. Otherwise no product of the rule depends on it.

    Vars
    ----
    v, y1, y2, y3 (H,).

    Parameters
    ----------
    shape : (int,)
    neuron : NeuronKind
    fb_shift, v_fb_bits : int
        Right shift and width of the feedback voltage.
    **options
        See :class:`~lava_intsnn.processes.learning_population.LearningPopulation`.
    """

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        neuron: NeuronKind,
        fb_shift: int = 0,
        v_fb_bits: int = 8,
        **options: Any,
    ) -> None:
        super().__init__(
            shape=shape, neuron=neuron, fb_shift=fb_shift, v_fb_bits=v_fb_bits, **options
        )
