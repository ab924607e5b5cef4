"""Vars take what they can hold, and refuse the rest while the network goes on."""

from dataclasses import dataclass

import numpy as np
import pytest

from lava_intsnn.engine.population import Population
from lava_intsnn.network import Neuron, Recurrence
from lava_intsnn.network.neuron import NeuronState
from lava_intsnn.processes import IntDense, IntReadout, SpikeCounter, SpikeEncoder
from lava_intsnn.processes.int_dense.models import PyIntDenseModelFixed
from lava_intsnn.runtime import VarError
from lava_intsnn.systems.network_session import session

# isort: split
from lava.magma.core.run_configs import Loihi2SimCfg

STEPS = 8


def two_layers(**readout):
    """An encoder, a hidden layer and a readout that learn, and a counter."""
    encoder = SpikeEncoder(images=np.full((1, 6), 200, np.uint8), labels=np.array([1]), steps=STEPS)
    hidden = IntDense(
        shape=(3, 6),
        vth=60,
        lr_shift=4,
        steps=STEPS,
        name="hidden",
        recurrence=Recurrence(learned=True, lr_shift=2, source="spikes"),
    )
    above = IntReadout(shape=(2, 3), vth=60, lr_shift=1, steps=STEPS, name="readout", **readout)
    counter = SpikeCounter(shape=(1, 2), steps=STEPS, name="counter")
    encoder.s_out.connect(hidden.s_in)
    hidden.s_out.connect(above.s_in)
    above.s_out.connect(counter.s_in)
    above.fb_out.connect(hidden.fb_in)
    encoder.label_out.connect(above.label_in)
    return hidden, above, counter


def test_values_beyond_a_var_are_refused_and_the_session_lives():
    hidden, readout, counter = two_layers()
    w = np.zeros(hidden.w_shadow.shape, int)
    too_wide, not_whole = w.copy(), w + 0.5
    too_wide[1, 2] = 40000
    refusals = [
        (hidden.w_shadow, too_wide, r"hidden.w_shadow = 40000: must be .* -32767..32767: .*16-8"),
        (hidden.w_shadow, not_whole, r"w_shadow = 0.5: must be an integer"),
        (hidden.vth, [0], r"hidden.vth = 0: must be an integer in 1..8388606"),
        (hidden.vth, [1 << 23], r"vth = 8388608: .*a potential of 24 bits reaches no higher"),
        (hidden.lr_shift, [-1], r"lr_shift = -1: must be an integer in 2..40"),
        (hidden.lr_shift, [1], r"lr_shift = 1: .* that of recurrent weights"),
        (readout.lr_shift, [41], r"lr_shift = 41: must be an integer in 0..40"),
        (hidden.learning, [2], r"learning = 2: must be an integer in 0..1"),
        (hidden.updates, [-1], r"updates = -1"),
        (hidden.w, w, r"hidden.w is a result and cannot be set: set w_shadow"),
        (hidden.v, [[1, 2, 3]], r"hidden.v is a result"),
        (readout.count, [[1, 2]], r"readout.count is a result"),
        (readout.err, [[1, 2]], r"readout.err is a result"),
        (readout.prediction, [1], r"readout.prediction is a result"),
        (counter.count, [[1, 2]], r"counter.count is a result"),
    ]
    with session(hidden, timeout=60) as run:
        run.run(STEPS)
        for var, value, message in refusals:
            before = run.get(var)
            with pytest.raises(VarError, match=message):
                run.set(var, value)
            np.testing.assert_array_equal(run.get(var), before)
        run.run(STEPS)
        assert run.get(readout.updates) == [2]


def test_values_at_the_ends_of_the_ranges_are_taken():
    hidden, readout, _ = two_layers()
    with session(hidden, timeout=60) as run:
        for var, values in (
            (hidden.w_shadow, (-32767, 32767)),
            (hidden.vth, (1, 8388606)),
            (hidden.lr_shift, (2, 40)),
            (readout.lr_shift, (0, 40)),
            (hidden.updates, (5,)),
        ):
            for value in values:
                run.set(var, np.full(var.shape, value))
                assert (run.get(var) == value).all()
        run.run(STEPS)
        assert run.get(hidden.updates) == [6]


