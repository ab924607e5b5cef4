"""Statistics against scipy by hand, the cells of the tables, and grids that go on."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

import lava_intsnn.report.accuracy as accuracy
from lava_intsnn import data, presets
from lava_intsnn.costs import paper_tables
from lava_intsnn.network import NetworkError
from lava_intsnn.plot.plot_style import save
from lava_intsnn.report.accuracy import Accuracies, run_grid, speaker_parts
from lava_intsnn.report.accuracy_figure import accuracy_figure
from lava_intsnn.report.accuracy_tables import as_data, document
from lava_intsnn.report.grid import COLUMNS, TABLE_OF, cells
from lava_intsnn.report.statistics import larger, summary

NORMAL = [97.5, 97.6, 97.45, 97.55, 97.52, 97.58, 97.61, 97.48, 97.5, 97.56]
LOWER = [97.3, 97.5, 97.35, 97.4, 97.33, 97.44, 97.38, 97.41, 97.29, 97.52]
SKEWED = [90.0, 97.5, 97.5, 97.6, 97.5, 97.6, 97.5, 97.6, 97.5, 97.55]


# --- statistics -----------------------------------------------------------------------------------


def test_a_summary_is_scipys():
    found = summary(NORMAL)
    w, p = stats.shapiro(NORMAL)
    assert (found.w, found.p_normal) == (w, p)
    assert found.normal
    assert found.mean == pytest.approx(sum(NORMAL) / 10)
    assert found.std == pytest.approx(np.std(NORMAL, ddof=1))
    assert not summary(SKEWED).normal


def test_a_paired_t_test_by_its_formula():
    d = np.array(NORMAL) - np.array(LOWER)
    t = d.mean() / (d.std(ddof=1) / np.sqrt(10))
    found = larger(NORMAL, LOWER)
    assert found.test == "paired t"
    assert found.p == pytest.approx(stats.t.sf(t, df=9))
    assert found.significant
    assert larger(LOWER, NORMAL).p == pytest.approx(1 - found.p)


def test_wilcoxon_where_a_series_is_not_normal():
    # all ten differences are positive: one of 2**10 signings is as extreme
    found = larger([x + 1 + k / 100 for k, x in enumerate(SKEWED)], SKEWED)
    assert found.test == "Wilcoxon"
    assert found.p == pytest.approx(1 / 1024)


def test_what_cannot_be_tested_is_not():
    assert summary([97.0]).std is None
    assert summary([97.0, 97.0, 97.0]).w is None
    assert larger([1.0, 2.0], [0.0, 1.0]) is None
    assert larger(NORMAL, NORMAL) is None
    with pytest.raises(ValueError, match="paired by seed"):
        larger(NORMAL, NORMAL[:5])
    with pytest.raises(ValueError, match="at least one"):
        summary([])


# --- cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", COLUMNS)
def test_every_cell_of_a_table_has_a_network(table):
    names = [name for name, of in TABLE_OF.items() if of == table] or ["mnist-snn-paper"]
    keys = set()
    for name in names:
        for cell in cells(name, table=table):
            network = cell.network()
            network.check()
            assert str(network.precision) == cell.column
            if table == "4.1":
                assert network.feedback.propagation == cell.row
            if table == "4.2":
                assert network.loss.kind == cell.row
            keys.add(cell.key)
    assert keys == set(paper_tables.ACCURACY[table])


def test_direct_with_the_standard_loss_is_the_papers_preset():
    (cell,) = cells("mnist-snn-paper", table="4.2", precisions=("16-8",))[:1]
    assert cell.network() == presets.mnist_snn_paper()
    assert presets.variant("digits-snn") == presets.digits_snn()
    local = presets.variant("digits-snn", propagation="local")
    assert local.local == (local.layers[-1],)
    with pytest.raises(NetworkError, match="propagation"):
        presets.variant("digits-snn", propagation="backwards")
    with pytest.raises(ValueError, match=r"4\.9"):
        cells("digits-snn", table="4.9")


# --- grids ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits():
    return data.digits("train").head(200), data.digits("test").head(100)


def grid(digits, folder=None, **options):
    given = {"seeds": range(2), "epochs": 2, "threads": 1, "progress": False} | options
    chosen = cells("digits-snn", precisions=("16-8", "16-4"))
    return run_grid(chosen, *digits, folder=folder, **given)


def test_seeds_are_a_list(digits):
    with pytest.raises(ValueError, match=r"seeds = 3: give them all, such as range\(3\)"):
        run_grid([], *digits, seeds=3)


def test_test_data_that_do_not_fit_are_told_before_a_grid_trains(digits, tmp_path):
    train, _ = digits
    other = data.Dataset(
        name="other", images=train.images, labels=train.labels + 9, n_classes=19,
        image_shape=train.image_shape, split="test",
    )  # fmt: skip
    found = grid((train, other), folder=tmp_path / "runs")
    assert all("'other' reach" in reason for reason in found.failed.values())
    assert len(found.failed) == 2
    assert not list((tmp_path / "runs").iterdir())


def test_a_killed_grid_goes_on_to_the_same_figures(digits, tmp_path, monkeypatch):
    whole = grid(digits)

    class Killed(Exception):
        pass

    saves = []

    def dies_at_the_fourth(path, training):
        save_checkpoint(path, training)
        saves.append(path)
        if len(saves) == 4 - 1:
            raise Killed

    save_checkpoint = accuracy.save_checkpoint
    monkeypatch.setattr(accuracy, "save_checkpoint", dies_at_the_fourth)
    with pytest.raises(Killed):
        grid(digits, tmp_path)
    again = grid(digits, tmp_path)
    assert again.values == whole.values
    assert len(saves) == 8, "2 cells x 2 seeds x 2 epochs, none made twice"
    saves.clear()
    assert grid(digits, tmp_path).values == whole.values
    assert saves == []
    with pytest.raises(ValueError, match="another recipe"):
        grid(digits, tmp_path, epochs=3)


def test_a_cell_that_cannot_be_run_leaves_the_others(digits, monkeypatch):
    begin = accuracy._begin

    def refuses(cell, *args, **kwargs):
        if cell.precision == "16-8":
            raise NetworkError("too wide")
        return begin(cell, *args, **kwargs)

    monkeypatch.setattr(accuracy, "_begin", refuses)
    found = grid(digits, seeds=[0], epochs=1)
    assert found.failed == {("SNN", "16-8"): "too wide"}
    assert list(found.values) == [("SNN", "16-4")]
    assert "SNN, 16-8: too wide" in document(found, None, title="t")


@pytest.fixture(scope="module")
def spoken(digits):
    """Digits with made-up speakers: 0 to 2 in the training data, 3 in the test data only."""
    train, test = digits
    by = [np.arange(len(d), dtype=np.int32) % n for d, n in ((train, 3), (test, 4))]
    return replace(train, speakers=by[0]), replace(test, speakers=by[1])


def test_accuracy_on_speakers_of_the_training_data_stands_apart(spoken, monkeypatch):
    labels, speakers = spoken[1].labels, spoken[1].speakers
    wrong = np.where(speakers == 3, labels + 1, labels)
    wrong[0] += 1  # of speaker 0, one of 75 known ones
    monkeypatch.setattr(accuracy, "_finish", lambda training, *a, **o: training)
    monkeypatch.setattr(
        accuracy, "evaluate", lambda *a, **o: SimpleNamespace(predictions=wrong, accuracy=74.0)
    )
    found = grid(spoken, seeds=[0, 1], epochs=1)
    known = 100 * 74 / 75
    assert found.parts["SNN", "16-8"] == {
        "unseen speakers": [0.0, 0.0],
        "seen speakers": [known, known],
    }
    text = document(found, None, title="t")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    assert ["SNN 16-8", "0.00 ± 0.00", f"{known:.2f} ± 0.00"] in rows
    assert ["", "unseen speakers", "seen speakers"] in rows
    assert as_data(found, None)["cells"][0]["parts"] == found.parts["SNN", "16-8"]


def test_no_parts_where_all_speakers_are_known_or_none_is(spoken, digits):
    train, test = spoken
    assert set(speaker_parts(test, train)) == {"unseen speakers", "seen speakers"}
    assert speaker_parts(test, test) == {}
    assert speaker_parts(train, replace(train, speakers=train.speakers + 9)) == {}
    assert speaker_parts(*digits) == {}
    assert "speakers" not in document(made_up(), "4.1", title="t")


# --- tables ---------------------------------------------------------------------------------------


def made_up(table="4.1"):
    chosen = cells("mnist-snn-paper", table=table)
    series = {cell.key: [*LOWER[k:], *LOWER[:k]] for k, cell in enumerate(chosen)}
    series[chosen[-1].key] = NORMAL
    return Accuracies(cells=chosen, seeds=tuple(range(10)), values=series)


def test_the_document_holds_both_tables_and_the_tests():
    text = document(made_up(), "4.1", title="a title")
    assert text.startswith("# a title\n")
    assert "94.54 ± 1.89" in text
    assert f"{np.mean(NORMAL):.2f} ± {np.std(NORMAL, ddof=1):.2f}" in text
    assert "0.6202" in text  # Table C.1
    row = next(line for line in text.splitlines() if "direct fp32 > final fp32" in line)
    p = stats.ttest_rel(NORMAL, made_up().values["final", "fp32"], alternative="greater").pvalue
    assert f"{p:.4f}" in row
    assert row.split("|")[-2].strip() == "yes"


def test_data_and_document_say_the_same():
    fields = as_data(made_up("4.3"), "4.3")
    assert len(fields["cells"]) == 6
    by_column = {cell["column"]: cell for cell in fields["cells"]}
    assert tuple(by_column["16-8"]["paper"]) == (97.55, 0.09)
    assert by_column["16-8"]["mean"] == pytest.approx(np.mean(by_column["16-8"]["accuracies"]))
    pair = fields["comparisons"][0]
    assert (pair["larger"], pair["smaller"]) == (["SNN", "16-8"], ["SNN", "fp32"])
    assert pair["paper_p"] == 0.0012


def test_figures_that_the_paper_quotes_stand_in_its_table():
    chosen = cells("shd-rsnn")
    found = Accuracies(cells=chosen, seeds=(0,), values={chosen[0].key: [60.0]})
    lines = document(found, "4.5", title="t").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert ["RSNN", "quoted in the paper", "-", "-", "-", "-", "71.40 ± 1.90"] in rows
    assert ["SNN", "quoted in the paper", "-", "-", "-", "-", "48.10 ± 1.60"] in rows
    assert ["RSNN", "ours", "60.00", "-", "-", "-", "-"] in rows
    assert as_data(found, "4.5")["cells"][-1]["quoted"] == (71.40, 1.90)
    assert "quoted" not in document(made_up(), "4.1", title="t")


def test_the_figure_shows_paper_and_ours(tmp_path):
    figure = accuracy_figure(made_up(), "4.1", title="a title")
    (axes,) = figure.get_axes()
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["the paper", "ours"]
    assert axes.get_xticklabels()[0].get_text() == "feedback\n16-8"
    save(figure, tmp_path / "figure.png", dpi=40)
    with pytest.raises(ValueError, match="no cell"):
        accuracy_figure(Accuracies(cells=[], seeds=()), None, title="")
