"""The tables of limits: sources, the page made from them, and what public code says."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from lava_intsnn.loihi.legality.document import markdown
from lava_intsnn.loihi.limits import LOIHI1, LOIHI2, TARGETS, limits_of
from lava_intsnn.loihi.limits.sources import OWN_CHOICE, SOURCES
from lava_intsnn.loihi.microcode.isa import TRACE_BITS
from lava_intsnn.loihi.microcode.sum_of_products import X1_MAX
from lava_intsnn.network import NetworkError
from lava_intsnn.network.dense import MAX_DELAY
from lava_intsnn.network.neuron import GUARD_BITS, GUARDED_STATE_BITS

EVERY = [(chip, name, limit) for chip in TARGETS.values() for name, limit in chip.rows()]


def test_every_number_has_a_source_that_is_listed():
    assert {limit.source for _, _, limit in EVERY} <= set(SOURCES)


def test_a_number_nobody_published_says_so():
    ours = [limit for _, _, limit in EVERY if limit.source == OWN_CHOICE]
    assert ours
    for limit in ours:
        assert "public figure" in limit.note
        assert "our own conservative choice" in limit.note


def test_every_listed_source_is_used():
    said = " ".join(f"{limit.source} {limit.note}" for _, _, limit in EVERY)
    assert [name for name in SOURCES if name not in said] == []


def test_the_page_is_the_tables():
    page = Path(__file__).parents[2] / "docs" / "loihi-limits.md"
    assert page.read_text(encoding="utf-8") == markdown(), (
        "run: python -m lava_intsnn.loihi.legality.document > docs/loihi-limits.md"
    )


def test_tables_are_frozen():
    with pytest.raises(FrozenInstanceError):
        LOIHI2.tag_bits.value = 16
    with pytest.raises(FrozenInstanceError):
        LOIHI2.tag_bits = LOIHI1.tag_bits


def test_an_unknown_target_names_the_known_ones():
    with pytest.raises(NetworkError, match="'loihi3'.*loihi1, loihi2"):
        limits_of("loihi3")
    assert limits_of("loihi1") is LOIHI1


def test_the_other_parts_of_the_package_mean_the_same_numbers():
    assert LOIHI2.delay_max.value == MAX_DELAY
    assert LOIHI2.threshold_exponent.value == GUARD_BITS
    assert LOIHI2.voltage_bits.value == LOIHI2.current_bits.value == GUARDED_STATE_BITS
    assert LOIHI2.third_factor_bits.value == TRACE_BITS
    assert (1 << LOIHI2.x_trace_bits.value) - 1 == X1_MAX


def test_the_engine_is_the_one_lava_simulates():
    constants = pytest.importorskip("lava.magma.core.learning.constants")
    for chip in (LOIHI1, LOIHI2):
        assert chip.weight_bits.value == constants.W_WEIGHTS_U
        assert chip.plastic_weight_bits.value == constants.W_WEIGHTS_S
        assert chip.tag_bits.value == constants.W_TAG_1_S
        assert chip.x_trace_bits.value == chip.y_trace_bits.value == constants.W_TRACE
        assert chip.accumulator_bits.value == constants.W_ACCUMULATOR_S
        assert chip.rule_mantissa_bits.value == constants.W_S_MANT
        assert chip.epoch_max.value == (1 << constants.W_EPOCH_TIME) - 1


def test_the_neuron_is_the_one_lava_simulates():
    models = pytest.importorskip("lava.proc.lif.models")
    lif = models.PyLifModelBitAcc({"shape": (1,)})
    assert LOIHI1.voltage_bits.value == lif.uv_bitwidth
    assert 1 << LOIHI1.decay_bits.value == lif.decay_unity
    assert LOIHI1.threshold_exponent.value == lif.vth_shift


@pytest.mark.parametrize("side", ["min", "max"])
def test_lava_takes_a_scale_at_the_edge_and_none_beyond(side):
    rules = pytest.importorskip("lava.magma.core.learning.learning_rule")
    edge = getattr(LOIHI2, f"rule_exponent_{side}").value
    beyond = edge + (1 if side == "max" else -1)

    def rule(exponent):
        return rules.Loihi3FLearningRule(dw=f"7*2^{exponent}*u0*t*y2")

    rule(edge)
    with pytest.raises(ValueError, match="xponent"):
        rule(beyond)
