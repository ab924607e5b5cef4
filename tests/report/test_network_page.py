"""The page: complete for every kind of network, self-contained, and deaf to hostile names."""

import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn.cli import main
from lava_intsnn.data import Dataset
from lava_intsnn.report import page_markup
from lava_intsnn.report.network_page import network_page
from lava_intsnn.training.training_run import EpochRecord, start

TEST = ls.data.digits("test").head(60)
HEADINGS = [
    "Network", "Learning", "One sample", "Test data", "Weights", "Widths", "Memory", "Energy",
    "On loihi2",
]  # fmt: skip
HOSTILE = "<script>alert(1)</script>$\\frac$'\"&--><img src=http://x/y>|"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


def trained(**changes):
    net = replace(ls.presets.digits_snn(), **changes)
    run = start(net, ls.Recipe(epochs=2), data="x", preset="")
    history = tuple(
        EpochRecord(epoch=k, train_accuracy=80.0 + k, validation_accuracy=None,
                    saturated=(0.1, 0.0), seconds=1.0)
        for k in (1, 2)
    )  # fmt: skip
    return replace(run, state=replace(run.state, updates=9), epoch=2, history=history)


class Elements(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self.attributes = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def page():
    return network_page(trained(), test=TEST, about="the small digits", data="digits")


def test_every_section_is_there_with_its_figures(page):
    assert re.findall(r"<h2>(.*?)</h2>", page) == HEADINGS
    found = Elements(page)
    assert found.tags.count("img") == 7  # curve, raster, confusion, two layers, fields, widths
    text = " ".join(found.text)
    result = ls.evaluate(trained().network, trained().state, TEST)
    assert f"{result.accuracy:.2f} % of 60 samples of digits test" in text
    assert "After epoch 2: 82.00 % while learning" in text
    assert "scikit" not in text
    assert "digits-snn on loihi2, learning: does not fit" in text


def test_the_page_needs_nothing_from_elsewhere(page):
    found = Elements(page)
    assert {"script", "link", "iframe", "object", "embed"}.isdisjoint(found.tags)
    for tag, name, value in found.attributes:
        assert not name.startswith("on"), (tag, name)
        if name in ("src", "href"):
            assert value.startswith("data:image/")
    assert "url(" not in page
    assert "default-src &#x27;none&#x27;" in page


def test_a_page_leaves_no_figure_with_pyplot():
    from matplotlib import pyplot

    pyplot.close("all")
    network_page(trained(), test=TEST)
    assert pyplot.get_fignums() == []


@pytest.mark.slow
def test_the_same_run_gives_the_same_page():
    assert network_page(trained(), target="loihi1") == network_page(trained(), target="loihi1")


def test_names_from_files_are_text():
    data = Dataset(HOSTILE, TEST.images, TEST.labels, 10, (8, 8), "test")
    given = trained(name=HOSTILE)
    page = network_page(given, test=data, about=HOSTILE, data=HOSTILE)
    assert re.findall(r"<h2>(.*?)</h2>", page) == HEADINGS
    found = Elements(page)
    assert "script" not in found.tags
    assert found.tags.count("img") == 7
    assert HOSTILE in "".join(found.text)


@pytest.mark.parametrize("name", ["digits-snn-loihi", "fsdd-rsnn", "mnist-csnn", "fp32"])
def test_every_kind_of_network_has_a_page_without_data(name):
    precision = "fp32" if name == "fp32" else None
    net = ls.presets.preset("digits-snn" if precision else name).network(precision)
    page = network_page(start(net, ls.Recipe(epochs=1), data=""))
    assert re.findall(r"<h2>(.*?)</h2>", page) == HEADINGS
    assert "No test data were given." in page
    assert "untrained" in page


@pytest.mark.parametrize(
    "run", [trained(), replace(trained(), state=ls.initial_state(ls.presets.digits_snn()))]
)
def test_test_data_that_do_not_fit_are_told_by_their_name(run):
    other = Dataset(
        name="other", images=np.ones((3, 25), np.uint8), labels=np.zeros(3, np.int32),
        n_classes=10, image_shape=(5, 5), split="test",
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"data set 'other' has 25 values a sample \(5x5\)"):
        network_page(run, test=other)


def test_markdown_becomes_tables_lists_and_paragraphs():
    html = page_markup.from_markdown(
        "A <b>:\n\n| x   |   n |\n| --- | --: |\n| <i> | 1.5 |\n\n- a\n- b"
    )
    assert "<p>A &lt;b&gt;:</p>" in html
    assert "<th class=number>n</th>" in html
    assert "<td>&lt;i&gt;</td><td class=number>1.5</td>" in html
    assert "<ul><li>a</li><li>b</li></ul>" in html


def test_the_command_writes_pages_of_presets_descriptions_and_checkpoints(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.json").write_text(replace(ls.presets.digits_snn(), name="../x").to_json())
    ls.save(tmp_path / "run.npz", replace(trained(), preset="digits-snn"))
    own = tmp_path / "own.npz"
    np.savez(own, X=TEST.images.reshape(-1, 8, 8), y=TEST.labels)
    for words, file in [
        (["digits-snn", "--limit", "20"], "digits-snn.html"),
        (["mine.json"], "mine.html"),
        (["mine.json", "--test", str(own), "--out", "a.html"], "a.html"),
        (["run.npz", "--out", "b.html", "--limit", "20"], "b.html"),
    ]:
        assert main(["report", "page", *words]) == 0
        assert (tmp_path / file).read_text().startswith("<!DOCTYPE html>"), words
    assert "without test data: " in capsys.readouterr().out
    assert "of 20 samples" in (tmp_path / "b.html").read_text()
    with pytest.raises(SystemExit):
        main(["report", "page", "digits-snn", "--out", "x.npz"])
    assert main(["report", "page", "digits-snn", "--seeds", "2"]) == 2
    assert main(["report", "memory", "digits-snn", "--out", "x.html"]) == 2


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_shows_it(page, tmp_path):
    (tmp_path / "page.html").write_text(page)
    common = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1100,4000"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    url = f"file://{tmp_path / 'page.html'}"
    shot = tmp_path / "page.png"
    taken = subprocess.run(
        [*common, profile, f"--screenshot={shot}", url],
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    assert "Refused to" not in taken.stderr  # nothing of the page is against its own policy
    from PIL import Image

    pixels = np.asarray(Image.open(shot).convert("RGB")).astype(int)
    rows = (pixels.max(axis=2) - pixels.min(axis=2) > 60).any(axis=1)
    assert rows.mean() > 0.2  # coloured figures, from top to bottom
    assert (pixels.min(axis=2) < 100).any(axis=1).mean() > 0.4  # text
