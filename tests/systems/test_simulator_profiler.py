"""Lava's Profiler of the simulator: what `loihi.profile` counts on the virtual chip."""

import numpy as np
import pytest
from lava.magma.core.run_configs import Loihi2SimCfg

import lava_intsnn as ls
from lava_intsnn import loihi, presets
from lava_intsnn.processes import IntDense, IntReadout, SpikeEncoder
from lava_intsnn.runtime import SessionError
from lava_intsnn.state import initial_state

SimulatorProfiler = loihi.profiling.SimulatorProfiler  # registers itself with Lava

from lava.utils.profiler import Profiler  # noqa: E402

NET = presets.digits_snn_loihi()
DIGITS = ls.data.digits("test").head(4)


def microcode():
    return Loihi2SimCfg(select_tag="microcode")


@pytest.fixture(scope="module")
def profiled():
    """A profiler after inference of four digits and learning of the same, and the state before."""
    state, cfg = initial_state(NET, 2), microcode()
    profiler = Profiler.init(cfg)
    profiler.execution_time_probe(num_steps=500)
    profiler.energy_probe(num_steps=300)
    profiler.activity_probe()
    profiler.memory_probe()
    with ls.session(ls.build(NET, state, learning=True), cfg) as run:
        run.evaluate(DIGITS.images, DIGITS.labels)
        recipe = ls.Recipe(epochs=1, lr_drops=())
        run.fit(DIGITS.images, DIGITS.labels, recipe=recipe, progress=False)
    return profiler, state


def test_lava_finds_the_profiler_of_the_simulator():
    assert isinstance(Profiler.init(microcode()), SimulatorProfiler)
    with pytest.raises(ValueError, match="select_tag = 'fixed_pt': only models with the tag 'micr"):
        Profiler.init(Loihi2SimCfg(select_tag="fixed_pt"))


def test_counts_are_those_of_the_chip(profiled):
    profiler, state = profiled
    assert profiler.num_steps == 2 * 4 * NET.steps
    half = 4 * NET.steps
    chip = loihi.profile(NET, state, DIGITS)
    for kind in ("spikes", "synaptic_ops", "active_updates", "instructions"):
        found = profiler.activity(kind)[:half].sum(axis=0)
        np.testing.assert_array_equal(found, chip.of(kind).sum(axis=(0, 1)), err_msg=kind)
    hidden = profiler.activity("synaptic_ops")[: NET.steps, 0]
    np.testing.assert_array_equal(hidden, chip.of("synaptic_ops")[0, : NET.steps, 0])
    learned = profiler.activity("weight_updates").reshape(8, NET.steps, 2)
    assert not learned[:, :-1].any()  # only in the last step of a sample
    assert (learned[4:, -1] > 0).all()
    assert not learned[:4].any()


def test_times_and_energies_add_up(profiled):
    profiler, _ = profiled
    steps = profiler.num_steps
    assert profiler.execution_time.shape == profiler.energy.shape == (steps,)
    low, value, high = profiler.execution_time_range()
    assert ((low < value) & (value < high)).all()
    total, dynamic, static, *rails = profiler.energy_breakdown()
    assert total == pytest.approx(profiler.energy.sum())
    assert dynamic == pytest.approx(profiler.dynamic_energy.sum())
    assert static == pytest.approx(profiler.static_energy.sum())
    assert np.isnan(rails).all()
    assert len(rails) == 3
    watts = profiler.power_breakdown()
    assert watts[0] == pytest.approx(total / profiler.total_execution_time)
    assert watts[2] == pytest.approx(profiler.static_power)
    np.testing.assert_allclose(profiler.power, profiler.dynamic_power + profiler.static_power)
    np.testing.assert_array_equal(profiler.memory, [core.bytes for core in profiler.cores])


def test_it_draws(profiled):
    profiler, _ = profiled
    for draw in ("execution_time", "energy", "power", "activity"):
        axes = getattr(profiler, f"plot_{draw}")()
        assert len(axes.get_lines()[0].get_ydata()) == profiler.num_steps
    assert profiler.plot_energy(axes) is axes


def test_no_more_steps_are_kept_than_the_probe_asked_for():
    state, cfg = initial_state(NET, 2), microcode()
    profiler = SimulatorProfiler(cfg, target="loihi1")
    with pytest.raises(SessionError, match="no probe was set: call execution_time_probe"):
        _ = profiler.execution_time
    profiler.execution_time_probe(num_steps=7)
    with pytest.raises(SessionError, match="has not been compiled with this profiler's RunConfig"):
        _ = profiler.execution_time
    with ls.session(ls.build(NET, state, learning=False), cfg) as run:
        run.evaluate(DIGITS.images[:1], DIGITS.labels[:1])
        assert len(profiler.execution_time) == 7
        with pytest.raises(SessionError, match="set probes before it runs"):
            profiler.energy_probe()
    assert profiler.num_steps == 7


def test_layers_composed_by_hand_need_their_numbers():
    source = SpikeEncoder(n_in=64, steps=4, batch=1)
    common = {"steps": 4, "batch": 1, "precision": "8-8", "window": 100, "lr_shift": 4}
    hidden = IntDense(shape=(8, 64), vth=60, learning=False, **common)
    readout = IntReadout(shape=(3, 8), vth=60, learning=False, layer_index=3, **common)
    source.s_out.connect(hidden.s_in)
    hidden.s_out.connect(readout.s_in)
    cfg = microcode()
    Profiler.init(cfg).activity_probe()
    with pytest.raises(Exception, match="layer_index of the layers: 0, 3: to be profiled they"):
        ls.session(hidden, cfg).open()
