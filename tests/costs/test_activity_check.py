"""Table B.5 beside measured activity: every coefficient has its own share."""

import pytest

from lava_intsnn import presets
from lava_intsnn.costs.activity import Activity, LayerActivity, full_activity
from lava_intsnn.costs.activity_check import table_b_5
from lava_intsnn.report.cost_tables import activity_check

#: Different everywhere, so that no share can stand for another.
HIDDEN = LayerActivity(
    inputs=0.1, weights=0.2, spikes=0.3, recurrent=0.4, recurrent_weights=0.5, gates=0.6, traces=0.7
)
OUTPUT = LayerActivity(inputs=0.8, weights=0.9, spikes=0.15)
MEASURED = Activity(layers=(HIDDEN, OUTPUT), source="made up")


def test_each_coefficient_is_printed_beside_its_own_share():
    lines = {line.name: line for line in table_b_5(presets.shd_rsnn(), MEASURED)}
    assert {name: line.measured for name, line in lines.items()} == {
        "A_I": 0.1, "A_rec": 0.4, "A_hidW": 0.2, "A_recW": 0.5, "A_hidS": 0.3, "A_outW": 0.9,
        "A_outS": 0.15,
    }  # fmt: skip
    assert lines["A_I"].printed == (0.5496, 0.5496)
    assert lines["A_hidS"].printed == (0.3047, 0.3514)
    (row,) = (
        line for line in activity_check(list(lines.values())).splitlines() if "A_outS" in line
    )
    assert [cell.strip() for cell in row.split("|")[1:-1]] == [
        "A_outS", "output spikes", "0.0597", "0.2413", "0.1500",
    ]  # fmt: skip


def test_a_network_without_recurrence_has_no_recurrent_lines():
    names = [line.name for line in table_b_5(presets.shd_snn(), MEASURED)]
    assert names == ["A_I", "A_hidW", "A_hidS", "A_outW", "A_outS"]
    (first, *_) = table_b_5(presets.mnist_snn(), MEASURED)
    assert (first.name, first.printed) == ("A_I", (0.8693, 0.8693))


@pytest.mark.parametrize("name", ["digits-snn", "fsdd-rsnn"])
def test_other_networks_have_no_such_table(name):
    network = presets.preset(name).network()
    assert table_b_5(network, full_activity(network)) == []