def test_learning_is_switched_in_an_order_that_leaves_nobody_waiting():
    hidden, readout, _ = two_layers()
    with session(hidden, timeout=60) as run:
        with pytest.raises(VarError, match="hidden learns and would wait .* hidden.learning to 0"):
            run.set(readout.learning, [0])
        run.set(hidden.learning, [0])
        run.run(20 * STEPS)  # feedback comes, for nothing
        run.set(readout.learning, [0])
        run.run(STEPS)
        with pytest.raises(VarError, match="readout does not learn .* readout.learning to 1 first"):
            run.set(hidden.learning, [1])
        run.set(readout.learning, [1])
        run.set(hidden.learning, [1])
        run.run(STEPS)
        assert [int(run.get(layer.updates)[0]) for layer in (hidden, readout)] == [1, 21]


def test_a_layer_that_receives_no_error_cannot_be_told_to_learn():
    encoder = SpikeEncoder(images=np.zeros((1, 6), np.uint8), steps=STEPS)
    layer = IntDense(shape=(3, 6), vth=60, lr_shift=1, steps=STEPS, learning=False, name="alone")
    encoder.s_out.connect(layer.s_in)
    message = r"alone.learning = 1: alone cannot learn; nothing is connected to its fb_in"
    with session(layer, timeout=60) as run, pytest.raises(VarError, match=message):
        run.set(layer.learning, [1])


def test_floating_point_models_take_any_finite_number():
    encoder = SpikeEncoder(images=np.zeros((1, 6), np.uint8), steps=STEPS)
    layer = IntDense(shape=(3, 6), vth=60, steps=STEPS, learning=False)
    encoder.s_out.connect(layer.s_in)
    with session(layer, Loihi2SimCfg(select_tag="floating_pt"), timeout=60) as run:
        run.set(layer.w_shadow, np.full((3, 6), 40000.5))
        run.set(layer.vth, [0.5])
        assert run.get(layer.vth) == [0.5]
        for var, value in ((layer.vth, 0), (layer.vth, np.nan), (layer.w_shadow, np.inf)):
            with pytest.raises(VarError, match="must be finite"):
                run.set(var, np.full(var.shape, value))


# ---- states beyond the potential


@dataclass(frozen=True, kw_only=True)
class Remembering(Neuron):
    """A neuron with a second state, as an adaptive one has."""

    def states(self, current):
        """Return the potential and what is remembered."""
        return *super().states(current), NeuronState(
            name="remembered", bits=24, policy="saturate", bound=1
        )


def test_a_neuron_with_another_state_has_a_var_for_it(monkeypatch):
    """No Process and no ProcessModel knows the state."""
    shown, start = np.arange(3, dtype=np.int32)[None], Population.start

    def remember(self):
        start(self)
        for state in [self.states[name] for name in self.states if name == "remembered"]:
            state[:] = np.arange(state.shape[1])

    monkeypatch.setattr(Population, "start", remember)
    encoder = SpikeEncoder(images=np.zeros((1, 6), np.uint8), steps=STEPS)
    neuron = Remembering(vth=60, window=120)
    layer = IntDense(shape=(3, 6), neuron=neuron, steps=STEPS, learning=False, name="own")
    plain = IntDense(shape=(3, 3), vth=60, steps=STEPS, learning=False)
    encoder.s_out.connect(layer.s_in)
    layer.s_out.connect(plain.s_in)
    assert not hasattr(plain, "remembered")
    with session(layer, timeout=60) as run:
        run.run(STEPS)
        np.testing.assert_array_equal(run.get(layer.remembered), shown)
        with pytest.raises(VarError, match="own.remembered is a result"):
            run.set(layer.remembered, shown)
    assert not hasattr(PyIntDenseModelFixed, "never_declared")
