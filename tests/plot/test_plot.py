"""Public pictures: they show what they were given, in given axes or new ones, without a window."""

import errno
import os
import subprocess
import sys

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn.network import NetworkError
from lava_intsnn.plot.plot_style import save
from lava_intsnn.reference.recording import record, used_widths
from lava_intsnn.training.training_run import EpochRecord, start

TEST = ls.data.digits("test").head(40)
NET = ls.presets.digits_snn()
STATE = ls.initial_state(NET, 2)


def segments(axes):
    return sum(len(c.get_segments()) for c in axes.collections if hasattr(c, "get_segments"))


def record_of(epoch, train, validation=None):
    return EpochRecord(
        epoch=epoch, train_accuracy=train, validation_accuracy=validation, saturated=(0.1, 0.2),
        seconds=1.0,
    )  # fmt: skip


def test_the_raster_draws_every_spike_of_every_layer():
    axes = ls.plot.raster(NET, STATE, TEST.images[0], label=int(TEST.labels[0]))
    found = record(NET, STATE, TEST.images[0])
    assert [segments(one) for one in axes] == [int(s.sum()) for s in found.spikes]
    assert f"class {found.prediction}" in axes[0].get_title(loc="left")
    axes[0].figure.canvas.draw()


@pytest.mark.parametrize("name", ["mnist-csnn", "fsdd-rsnn", "fsdd-delay"])
def test_the_raster_takes_every_kind_of_network(name):
    net = ls.presets.preset(name).network()
    image = np.random.default_rng(0).integers(0, 60, net.n_values).astype(np.uint8)
    axes = ls.plot.raster(net, ls.initial_state(net), image)
    assert len(axes) == len(net.layers) + 1
    assert axes[0].get_xlim() == (0, net.steps)


def test_axes_of_the_caller_are_drawn_into():
    from matplotlib.figure import Figure

    given = Figure().subplots(3)
    assert ls.plot.raster(NET, STATE, TEST.images[0], axes=given) == list(given)
    with pytest.raises(ValueError, match="2 axes: must be 3"):
        ls.plot.raster(NET, STATE, TEST.images[0], axes=given[:2])
    one = Figure().add_subplot()
    assert ls.plot.weights(NET, STATE, axes=one) is one


def test_the_profile_draws_every_step_and_core():
    net = ls.presets.digits_snn_loihi()
    found = ls.loihi.profile(net, ls.initial_state(net), TEST.head(2))
    cores, lines, times, energies = ls.plot.profile(found)
    work = found.of("synaptic_ops").mean(axis=0).T
    np.testing.assert_array_equal(cores.images[0].get_array(), work)
    drawn = {line.get_label(): line.get_ydata() for line in lines.get_lines()}
    spikes = found.per_step("spikes")
    np.testing.assert_array_equal(drawn["spikes"], np.where(spikes > 0, spikes, np.nan))
    assert "tag updates" not in drawn  # it does not learn
    (line,) = times.get_lines()
    np.testing.assert_array_equal(line.get_ydata(), found.step_times[1].mean(axis=0))
    assert "J (" in energies.get_title(loc="left")
    cores.figure.canvas.draw()
    with pytest.raises(ValueError, match="1 axes: must be 4"):
        ls.plot.profile(found, axes=[cores])


def test_the_learning_curve_is_that_of_the_history():
    history = [record_of(1, 80.0), record_of(2, 90.0, 88.0), record_of(3, 91.0, 89.5)]
    lines = {line.get_label(): line for line in ls.plot.learning_curve(history).get_lines()}
    np.testing.assert_array_equal(lines["while learning"].get_ydata(), [80, 90, 91])
    np.testing.assert_array_equal(lines["validation"].get_xdata(), [2, 3])
    limits = ls.plot.learning_curve(history, saturation=True).get_lines()
    assert [line.get_ydata().tolist() for line in limits] == [[10, 10, 10], [20, 20, 20]]
    training = start(NET, ls.Recipe(epochs=3), data="")
    with pytest.raises(ValueError, match="no epoch was trained"):
        ls.plot.learning_curve(training)


def test_the_histogram_counts_every_weight():
    for layer in (0, 1, -1):
        axes = ls.plot.weights(NET, STATE, layer=layer)
        assert sum(bar.get_height() for bar in axes.patches) == STATE.weights[layer].size
        shadow = ls.plot.weights(NET, STATE, layer=layer, shadow=True)
        assert sum(bar.get_height() for bar in shadow.patches) == STATE.weights[layer].size
    net = ls.presets.digits_snn(precision="fp32")
    ls.plot.weights(net, ls.initial_state(net))
    for layer in (2, -3, True, 0.5):
        with pytest.raises(ValueError, match=r"layer = .*: must be an integer in -2\.\.1"):
            ls.plot.weights(NET, STATE, layer=layer)


