"""Cost: the figures behind the estimates, their sources, and the page that has both."""

from pathlib import Path

import numpy as np
import pytest
from cost_estimates import dense, estimated, network

from lava_intsnn.costs.activity import Activity, LayerActivity
from lava_intsnn.loihi.cost import FIGURES, SOURCES, Figure
from lava_intsnn.loihi.cost.cost import si
from lava_intsnn.loihi.limits import LOIHI1

DOCS = Path(__file__).parents[2] / "docs" / "loihi-cost.md"


def published():
    """Return our estimates of a network like that of Renner et al. 2024: inference, learning.

    400-400-10, in which each neuron spikes at most once. A quarter of the pixels in the middle of
    MNIST's images are above half; of hidden neurons, of which nothing is published, 30 % spike.
    """
    net = network(dense(400, 400), dense(400, 10), steps=1)
    hidden = LayerActivity(inputs=0.25, traces=0.25, spikes=0.3)
    activity = Activity(
        layers=(hidden, LayerActivity(inputs=0.3, traces=0.3)), source="stated in the text"
    )
    return [estimated(net, LOIHI1, learning=each, activity=activity) for each in (False, True)]


def test_the_documentation_compares_with_what_was_measured():
    text = DOCS.read_text(encoding="utf-8")
    for cost, name, took, energy in zip(
        published(), ("inference", "learning step"), ("170 us", "1.5 ms"), ("2.5 uJ", "590 uJ")
    ):
        cells = [f"{name}, 400-400-10, Loihi 1", took]
        for each in (cost.time, cost.time_bound):
            cells.append(f"{si(each.value, 's')} ({si(each.low, 's')} to {si(each.high, 's')})")
        cells.append(energy)
        for each in (cost.dynamic_energy, cost.static_energy):
            cells.append(f"{si(each.value, 'J')} ({si(each.low, 'J')} to {si(each.high, 'J')})")
        row = f"| {' | '.join(cells)} |"
        assert row in text, row


def test_figures_say_where_they_come_from():
    for figures in FIGURES.values():
        for name, figure in figures.rows():
            assert figure.source in SOURCES, name
            assert figure.note, name
            assert figure.low <= figure.value <= figure.high, name
            assert (figure.basis == "assumed") == (figure.source == "assumed"), name
    assert all("energy" in n for n, f in FIGURES["loihi2"].rows() if f.unit == "J")


def test_the_table_of_davies_2018():
    figures = FIGURES["loihi1"]
    assert {
        name: round(getattr(figures, name).value * 1e12, 3)
        for name in (
            "synaptic_op_energy",
            "active_update_energy",
            "inactive_update_energy",
            "spike_within_energy",
            "learning_update_energy",
        )
    } == {
        "synaptic_op_energy": 23.6,
        "active_update_energy": 81,
        "inactive_update_energy": 52,
        "spike_within_energy": 1.7,
        "learning_update_energy": 120,
    }
    # all pairs of the 8 x 4 tiles: mean distance along each axis
    tiles = [(x, y) for x in range(8) for y in range(4)]
    hops = np.mean([3.0 * abs(a - c) + 4.0 * abs(b - d) for a, b in tiles for c, d in tiles])
    assert figures.spike_between_energy.value * 1e12 == pytest.approx(1.7 + hops)


def test_a_figure_out_of_its_range_is_refused():
    with pytest.raises(ValueError, match="must not decrease"):
        Figure(value=1, low=2, high=3, unit="J", basis="assumed", source="assumed", note="x")


def figure_rows(figures):
    """Return a Markdown table row for each figure."""
    rows = []
    for name, each in figures:
        ends = (si(end, each.unit, digits=3) for end in (each.low, each.value, each.high))
        cells = (name.replace("_", " "), *ends, each.basis, each.source, each.note)
        rows.append(f"| {' | '.join(cells)} |")
    return rows


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_the_documentation_has_every_figure(name):
    text = DOCS.read_text(encoding="utf-8")
    for row in figure_rows(FIGURES[name].rows()):
        assert row in text, row
    for short, source in SOURCES.items():
        assert f"**{short}**: {source}" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 J"),
        (1.44e-6, "1.4 uJ"),
        (23.6e-12, "24 pJ"),
        (3e-14, "0.03 pJ"),
        (1.8e-10, "180 pJ"),
        (9.97e-10, "1 nJ"),
        (999.4, "1000 J"),
        (2.0, "2 J"),
    ],
)
def test_units(value, text):
    assert si(value, "J") == text
