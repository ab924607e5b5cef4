"""Everything at once: networks that combine what other tests try one by one."""

from dataclasses import replace

import numpy as np
import pytest
from equal_chip import assert_the_chip_learns
from equal_executor import assert_learns_the_reference
from equal_training import assert_equal_training
from families import family
from hypothesis import HealthCheck, Phase, assume, given
from random_combinations import combined_cases, legal_combined_cases, with_any_delays
from same_bits import assert_same_results, assert_same_state

import lava_intsnn as ls
from lava_intsnn import loihi, reference
from lava_intsnn.costs.activity import full_activity
from lava_intsnn.costs.memory import memory
from lava_intsnn.costs.operations import operations
from lava_intsnn.engine import Engine
from lava_intsnn.floating import FloatEngine
from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.formats.nir import export_nir, import_nir
from lava_intsnn.loihi import LegalityError
from lava_intsnn.network import Network
from lava_intsnn.reference.recording import used_widths
from lava_intsnn.state import initial_state
from lava_intsnn.systems.network_session import session
from lava_intsnn.systems.network_system import build

# isort: split
from lava.magma.core.run_configs import Loihi2SimCfg

FILTERS = {"suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much]}
#: Shrinking takes minutes where Lava runs.
LAVA = {**FILTERS, "phases": [Phase.reuse, Phase.generate], "print_blob": True}


@given(combined_cases(max_steps=12))
@family(400, quick=12, **FILTERS)
def test_the_engine_learns_the_same_bits(case):
    for threads in (1, 2):
        assert_equal_training(case, threads=threads, form="auto")


@given(combined_cases(max_steps=12))
@family(200, quick=6, **FILTERS)
def test_one_by_one_the_engine_learns_the_same_bits(case):
    """States read on the way stay what they were, however small a layer is."""
    expected, kept = [case.state], []
    with Engine(case.network, case.state, threads=2) as engine:
        for k in range(len(case.images)):
            one = case.images[k : k + 1], case.labels[k : k + 1], case.keys[k : k + 1]
            expected.append(reference.train_batch(case.network, expected[-1], *one)[0])
            kept.append(engine.state())
            engine.train_online(*one)
        kept.append(engine.state())
    for mine, state in zip(kept, expected, strict=True):
        assert_same_state(mine, state)
        assert mine.equals(state)


@given(combined_cases(max_steps=12))
@family(200, quick=6, **FILTERS)
def test_no_value_leaves_the_bound_that_is_proven(case):
    table = {(row.layer, row.state): row for row in case.network.check().table}
    for used in used_widths(case.network, case.state, case.images, case.labels):
        assert max(used.high, -used.low) <= table[used.layer, used.state].bound, used
        assert used.used <= used.declared, used


@given(combined_cases(max_steps=12))
@family(200, quick=6, **FILTERS)
def test_files_reports_and_the_float_twin(tmp_path_factory, case):
    network, path = case.network, tmp_path_factory.mktemp("combined") / "a.npz"
    assert Network.from_json(network.to_json()) == network
    ls.save(path, network, case.state)
    loaded = ls.load(path)
    assert loaded.network == network
    assert loaded.state.equals(case.state)
    assert memory(network).total()[0] > 0
    assert operations(network, full_activity(network)).lines
    feedback = replace(network.feedback, weights="transposed")
    precision = replace(network.precision, floating=True)
    twin = replace(network, precision=precision, feedback=feedback)
    weights = tuple(w.astype(np.float32) for w in case.state.weights)
    delays = tuple(
        d if d is None or layer.delay_lr_shift is None else d.astype(np.float32)
        for layer, d in zip(twin.all_layers, case.state.delays)
    )
    part = slice(0, network.batch)
    with FloatEngine(twin, replace(case.state, weights=weights, delays=delays)) as engine:
        engine.train_batch(case.images[part], case.labels[part], case.keys[part])
        engine.state().validate(twin)


@given(combined_cases(max_steps=6, most=2))
@family(200, quick=10, **FILTERS)
def test_nir_gives_a_network_back_or_says_why_not(tmp_path_factory, case):
    pytest.importorskip("nir", reason="nir is not installed (extra: nir)")
    path = tmp_path_factory.mktemp("combined") / "a.nir"
    try:
        export_nir(case.network, case.state, path)
    except ExchangeError:
        return
    network, state = import_nir(path)
    assert network == case.network
    assert state.equals(case.state)


@given(combined_cases(max_steps=8, most=6))
@family(100, quick=3, **LAVA)
def test_lava_learns_the_same_bits(case):
    other = with_any_delays(replace(case, state=initial_state(case.network, case.state.seed + 1)))
    other = replace(other, state=replace(other.state, seed=case.state.seed))
    with session(build(case.network, case.state, capacity=64), timeout=600) as lava:
        assert_learns_the_reference(case, lava)
        lava.load(other.state)
        assert_learns_the_reference(other, lava)


@given(combined_cases(max_steps=8, most=4))
@family(200, quick=5, **FILTERS)
def test_the_chip_runs_the_same_bits_or_says_why_not(case):
    network = loihi.nearest_legal(case.network, target="loihi2", learning=False)
    same = [layer.weight_shape for layer in network.layers]
    assume(same == [layer.weight_shape for layer in case.network.layers])
    state = with_any_delays(replace(case, network=network, state=initial_state(network, 1))).state
    if loihi.check(network, target="loihi2", learning=False):
        with pytest.raises(LegalityError):
            loihi.compile(network, state, learning=False)
        return
    image = loihi.compile(network, state, learning=False)
    with loihi.VirtualChip(image, network=network, seed=1, updates=0, batch=2) as chip:
        oracle = reference.infer_batch(network, state, case.images, case.keys)
        assert_same_results(chip.infer_batch(case.images, case.keys), oracle)


@given(legal_combined_cases(max_size=10))
@family(200, quick=6, **FILTERS)
def test_the_chip_learns_the_same_bits(case):
    assume(any(layer.plastic for layer in case.network.layers))
    case = replace(case, lr_boost=0)
    assert_the_chip_learns(case)


@given(legal_combined_cases(max_size=8, max_steps=6))
@family(50, quick=1, **LAVA)
def test_microcode_in_lava_learns_the_same_bits(case):
    assume(any(layer.plastic for layer in case.network.layers))
    case = replace(case, lr_boost=0)
    microcode = Loihi2SimCfg(select_tag="microcode")
    with session(build(case.network, case.state, capacity=64), microcode, timeout=600) as lava:
        assert_learns_the_reference(case, lava)