def test_fields_are_the_weights_as_images():
    axes = ls.plot.weight_fields(NET, STATE, image_shape=(8, 8))
    drawn = axes.images[0].get_array()
    strongest = np.abs(STATE.w(NET, 0)).sum(axis=1).argsort(kind="stable")[::-1][:40]
    first = STATE.w(NET, 0)[np.sort(strongest)[0]].reshape(8, 8)
    np.testing.assert_array_equal(drawn[:8, :8], first)
    conv = ls.presets.mnist_csnn()
    ls.plot.weight_fields(conv, ls.initial_state(conv))
    for shape in (None, (9, 9)):
        with pytest.raises(ValueError, match="of 64 inputs"):
            ls.plot.weight_fields(NET, STATE, image_shape=shape)


def test_widths_are_bars_of_the_bits_used_and_declared():
    axes = ls.plot.widths(NET, STATE, TEST, samples=3)
    found = used_widths(NET, STATE, TEST.images[:3], TEST.labels[:3])
    bars = [bar.get_width() for bar in axes.patches]
    assert bars == [x.declared for x in found] + [x.used for x in found]
    assert axes.get_yticklabels()[0].get_text() == "layer 0  w_shadow"
    net = ls.presets.mnist_snn()
    with pytest.raises(NetworkError, match="data set 'digits' has 64 values"):
        ls.plot.widths(net, ls.initial_state(net), TEST)
    net = ls.presets.digits_snn(precision="fp32")
    with pytest.raises(NetworkError, match="fp32"):
        ls.plot.widths(net, ls.initial_state(net), TEST)


def test_the_confusion_matrix_counts():
    labels, said = [0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0]
    np.testing.assert_array_equal(
        ls.plot.confusion_counts(labels, said), [[1, 1, 0], [0, 1, 0], [1, 0, 2]]
    )
    axes = ls.plot.confusion(labels, said, n_classes=4)
    assert axes.get_title(loc="left") == "accuracy 66.67 %"
    assert axes.images[0].get_array().shape == (4, 4)
    assert sorted(text.get_text() for text in axes.texts) == ["1", "1", "1", "1", "2"]
    big = np.arange(120)
    assert not ls.plot.confusion(big, big).texts


@pytest.mark.parametrize(
    ("labels", "said", "message"),
    [
        ([0, 1], [0], "2 labels and 1 predictions"),
        ([], [], "give integers"),
        ([0.5], [0], "labels are float64"),
        ([0, 5], [0, 1], r"n_classes = 3: classes must be in 0\.\.2"),
        ([-1, 0], [0, 0], "classes must be in"),
    ],
)
def test_wrong_classes_are_refused(labels, said, message):
    with pytest.raises(ValueError, match=message):
        ls.plot.confusion(labels, said, n_classes=3 if 5 in labels else None)


@pytest.mark.parametrize("n_classes", [2.5, "3", 0, True])
def test_a_number_of_classes_that_is_none_is_refused(n_classes):
    with pytest.raises(ValueError, match="n_classes = .*: must be an integer in 1"):
        ls.plot.confusion_counts([0, 1], [1, 1], n_classes=n_classes)


@pytest.mark.parametrize("label", [10, -1, 99, "3"])
def test_a_class_that_the_network_lacks_is_not_shaded(label):
    with pytest.raises(ValueError, match=r"label = .*: must be an integer in 0\.\.9"):
        ls.plot.raster(NET, STATE, TEST.images[0], label=label)
    ls.plot.raster(NET, STATE, TEST.images[0], label=TEST.labels[0])


@pytest.mark.parametrize("run", [3, None, "run.npz", [80.0, 90.0], NET])
def test_only_a_run_has_a_curve(run):
    with pytest.raises(TypeError, match=r"run = .*: must be a Training.* or its history"):
        ls.plot.learning_curve(run)


@pytest.mark.parametrize(
    ("suffix", "begins"), [("png", b"\x89PNG"), ("SVG", b"<?xml"), ("pdf", b"%PDF")]
)
def test_a_figure_is_written_whole_or_not_at_all(tmp_path, monkeypatch, suffix, begins):
    figure, path = ls.plot.weights(NET, STATE).figure, tmp_path / f"picture.{suffix}"
    save(figure, path, dpi=40)
    before = path.read_bytes()
    assert before.startswith(begins)

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(figure, path, dpi=80)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_no_window_system_is_needed_and_pyplot_is_not_imported():
    code = (
        "import sys, lava_intsnn as ls; net = ls.presets.digits_snn()\n"
        "assert 'matplotlib' not in sys.modules; ls.plot\n"
        "assert 'matplotlib' not in sys.modules\n"
        "axes = ls.plot.weights(net, ls.initial_state(net))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "import matplotlib.pyplot as plt; ls.plot.weights(net, ls.initial_state(net))\n"
        "print(len(plt.get_fignums()))"
    )
    env = {"PATH": "/usr/bin:/bin", "MPLBACKEND": "Agg", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=600, env=env
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "1"
