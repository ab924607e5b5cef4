"""A healthy session: runs, Vars, the choice of models."""

import gc
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from lava.magma.compiler.channels.pypychannel import CspSendPort
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava_processes.broken.process import Orphan
from runtime_support import children, network, opened

from lava_intsnn.runtime import (
    ModelSelectionError,
    ProcessModelError,
    Session,
    SessionError,
    VarError,
)

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

# ---- a healthy network


def test_runs_and_adds_up(clean):
    source, sink = network()
    with opened(source) as run:
        run.run(4)
        np.testing.assert_array_equal(run.get(sink.total), [10] * 4)
        run.run(1)
        np.testing.assert_array_equal(run.get(sink.total), [15] * 4)
    assert run.closed


def test_a_system_is_entered_at_its_entry_or_first_process(clean):
    for kind in ("entry", "processes"):
        source, sink = network()
        parts = {"entry": sink} if kind == "entry" else {"processes": (source, sink)}
        with opened(SimpleNamespace(**parts)) as run:
            run.run(2)
            assert run.get(sink.total)[0] == 3


@pytest.mark.parametrize("system", [None, 3, SimpleNamespace(processes=())])
def test_a_system_without_process_is_refused(system):
    with pytest.raises(TypeError, match="must be a Lava Process"):
        opened(system)


def test_lavas_own_calls_are_protected_too(clean):
    source, sink = network("raise", at=5)
    with pytest.raises(ProcessModelError, match="the membrane burst"), opened(source):  # noqa: PT012
        source.run(RunSteps(num_steps=2))
        assert sink.total.get()[0] == 3
        source.run(RunSteps(num_steps=9, blocking=False))
        source.wait()


def test_a_run_can_be_paused_by_a_model(clean):
    source, sink = network("pause", at=3)
    with opened(source) as run:
        run.run(5)
        assert run.get(sink.total)[0] == 1 + 2 + 3
        run.run(2)
        assert run.get(sink.total)[0] == 1 + 2 + 3 + 4 + 5


@pytest.mark.slow
def test_many_sessions_do_not_add_up():
    def once():
        source, _ = network(width=400_000)
        with opened(source) as run:
            run.run(2)

    def resources():
        gc.collect()
        return (
            len(children()),
            threading.active_count(),
            len(os.listdir("/proc/self/fd")),
            int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
        )

    for _ in range(3):
        once()
    before = resources()
    for _ in range(20):
        once()
    after = resources()
    assert after[0] <= before[0]
    assert after[1] <= before[1]
    assert after[2] <= before[2] + 1
    # one session's weights take 9.6 MB: 20 of them kept would be 192 MB, the allocator keeps some
    assert after[3] - before[3] < 96e6


# ---- Vars


def test_a_var_keeps_its_type_and_value(clean):
    source, _ = network()
    weights = np.array([[-32768, 32767, 0, 1]] * 3)
    with opened(source) as run:
        assert run.get(source.weights).dtype == np.int16
        np.testing.assert_array_equal(run.get(source.weights), np.arange(12).reshape(3, 4))
        run.set(source.weights, weights)
        run.set(source.scalar, 11)
        run.set(source.fraction, 0.1)
        run.set(source.text, "world")
        run.run(1)
        np.testing.assert_array_equal(run.get(source.weights), weights)
        assert run.get(source.scalar).tolist() == [11]
        assert run.get(source.fraction).tolist() == [0.1]
        assert run.get(source.text) == "world"


def test_a_large_var_travels_in_one_piece(clean, monkeypatch):
    """Lava's own way sends a message for every element, which takes about 10 s here."""
    source, _ = network(width=100_000)
    weights = np.random.default_rng(0).integers(-32768, 32768, size=(3, 100_000))
    sent, send = [], CspSendPort.send
    with opened(source) as run:
        monkeypatch.setattr(CspSendPort, "send", lambda *args: sent.append(0) or send(*args))
        run.set(source.weights, weights)
        np.testing.assert_array_equal(run.get(source.weights), weights)
    assert 0 < len(sent) < 20


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.full((3, 4), 32768), r"32768 is not an integer within -32768..32767 \(int16\)"),
        (np.full((3, 4), 0.5), "0.5 is not an integer"),
        (np.zeros((2, 2)), r"holds \(3, 4\), got 4 value"),
    ],
)
def test_a_value_the_var_cannot_hold_is_refused_and_the_session_goes_on(clean, value, message):
    source, sink = network()
    with opened(source) as run:
        with pytest.raises(VarError, match=message):
            run.set(source.weights, value)
        np.testing.assert_array_equal(run.get(source.weights), np.arange(12).reshape(3, 4))
        run.run(2)
        assert run.get(sink.total)[0] == 3


def test_a_foreign_var_is_refused(clean):
    source, _ = network()
    stranger, _ = network()
    with opened(source) as run, pytest.raises(SessionError, match="does not belong"):
        run.get(stranger.weights)


def test_a_model_that_raises_on_a_new_value_is_reported(clean):
    source, _ = network("update")
    with pytest.raises(ProcessModelError, match="the update burst"), opened(source) as run:  # noqa: PT012
        run.set(source.scalar, 3)
        run.run(1)


# ---- choosing models


def test_a_missing_tag_names_process_tag_and_choice(clean):
    source, _ = network()
    with pytest.raises(ModelSelectionError) as raised:
        Session(source, Loihi2SimCfg(select_tag="microcode")).open()
    for word in ("'source'", "'microcode'", "PySourceModel (tags: fixed_pt)", "'sink'"):
        assert word in str(raised.value)


@pytest.mark.filterwarnings("ignore:Cannot import module")
def test_models_that_cannot_be_imported_say_why(clean):
    with pytest.raises(ModelSelectionError, match="the missing dependency"):
        opened(Orphan(name="orphan")).open()


# ---- dropped sessions


def test_a_dropped_session_ends_its_processes(clean):
    before = children()
    source, _ = network()
    run = opened(source).open()
    run.run(1)
    del run
    assert children() <= before
    with pytest.raises(SessionError, match="nothing referred to it any more"):
        source.run(RunSteps(num_steps=1))


def test_a_session_that_only_a_traceback_keeps_ends_with_it(clean):
    def cell():
        run = opened(network()[0]).open()
        run.run(1)
        raise KeyError("the next line of a notebook's cell")

    before = children()
    with pytest.raises(KeyError) as kept:
        cell()
    assert children() > before
    del kept
    gc.collect()
    assert children() <= before


def test_the_next_session_ends_one_that_was_dropped_in_a_circle(clean):
    before = children()
    circle = [opened(network()[0]).open()]
    circle.append(circle)
    gc.disable()
    try:
        del circle
        dropped = children() - before
        with opened(network()[0]) as run:
            assert dropped
            assert not dropped & children()
            run.run(1)
    finally:
        gc.enable()
