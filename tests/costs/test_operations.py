"""Operations and energy: tables B.3, B.4 and 3.2 by hand, measured activity, sums."""

from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import given
from random_networks import networks

from lava_intsnn import data, presets
from lava_intsnn.costs import paper_tables
from lava_intsnn.costs.activity import (
    Activity,
    LayerActivity,
    full_activity,
    measured_activity,
    paper_activity,
)
from lava_intsnn.costs.energy import cost, energy
from lava_intsnn.costs.ledger import KINDS, Operation
from lava_intsnn.costs.operations import operations
from lava_intsnn.costs.operations_check import table_3_2
from lava_intsnn.network import NetworkError, frozen
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference import encode, forward
from lava_intsnn.state import initial_state

I, H, B, O, T = 175, 256, 128, 20, 10  # noqa: E741
#: Different everywhere, so that no coefficient can stand for another.
HIDDEN = LayerActivity(
    inputs=0.5, weights=0.9, spikes=0.3, recurrent=0.8, recurrent_weights=0.7, gates=0.6, traces=0.4
)
OUTPUT = LayerActivity(inputs=0.3, weights=0.95, spikes=0.1, gates=0.2)
ACTIVITY = Activity(layers=(HIDDEN, OUTPUT), source="made up")


def counted(accounting, floating=False, network=None):
    return operations(
        network or presets.shd_rsnn(), ACTIVITY, accounting=accounting, floating=floating
    )


def near(found, expected):
    assert {k: v for k, v in found.items() if v} == pytest.approx(
        {k: v for k, v in expected.items() if v}
    )


def test_table_b3_by_hand():
    hidden = counted("paper").sections()["hidden forward"]
    loops = 0.7 * 0.8
    near(
        hidden,
        {
            "MUL": T * B * H * (0.45 * I + loops * H),
            "ADD": T
            * B
            * (H * (0.45 * (I - 1) + loops * (H - 1)) + 0.9 * H * (0.5 + 0.8) + H + 0.5 * I + H),
            "SHIFT": T * B * (0.45 * H + loops * H + H + I),
            "B-MUL": T * 2 * B * H,
            "CMP": T * 2 * B * H,
            "ABS": T * B * H,
        },
    )
    a = 0.95 * 0.3
    near(
        counted("paper", floating=True).sections()["output forward"],
        {
            "MUL": T * B * O * (a * H + 1),
            "ADD": T * B * (O * a * (H - 1) + O * a + O + 0.3 * H + O + 0.1 * O),
            "B-MUL": T * 2 * B * O,
            "CMP": T * 2 * B * O,
            "ABS": T * B * O,
        },
    )


def test_table_b4_by_hand():
    integer, floating = counted("paper").sections(), counted("paper", floating=True).sections()
    near(integer["error"], {"MUL": 0.1 * B * O, "SHIFT": B * O, "ADD": B})
    near(floating["error"], {"EXP": 0.1 * B * O, "MUL": B * O, "ADD": B * O + B})
    near(
        integer["output update"],
        {"MUL": B * O, "ADD": (B - 1) * O + 2 * O * H, "SHIFT": (2 + 0.95) * O * H},
    )
    near(
        floating["hidden update"],
        {"MUL": H * O + B * H + 2 * H * I, "ADD": H * (O - 1) + (B - 1) * H + 2 * H * I},
    )


def test_every_figure_of_table_3_2_is_its_formula_with_activity_1():
    lines = table_3_2(presets.shd_rsnn())
    assert len(lines) > 50
    assert [x for x in lines if not x.adds_up] == []
    printed = sum(sum(s.values()) for b in paper_tables.OPERATIONS.values() for s in b.values())
    assert sum(x.printed for x in lines) == printed  # none left out
    off = [x for x in lines if int(x.coefficients) != x.printed]
    assert off, "with the printed 0.9999 figures differ"
    assert all(abs(x.coefficients / x.printed - 1) < 2e-4 for x in off)
    assert all(x.reasons for x in lines if abs(x.exact - x.coefficients) > 1e-4 * x.exact + 1)


