"""The pre-flight report: what it says, and what does not fit the cores."""

import json
from dataclasses import replace

import pytest
from families import family
from hypothesis import given, strategies as st
from random_loihi import loihi_networks
from random_networks import EVERYTHING, networks

from lava_intsnn import presets
from lava_intsnn.loihi.legality import check, nearest_legal
from lava_intsnn.loihi.limits import LOIHI2, limits_of
from lava_intsnn.loihi.mapping import partition
from lava_intsnn.loihi.preflight_report import LegalityError, preflight
from lava_intsnn.network import Network, NetworkError


def sized(*sizes: int) -> Network:
    """Return the preset for Loihi with layers of other sizes."""
    network = presets.preset("mnist-snn-loihi").network()
    layer = network.layers[0]
    layers = tuple(replace(layer, n_in=a, n_out=b) for a, b in zip(sizes, sizes[1:]))
    return replace(network, layers=layers)


@family(30)
@given(loihi_networks())
def test_a_legal_network_that_fits_passes(network):
    network = replace(network, layers=tuple(replace(x, lr_shift=8) for x in network.layers))
    report = preflight(network)
    assert report.fits
    assert report.findings == ()
    assert report.mapped is network
    assert report.require() is report
    assert len(report.placement.layers) == len(network.layers)


@family(50)
@given(
    networks(features=EVERYTHING), st.booleans(), st.sampled_from(("loihi1", "loihi2", "loihi2"))
)
def test_an_illegal_network_is_refused_with_the_full_list(network, learning, target):
    report = preflight(network, target=target, learning=learning)
    limits = limits_of(target)
    found = check(network, target=limits, learning=learning)
    assert report.findings[: len(found)] == found
    assert report.fits == (found == () and report.placement.fits)
    near = nearest_legal(network, target=limits, learning=learning)
    placement = partition(near, limits=limits, learning=learning)
    assert report.warnings or report.placement == placement
    for warning in report.warnings:  # our own guess alone would have refused it
        assert warning.what in {overflow.resource for overflow in placement.overflows}
    if report.fits:
        return
    with pytest.raises(LegalityError) as caught:
        report.require()
    assert isinstance(caught.value, NetworkError)
    assert caught.value.preflight is report
    lines = str(caught.value).splitlines()
    assert lines[1:] == [f"- {finding}" for finding in report.findings]
    for finding in found:
        assert finding.what in report.text()
        assert finding.nearest in report.text()


@given(st.integers(4090, 4200))
def test_more_inputs_than_we_guess_axons_are_a_warning(n_in):
    report = preflight(sized(n_in, 2, 2), learning=False)
    assert report.fits
    if n_in <= LOIHI2.axons_in_per_core.value:
        assert not report.warnings
        return
    (warning,) = report.warnings
    assert (warning.layer, warning.what, warning.found) == (0, "axons in", f"{n_in:,}")
    # nobody has published how many Loihi 2 has, and the report says so
    assert warning.allowed == "4,096, our own choice: no figure is public"
    line = f"warning: layer 0 needs {n_in:,} axons in of a core, more than 4,096, our own choice"
    assert line in report.text()
    assert report.to_json()["warnings"][0]["found"] == f"{n_in:,}"
    assert report.placement.cores[0].axons_in.total == n_in


@given(st.integers(4090, 4200), st.sampled_from((4096, 4150)))
def test_more_inputs_than_a_given_number_of_axons_are_refused(n_in, axons):
    report = preflight(sized(n_in, 2, 2), learning=False, axons=axons)
    assert not report.warnings
    if n_in <= axons:
        assert report.fits
        return
    (finding,) = report.findings
    assert (finding.layer, finding.what, finding.found) == (0, "axons in", f"{n_in:,}")
    assert finding.allowed == f"at most {axons:,}, as given"
    assert finding.binds == "compiler"
    assert finding.mend is None


def test_loihi1_has_a_published_number_of_axons():
    with pytest.raises(NetworkError, match="axons = 5000: a core of loihi1 has 4096.*nengo-loihi"):
        preflight(sized(9, 2), target="loihi1", learning=False, axons=5000)
    finding = preflight(sized(5000, 2), target="loihi1", learning=False).findings[-1]
    assert (finding.what, finding.binds) == ("axons in", "hardware")


@pytest.mark.parametrize("axons", [0, -1, 1 << 21])
def test_a_number_of_axons_is_in_range(axons):
    with pytest.raises((NetworkError, ValueError), match=f"axons = {axons}"):
        preflight(sized(9, 2), learning=False, axons=axons)


@family(20)
@given(st.integers(3000, 4096), st.integers(2, 6))
def test_more_layers_than_cores_are_refused(width, depth):
    network = sized(1000, *[width] * depth, 10)
    cores = len(partition(network, limits=LOIHI2, learning=False).cores)
    report = preflight(network, learning=False)
    overflows = [(finding.layer, finding.what, finding.found) for finding in report.findings]
    assert overflows == ([(None, "cores", str(cores))] if cores > 120 else [])


def test_cores_drawn_above_reach_both_sides():
    def fits(width, depth):
        return preflight(sized(1000, *[width] * depth, 10), learning=False).fits

    assert fits(3000, 2)
    assert not fits(4096, 6)


def test_the_text_has_findings_layers_and_cores():
    text = preflight(presets.preset("mnist-snn").network()).text()
    lines = text.splitlines()
    assert lines[0] == "mnist-snn on loihi2, learning: does not fit"
    header = next(line for line in lines if line.startswith("where"))
    batch = next(line for line in lines if "batch" in line)
    assert batch[: header.index("choice")].strip() == "network"
    assert batch[header.index("found") : header.index("allowed")].strip() == "128"
    assert batch[header.index("nearest") : header.index("who")].strip() == "1"
    assert batch[header.index("who") :].strip() == "hardware"
    assert "Cores, with the nearest legal choices" in lines
    assert lines[-1].split()[:3] == ["0:1", "1", "10"]


def test_equal_cores_share_a_line():
    report = preflight(presets.preset("mnist-snn-loihi").network())
    lines = report.text().splitlines()
    listed = lines[lines.index("") :]
    rows = [line for line in listed if line.lstrip().startswith("0:")]
    assert len(report.placement.cores) == 4
    assert [line.split("  ")[0].strip() for line in rows if ".." in line] == ["0:0 .. 0:1"]
    assert len(rows) == 3


def test_a_legal_network_has_no_table_of_findings():
    text = preflight(presets.preset("mnist-snn-loihi").network()).text()
    assert "mnist-snn-loihi on loihi2, learning: fits" in text
    assert "nearest legal" not in text


@family(20)
@given(networks(features=EVERYTHING), st.booleans())
def test_the_report_survives_json(network, learning):
    report = preflight(network, learning=learning)
    read = json.loads(json.dumps(report.to_json()))
    assert read["fits"] == report.fits
    assert [each["what"] for each in read["findings"]] == [f.what for f in report.findings]
    cores = [core for layer in read["placement"]["layers"] for core in layer["cores"]]
    assert [core["stop"] for core in cores] == [core.stop for core in report.placement.cores]
    assert read["mapped_as_given"] == (report.mapped == network)


def test_an_unknown_target_is_refused():
    with pytest.raises(NetworkError, match="loihi1, loihi2"):
        preflight(sized(4, 3, 2), target="loihi3")
