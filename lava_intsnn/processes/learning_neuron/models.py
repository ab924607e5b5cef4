"""ProcessModel of :class:`~lava_intsnn.processes.learning_neuron.process.LearningNeuron`."""

from typing import Any

from lava_intsnn.loihi.learning_engine.tick_schedule import Moment
from lava_intsnn.proc_models.three_factor.traced_neurons import LearningNeurons
from lava_intsnn.processes.learning_model import LearningNeuronsModel
from lava_intsnn.processes.learning_neuron.process import LearningNeuron
from lava_intsnn.processes.model_of import model_of


@model_of(LearningNeuron, "bit_approximate_loihi", "fixed_pt")
class PyLearningNeuronModel(LearningNeuronsModel):
    """Hidden neurons, with the same bits as the reference."""

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.fb_shift, self.v_fb_bits = proc_params["fb_shift"], proc_params["v_fb_bits"]
        self.core = LearningNeurons(
            proc_params["neuron"],
            proc_params["shape"][0],
            self.schedule,
            gate=proc_params["gate"],
            clear=proc_params["clear"],
            split=proc_params["split"],
        )

    def before_tick(self, now: Moment) -> None:
        """Receive the feedback, which Lava's Dense sends in every tick."""
        total = self.a_third_factor_in.recv()
        if now.first and now.step == self.schedule.learning_step:
            self.core.receive_error(total, fb_shift=self.fb_shift, v_fb_bits=self.v_fb_bits)