def test_the_captions_of_table_3_2_are_swapped():
    as_captioned = operations(
        presets.shd_rsnn(),
        paper_activity(presets.shd_rsnn(), floating=True, weights=1.0),
        accounting="paper",
        floating=True,
    ).total()
    printed = paper_tables.OPERATIONS
    assert int(as_captioned["MUL"]) == printed["Integer-only"]["total"]["MUL"]
    assert printed["Floating point"]["total"]["SHIFT"] > 0 == as_captioned["SHIFT"]


def test_exact_counts_products_per_synapse_and_sample():
    sections = counted("exact").sections()
    assert sections["output update"]["MUL"] == B * O * H
    assert sections["hidden update"]["MUL"] == B * H * (I + O)
    forward_ = sections["hidden forward"]
    assert forward_["MUL"] == pytest.approx(
        0.45 * T * B * H * I + 0.56 * (T - 1) * B * H * H
    )  # recurrent input is 0 at the first step
    assert forward_["B-MUL"] == pytest.approx(T * B * H * (0.6 * 0.4 * I + 1))
    assert sections["output forward"]["MUL"] == 0  # its inputs are spikes
    assert counted("exact", floating=True).total()["SHIFT"] == 0


@family(40)
@given(network=networks())
def test_totals_are_the_sums_of_their_lines(network):
    for accounting in ("paper", "exact"):
        for floating in (False, True):
            found = operations(
                network, full_activity(network), accounting=accounting, floating=floating
            )
            sections = found.sections().values()
            for kind in KINDS:
                assert found.total()[kind] == pytest.approx(sum(s[kind] for s in sections))
            assert all(x.count > 0 and x.kind in KINDS for x in found.lines)
            assert all(x.widths and min(x.widths) > 0 for x in found.lines)
            if floating:
                assert all(x.widths in ((1,), (32,), (32, 32)) for x in found.lines)


def test_less_activity_is_never_more_work():
    network = presets.mnist_csnn()
    full = operations(network, full_activity(network)).total()
    half = Activity(layers=(LayerActivity(inputs=0.5, spikes=0.5, gates=0.5),) * 2, source="")
    less = operations(network, half).total()
    assert all(less[kind] <= full[kind] for kind in KINDS)
    assert less["ADD"] < full["ADD"]


# --- activity -------------------------------------------------------------------------------------


def test_measured_activity_counts_what_the_reference_does():
    network = presets.digits_snn()
    state, digits = initial_state(network, 3), data.digits("train").head(6)
    found = measured_activity(network, state, digits)
    w = [state.w(network, k).astype(np.int64) for k in (0, 1)]
    spikes, gates, inputs, traces = [], [], [], []
    for image, key in zip(digits.images, eval_keys(3, 6)):
        x = encode(network.encoder, image, key=key, steps=network.steps)
        hidden = forward(network, w, x)[0]
        inputs.append((x > 0).mean())
        spikes.append(hidden.s.mean())
        gates.append(hidden.g.mean())
        traces.append(np.mean([(t != 0).mean() for t in hidden.t_pre]))
    first, second = found.layers
    assert first.inputs == pytest.approx(np.mean(inputs))
    assert first.spikes == second.inputs == pytest.approx(np.mean(spikes))
    assert first.gates == pytest.approx(np.mean(gates))
    assert first.traces == pytest.approx(np.mean(traces))
    assert first.weights == np.count_nonzero(w[0]) / w[0].size
    assert 0 < first.inputs < 1
    assert "6 samples" in found.source


def test_activity_is_not_measured_on_other_data():
    network = presets.mnist_snn()
    with pytest.raises(NetworkError, match="data set 'digits' has 64 values"):
        measured_activity(network, initial_state(network), data.digits("train").head(2))


