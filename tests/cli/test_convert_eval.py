"""convert eval against the engine's own results, on every backend, and its picture."""

import numpy as np
import pytest

from lava_intsnn import data
from lava_intsnn.cli.convert import backends, picture
from lava_intsnn.cli.convert.spiking_activity import activity
from lava_intsnn.conversion.converter import convert
from lava_intsnn.conversion.logs import logs_of
from lava_intsnn.conversion.noise import Noise
from lava_intsnn.conversion.spiking_engine import infer


def test_eval_says_what_the_engine_does(convert_json, ann_file, ann):
    test = data.digits("test")
    found = infer(convert(ann), test.maps, steps=7)
    fields = convert_json("eval", ann_file, "--steps", 7)
    right = (found.predictions == test.labels).mean(axis=1)
    shown = fields["activity"]
    np.testing.assert_allclose(shown["accuracy"], 100 * right)
    assert fields["test_accuracy"] == shown["accuracy"][-1]
    for name in ("events", "retractions", "synops"):
        mine = shown["spikes" if name == "events" else name]
        np.testing.assert_allclose(mine, getattr(found, name).sum(axis=0) / len(test))
    assert np.array(shown["retractions"]).sum() > 0, "or the test shows little"
    assert (fields["samples"], fields["steps"]) == (len(test), 7)
    assert fields["synops"] == pytest.approx(found.synops.sum() / len(test))


def test_a_file_that_was_converted_before_gives_the_same(convert_json, ann_file, snn_file):
    mine, theirs = (convert_json("eval", file, "--steps", 5) for file in (ann_file, snn_file))
    assert mine["activity"] == theirs["activity"]
    assert mine["ann_accuracy"] is None
    assert theirs["ann_accuracy"] == 12.5


@pytest.mark.parametrize("backend", ["reference", "lava"])
def test_every_backend_says_the_same(convert_json, ann_file, backend):
    words = ("eval", ann_file, "--steps", 6, "--limit", 3, "--noise", 0.5, "--seed", 4)
    mine, engine = (convert_json(*words, "--backend", name) for name in (backend, "engine"))
    assert mine["activity"] == engine["activity"]
    assert mine["backend"] == backend
    assert mine["seed"] == 4


def test_without_steps_it_ends_where_everything_is_quiet(convert_json, ann_file, ann):
    fields = convert_json("eval", ann_file)
    assert fields["settled"] is True
    assert fields["activity"]["quiet"][-1] == 100
    assert fields["activity"]["quiet"][-2] < 100
    test = data.digits("test")
    accuracy = 100 * float((ann.predict(test.maps) == test.labels).mean())
    assert fields["test_accuracy"] == accuracy
    assert convert_json("eval", ann_file, "--backend", "ann")["test_accuracy"] == accuracy


def test_the_noise_of_the_ann_depends_on_no_batch(ann, monkeypatch):
    images, noise = data.digits("test").maps[:60], Noise(2.0, seed=1)
    whole = ann.logits(ann.counts(images, noise=noise)[-1]).argmax(axis=1)
    monkeypatch.setattr(backends, "BATCH", 7)
    np.testing.assert_array_equal(backends.predictions(ann, images, noise=noise), whole)
    apart = [backends.predictions(ann, images[i : i + 7], noise=noise) for i in range(0, 60, 7)]
    assert (np.concatenate(apart) != whole).any(), "or the noise shows nothing"


def test_batches_that_settle_at_other_times_are_put_together(convert_json, ann_file, monkeypatch):
    whole = convert_json("eval", ann_file)
    monkeypatch.setattr(backends, "BATCH", 7)
    parts = convert_json("eval", ann_file)
    assert parts["activity"] == whole["activity"]
    assert parts["settled_at"] == whole["settled_at"]


def test_the_logs_are_the_papers(convert_json, ann_file, ann):
    """Amplitudes are 1 at k = 0, so operations are those of every spike."""
    test = data.digits("test").head(30)
    found = infer(convert(ann), test.maps, steps=5, record=True)
    rows = convert_json("eval", ann_file, "--steps", 5, "--limit", 30)["logs"]
    hidden = [s.reshape(5, -1).astype(int) for s in found.spikes[1:]]
    absolute = sum(np.abs(s).sum(axis=1) for s in hidden)
    net = sum(s.sum(axis=1) for s in hidden)
    expected = {
        "step": [1, 2, 3, 4, 5],
        "accuracy": (found.predictions == test.labels).mean(axis=1).tolist(),
        "spike_num": absolute.cumsum().tolist(),
        "spike_collect": net.cumsum().tolist(),
        "abs_spike": absolute.tolist(),
        "sum_spike": net.tolist(),
        "sop_num": found.synops.sum(axis=(0, 1)).cumsum().tolist(),
    }
    assert {name: [row[name] for row in rows] for name in rows[0]} == expected


def test_noise_is_keyed_by_its_seed_and_the_image(convert_json, ann_file, ann):
    test = data.digits("test").head(40)
    words = ("eval", ann_file, "--noise", 1.5, "--limit", 40)
    first, same, other = (convert_json(*words, "--seed", seed) for seed in (1, 1, 2))
    assert first["activity"] == same["activity"]
    assert first["activity"] != other["activity"]
    counts = ann.counts(test.maps, noise=Noise(1.5, seed=1))
    accuracy = 100 * float((ann.logits(counts[-1]).argmax(axis=1) == test.labels).mean())
    assert first["test_accuracy"] == accuracy
    assert convert_json(*words, "--seed", 1, "--backend", "ann")["test_accuracy"] == accuracy


def test_tables_have_a_line_for_each_step_and_layer(convert_cli, ann_file):
    _, out, _ = convert_cli("eval", ann_file, "--steps", 3, "--limit", 20)
    for line in ("1", "2", "3", "encoder", "layer 1", "layer 2", "all"):
        assert [row for row in out.splitlines() if row.strip().startswith(line)]
    assert "not all images quiet: more steps may change it" in out
    assert "ANN 2,064 multiply-accumulates" in out


def test_operations_are_compared_without_the_first_layer(convert_json, ann_file):
    fields = convert_json("eval", ann_file, "--limit", 5)
    assert fields["first_layer_macs"] == 36 * 6 * 9
    assert fields["macs"] == 9 * 6 * 4 * 6 + 12 * 9 * 6 + 120


def test_a_picture_is_drawn_on_request(convert_json, ann_file, tmp_path):
    file = tmp_path / "steps.png"
    fields = convert_json("eval", ann_file, "--limit", 20, "--plot", file)
    assert file.read_bytes()[:4] == b"\x89PNG"
    assert fields["plot"] == str(file)


def test_the_picture_shows_the_numbers(ann):
    network, test = convert(ann), data.digits("test").head(30)
    run = infer(network, test.maps, steps=6)
    shown = activity(network, logs_of(network, [run], test.labels), run.quiet_at)
    figure = picture.activity_figure(shown, title="net", macs=2064, ann_accuracy=50.0)
    accuracy, spikes, synops = figure.axes
    np.testing.assert_array_equal(accuracy.lines[0].get_ydata(), shown.accuracy)
    assert set(accuracy.lines[1].get_ydata()) == {50.0}
    np.testing.assert_allclose(synops.lines[0].get_ydata()[-1], shown.synops.sum())
    assert set(synops.lines[1].get_ydata()) == {2064}
    heights = np.array([bar.get_height() for bar in spikes.patches])
    np.testing.assert_allclose(heights[heights > 0].sum(), (shown.spikes - shown.retractions).sum())
    np.testing.assert_allclose(-heights[heights < 0].sum(), shown.retractions.sum())
