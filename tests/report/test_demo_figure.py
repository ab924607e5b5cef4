"""The demo's figure shows what it was given, for any shape of network and image."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn.plot.plot_style import save
from lava_intsnn.report.demo_figure import Curve, Story, demo_figure


def story(*, hidden=(30,), size=8, classes=10, steps=20, spikes=True):
    rng = np.random.default_rng(0)
    shape = (size * size, *hidden, classes)
    return Story(
        title="a title",
        subtitle="two\nlines",
        image=rng.integers(0, 256, size * size).astype(np.uint8),
        image_shape=(size, size),
        label=2,
        prediction=1,
        spikes=[(rng.random((steps, n)) < 0.3 * spikes).astype(np.uint8) for n in shape],
        engine=Curve(label="engine", x=[1.0, 2.0], y=[90.0, 91.0]),
        lava=Curve(label="Lava", x=[2.0, 2.5, 3.0], y=[91.0, 91.5, 92.0]),
        weights=rng.integers(-128, 128, (hidden[0], size * size)),
        confusion=np.arange(classes * classes).reshape(classes, classes),
        accuracy=91.25,
    )


def texts(figure):
    axes = figure.get_axes()
    found = [t.get_text() for a in axes for t in a.texts]
    return found + [a.get_title(loc="left") for a in axes] + [a.get_xlabel() for a in axes]


def test_it_shows_curves_counts_and_the_confusion_matrix():
    given = story()
    figure = demo_figure(given)
    lines = {line.get_label(): line for a in figure.get_axes() for line in a.get_lines()}
    np.testing.assert_array_equal(lines["Lava"].get_ydata(), given.lava.y)
    np.testing.assert_array_equal(lines["engine"].get_xdata(), given.engine.x)
    bars = next(a for a in figure.get_axes() if a.get_title(loc="left") == "its answer").patches
    counts = given.spikes[-1].sum(axis=0)
    np.testing.assert_array_equal([bar.get_width() for bar in bars], counts)
    said = texts(figure)
    assert "99" in said
    assert "a 2; the network says 1" in said
    assert "test set: 91.25 %" in said


def test_the_raster_draws_every_spike():
    given = story()
    rasters = [
        c
        for a in demo_figure(given).get_axes()
        for c in a.collections
        if type(c).__name__ == "LineCollection"
    ]
    assert [len(r.get_segments()) for r in rasters] == [int(s.sum()) for s in given.spikes]


@pytest.mark.parametrize(
    "options",
    [
        {"hidden": (30, 20)},
        {"hidden": (3,), "size": 2, "classes": 3},
        {"hidden": (100,), "size": 28, "steps": 5},
        {"spikes": False},
    ],
)
def test_other_networks_fit(tmp_path, options):
    path = tmp_path / "figure.png"
    save(demo_figure(story(**options)), path, dpi=40)
    assert path.read_bytes()[:4] == b"\x89PNG"


def test_nothing_sticks_out_of_the_page():
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = demo_figure(story())
    FigureCanvasAgg(figure).draw()
    page = figure.bbox
    for axes in figure.get_axes():
        box = axes.get_tightbbox()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= page.x1
        assert box.y1 <= page.y1


def test_no_window_system_is_touched():
    demo_figure(story())
    assert "matplotlib.backends.backend_tkagg" not in sys.modules


def test_an_image_in_colours_is_refused():
    with pytest.raises(ValueError, match=r"\(8, 8, 3\): only grey images"):
        replace(story(), image_shape=(8, 8, 3))