def test_recurrent_input_is_measured_where_it_is_read():
    network = replace(presets.fsdd_rsnn(), steps=4)
    rng = np.random.default_rng(0)
    frames = data.Dataset(
        name="noise",
        images=rng.integers(0, 30, (2, network.n_values)).astype(np.uint8),
        labels=np.zeros(2, np.int32),
        n_classes=10,
        image_shape=(4, 175),
        split="train",
    )
    layer = measured_activity(network, initial_state(network), frames).layers[0]
    assert 0.5 < layer.recurrent <= 0.75  # 0 at the first of 4 steps
    assert layer.recurrent_weights > 0.9


def test_the_papers_coefficients_and_their_bounds():
    hidden, output = paper_activity(presets.shd_rsnn()).layers
    assert (hidden.inputs, hidden.spikes, output.inputs) == (0.5496, 0.3047, 0.3047)
    assert paper_activity(presets.mnist_snn(), floating=True).layers[1].spikes == 0.1503
    assert paper_activity(presets.digits_snn()) is None
    with pytest.raises(NetworkError, match="integer"):
        measured_activity(
            presets.digits_snn(precision="fp32"),
            initial_state(presets.digits_snn(precision="fp32")),
            data.digits("train").head(1),
        )


# --- energy ---------------------------------------------------------------------------------------


def one(kind, *widths):
    return Operation(section="", element="", kind=kind, formula="", count=1, widths=widths)


@pytest.mark.parametrize(
    ("operation", "prices"),
    [
        (one("MUL", 8, 8), (0.2, 0.2, 0.2, 3.7)),
        (one("MUL", 8, 16), (0.2, 0.43, 3.1, 3.7)),
        (one("MUL", 32, 32), (0.2, 3.1, 3.1, 3.7)),  # 16 products of bytes would cost 3.65
        (one("MUL", 39, 8), (0.2, 1.12, 6.2, 3.7)),
        (one("ADD", 8), (0.03, 0.03, 0.03, 0.9)),
        (one("ADD", 17), (0.03, 0.09, 0.1, 0.9)),
        (one("ADD", 39), (0.03, 0.15, 0.2, 0.9)),
        (one("SHIFT", 24), (0.024, 0.072, 0.13, 0.0)),
        (one("CMP", 8), (0, 0, 0, 0)),
        (one("B-MUL", 8), (0, 0, 0, 0)),
    ],
)
def test_prices(operation, prices):
    mappings = ("8-bit", "composed", "rounded up", None)
    assert [cost(operation, m) for m in mappings] == pytest.approx(prices)


@pytest.mark.parametrize("accounting", ["paper", "exact"])
def test_energy_is_price_times_count(accounting):
    integer, floating = counted(accounting), counted(accounting, floating=True)
    found = energy(integer, floating)
    totals = integer.total()
    low = 0.03 * totals["ADD"] + 0.2 * totals["MUL"] + 0.024 * totals["SHIFT"]
    assert found.integer["8-bit"] == pytest.approx(low)
    totals = floating.total()
    assert found.floating == pytest.approx(0.9 * totals["ADD"] + 3.7 * totals["MUL"])
    assert found.integer["8-bit"] < found.integer["composed"] < found.integer["rounded up"]
    assert found.ratios["8-bit"] > 10 > found.ratios["rounded up"] > 1
    for k, name in enumerate(found.integer):
        assert found.integer[name] == pytest.approx(sum(s[k] for s in found.sections.values()))


def test_energy_compares_like_with_like():
    with pytest.raises(ValueError, match="one network"):
        energy(counted("paper"), counted("exact", floating=True))


def test_frozen_layers_have_no_traces_and_no_updates():
    network = frozen(presets.mnist_csnn(), [0])
    lines = operations(network, full_activity(network)).lines
    conv = {line.element for line in lines if line.section.startswith("hidden")}
    assert conv == {"synaptic sum", "potential, decay", "potential, reset", "potential, saturation",
                    "spike"}  # fmt: skip
    every = operations(presets.mnist_csnn(), full_activity(presets.mnist_csnn())).lines
    head = [line for line in every if line.section.startswith("output")]
    assert [line for line in lines if line.section.startswith("output")] == head
