"""``lava-intsnn report``: every report answers, in text and JSON, and refuses what is not its."""

from functools import partial

import pytest

from lava_intsnn.cli import main


@pytest.fixture(name="cli")
def report_cli(cli):
    """Run ``report ...``; return its exit status, standard output and standard error."""
    return partial(cli, "report")


def test_memory_of_the_papers_network(result, cli):
    fields = result("memory", "shd-rsnn")
    assert fields["memory"]["paper"]["total"] == [18_587_792, 50_296_676]
    assert all(each["saved"] > 60 for each in fields["memory"].values())
    assert len(fields["table_3_1"]) == 11
    _, out, _ = cli("memory", "shd-rsnn")
    assert "16,093,386" in out
    assert "computed with I = 150" in out


@pytest.mark.parametrize("preset", ["mnist-csnn", "fsdd-delay", "fsdd-rsnn"])
@pytest.mark.parametrize("what", ["memory", "operations", "energy"])
def test_other_networks_have_reports_without_the_papers_tables(cli, what, preset):
    status, out, _ = cli(what, preset, "--precision", "8-4")
    assert status == 0
    assert "Table 3." not in out
    assert "hidden forward" in out


def test_operations_of_the_papers_network(result, cli):
    fields = result("operations", "shd-rsnn")
    assert all(line["adds_up"] for line in fields["table_3_2"])
    assert set(fields["operations"]["exact"]) == {"16-8", "fp32"}
    _, out, _ = cli("operations", "shd-rsnn")
    assert "captions of the two blocks are swapped" in out


def test_energy_and_measured_activity_of_a_checkpoint(result, tmp_path):
    path = tmp_path / "digits.npz"
    train = ["train", "digits-snn", "--epochs", "1", "--limit", "100", "--out", str(path)]
    assert main([*train, "--quiet"]) == 0
    fields = result("energy", "digits-snn", "--checkpoint", path, "--limit", "5")
    (source,) = fields["activity"]
    assert source == "measured on 5 samples of digits train, after 4 updates"
    assert fields["energy"]["paper"]["ratios"]["8-bit"] > 10
    untrained = result("energy", "digits-snn", "--measure", "--limit", "5")
    assert "untrained" in next(iter(untrained["activity"]))
    assert untrained["activity"] != fields["activity"]


def test_accuracy_goes_on_and_writes_its_files(result, cli, tmp_path):
    line = (
        "accuracy", "digits-snn", "--precisions", "16-8,fp32", "--seeds", "3", "--epochs", "1",
        "--limit", "100", "--resume", tmp_path / "runs", "--quiet",
    )  # fmt: skip
    first = result(*line)
    assert len(list((tmp_path / "runs").glob("*.npz"))) == 6
    files = (tmp_path / "table.md", tmp_path / "figure.png")
    again = result(*line, "--markdown", files[0], "--figure", files[1])
    assert again["cells"] == first["cells"]
    assert [cell["column"] for cell in again["cells"]] == ["16-8", "fp32"]
    assert again["cells"][0]["failed"] is None
    assert f"{again['cells'][0]['mean']:.2f}" in files[0].read_text()
    assert files[1].read_bytes()[:4] == b"\x89PNG"
    status, _, err = cli(*line[:6], "--epochs", "2", *line[8:])
    assert status == 2
    assert "another recipe" in err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("memory", "digits-snn", "--seeds", "2"), "--seeds is for report accuracy"),
        (("accuracy", "digits-snn", "--measure"), "--measure is for"),
        (("energy", "digits-snn", "--precision", "fp32"), "integer precision"),
        (("memory", "nonsense"), "known are"),
        (("operations", "digits-snn", "--checkpoint", "nowhere.npz"), "no checkpoint"),
        (("memory", "digits-snn", "--precision", "sixteen"), "SHADOW-INFERENCE"),
    ],
)
def test_refusals_name_the_fix(cli, argv, said):
    status, _, err = cli(*argv)
    assert status == 2
    assert said in err
