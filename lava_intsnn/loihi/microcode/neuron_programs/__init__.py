"""What neurons of each kind run on a core.

A new kind writes one module with its program, made of :mod:`.neuron_steps` where it is like the
others, and has its line in :data:`PROGRAMS`. The compiler takes its states from what the neuron
declares.
"""

from lava_intsnn.loihi.microcode.neuron_programs import (
    alif_program as alif_program,
    cuba_program as cuba_program,
    lif_program as lif_program,
)
from lava_intsnn.loihi.microcode.neuron_programs.neuron_steps import (
    FIRES as FIRES,
    NeuronProgram as NeuronProgram,
)

#: Kind of neuron -> its program.
PROGRAMS: dict[str, NeuronProgram] = {
    "lif": lif_program.PROGRAM,
    "alif": alif_program.PROGRAM,
    "cuba": cuba_program.PROGRAM,
    "adaptive_cuba": cuba_program.ADAPTIVE_PROGRAM,
}
