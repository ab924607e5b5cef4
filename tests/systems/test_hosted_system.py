"""Host and network exchange messages alone: the engine's bits, and nothing in shared memory."""

import numpy as np
import pytest
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import Dense

from lava_intsnn import data, presets
from lava_intsnn.engine import Engine
from lava_intsnn.loihi.core_schedule import CoreSchedule
from lava_intsnn.network import NetworkError
from lava_intsnn.proc_models.host_timing import HostTiming
from lava_intsnn.processes.spikes_in.process import SpikesIn
from lava_intsnn.processes.spikes_out.process import SpikesOut
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference import encode
from lava_intsnn.runtime import SessionError
from lava_intsnn.state import initial_state
from lava_intsnn.systems.hosted_system import HostedRun, build_hosted
from lava_intsnn.systems.network_session import session

NET = presets.digits_snn_loihi()
DIGITS = data.digits("test").head(3)
KEYS = eval_keys(2, 3)
SPIKES = [encode(NET.encoder, i, key=k, steps=NET.steps) for i, k in zip(DIGITS.images, KEYS)]


@pytest.mark.parametrize("tag", ["microcode", "fixed_pt"])
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "Lava's own runtime"])
def test_spikes_and_weights_are_those_of_the_engine(tag, guarded):
    state, cfg = initial_state(NET, 2), Loihi2SimCfg(select_tag=tag)
    with Engine(NET, state, threads=1) as engine:
        expected = engine.infer_batch(DIGITS.images, KEYS)
        engine.train_online(DIGITS.images, DIGITS.labels, KEYS)
        learned = engine.state()
    system = build_hosted(NET, state)
    with HostedRun(system, cfg, guarded=guarded) as run:
        seen = [run.show(spikes) for spikes in SPIKES[:1]]  # no label: nothing is learned
        np.testing.assert_array_equal(seen[0].sum(axis=0), expected.counts[0])
        for mine, w in zip(run.weights(), state.weights):
            np.testing.assert_array_equal(mine, w)
    with HostedRun(build_hosted(NET, state), cfg, guarded=guarded) as run:
        for spikes, label in zip(SPIKES, DIGITS.labels):
            run.show(spikes, int(label))
        for mine, w in zip(run.weights(), learned.weights):
            np.testing.assert_array_equal(mine, w)


def test_without_learning_there_are_no_labels():
    system = build_hosted(NET, initial_state(NET, 2), learning=False)
    assert system.labels_in is None
    run = HostedRun(system)
    with pytest.raises(SessionError, match="label = 3: the system does not learn"):
        run.show(SPIKES[0], 3)
    with pytest.raises(SessionError, match="spikes_in has no channel to the host yet"):
        run.show(SPIKES[0])
    with pytest.raises(ValueError, match=r"of shape \(2, 64\): must be \(20, 64\)"):
        system.spikes_in.send(SPIKES[0][:2])
    with pytest.raises(ValueError, match="integers in 0..255"):
        system.spikes_in.send(SPIKES[0] / 2)


def test_the_timing_of_cores_is_that_of_their_schedule():
    for learning in (False, True):
        timing = HostTiming.of_cores(NET, learning=learning)
        schedule = CoreSchedule.of(NET, learning=learning)
        assert (timing.period, timing.first_out) == (schedule.period, 1)
        assert timing.first_out + timing.steps - 1 == schedule.end
    assert HostTiming.of_simulator(NET).period == NET.steps
    with pytest.raises(NetworkError, match="first_out = 2: must be an integer in 0..1"):
        HostTiming(steps=3, period=4, first_out=2)


def test_samples_arrive_whole_through_layers_that_are_late():
    """Two of Lava's Dense, each a step late, as layers on cores are."""
    timing = HostTiming(steps=4, period=7, first_out=2)
    first, last = SpikesIn(n_in=5, timing=timing), SpikesOut(n_out=5, timing=timing)
    one, two = (Dense(weights=np.eye(5) * 2, weight_exp=-1, num_message_bits=8) for _ in range(2))
    first.s_out.connect(one.s_in)
    one.a_out.connect(two.s_in)
    two.a_out.connect(last.s_in)
    rng = np.random.default_rng(0)
    with session(first, Loihi2SimCfg(select_tag="fixed_pt"), timeout=600) as run:
        for _ in range(3):
            sample = rng.integers(0, 2, (4, 5))
            first.send(sample)
            run.run(timing.period)
            np.testing.assert_array_equal(last.receive(), sample)
