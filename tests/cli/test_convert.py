"""convert to-snn, eval, certify on hand-made checkpoints, and all of it on a trained one."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lava_intsnn import data
from lava_intsnn.cli import main, parser
from lava_intsnn.cli.convert import backends, layers, picture
from lava_intsnn.cli.convert.activity import activity
from lava_intsnn.conversion.converter import convert
from lava_intsnn.conversion.engine import infer
from lava_intsnn.conversion.logs import logs_of
from lava_intsnn.conversion.noise import Noise
from lava_intsnn.conversion.presets import preset
from lava_intsnn.conversion.quantised import QuantisedLayer, QuantisedNetwork
from lava_intsnn.formats import container
from lava_intsnn.formats.ann_checkpoint import save_ann
from lava_intsnn.formats.spiking import load_spiking, save_spiking

WORDS = ("train", "to-snn", "eval", "certify")
COMPACT = ("--thresholds", "compact")


def hand_made(*, name="lenet-digits", seed=3, stack="6C3-P2-12"):
    """A network on the digits whose batch norms fit its random weights; it has learned nothing.

    Of each hidden layer one gamma is negative and, in the second, one zero.
    """
    rng = np.random.default_rng(seed)
    spec = preset("lenet-digits").spec(notation=stack)
    x = spec.pixels.integers(data.digits("train").head(100).maps)
    found = []
    for index, block in enumerate(spec.stack.blocks):
        first = index == 0
        largest, unit = (127, 2.0**-15) if first else (1, 1.0)
        weights = rng.integers(-largest, largest + 1, block.weight_shape).astype(np.int8)
        channels = block.out_shape[2]
        layer = QuantisedLayer(
            weights=weights,
            unit=unit,
            gamma=rng.uniform(0.8, 1.6, channels),
            beta=rng.normal(0.3, 0.5, channels),
            mean=np.zeros(channels),
            var=np.ones(channels),
            stride=block.stride,
            padding=block.padding,
            max_count=4 if first else None,
        )
        v = layer.potential(x).reshape(-1, channels) * unit
        gamma = layer.gamma.copy()
        if not first:
            gamma[1] *= -1
        if index == 2:
            gamma[2] = 0.0
        layer = replace(layer, gamma=gamma, mean=v.mean(axis=0), var=v.var(axis=0) + 0.01)
        found.append(layer)
        x = layer.count(layer.potential(x))
    readout = rng.integers(-127, 128, (10, x[0].size)).astype(np.int8)
    return QuantisedNetwork(name, spec.stack.in_shape, spec.pixels, tuple(found), readout)


def checkpoint(path, network, *, preset_name="lenet-digits"):
    """Write ``network`` as training would have, without torch."""
    chosen = preset("lenet-digits")
    plain = {"data": "", "seed": 0, "step": 0, "correct": 0, "loss": 0.0, "seconds": 0.0}
    save_ann(
        path,
        SimpleNamespace(
            **plain,
            preset=preset_name,
            spec=chosen.spec(),
            recipe=chosen.recipe,
            history=(),
            tensors={},
            network=lambda: network,
        ),
    )
    return path


@pytest.fixture
def cli(capsys):
    """Run ``convert ...``; return its exit status, standard output and standard error."""

    def call(*argv):
        status = main(["convert", *map(str, argv)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def result(cli):
    """Run ``convert ... --json`` and return its object."""

    def call(*argv, status=0):
        found, out, err = cli(*argv, "--json")
        assert found == status, err
        assert out.count("\n") == 1, "people's text belongs to standard error"
        fields = json.loads(out)
        assert fields["command"] == "convert"
        assert fields.get("action", "train") == argv[0]
        return fields

    return call


@pytest.fixture(scope="module")
def ann():
    return hand_made()


@pytest.fixture(scope="module")
def trained(ann, tmp_path_factory):
    """A checkpoint of that network."""
    return checkpoint(tmp_path_factory.mktemp("trained") / "net.npz", ann)


@pytest.fixture(scope="module")
def spiking(ann, tmp_path_factory):
    """The network it becomes, in a file."""
    path = tmp_path_factory.mktemp("spiking") / "snn.npz"
    origin = {"preset": "lenet-digits", "data": "digits", "ann_accuracy": 12.5}
    save_spiking(path, convert(ann), origin={**origin, "thresholds": "exact"})
    return path


# --- help ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", WORDS)
def test_every_help_has_examples_that_parse(word, capsys):
    with pytest.raises(SystemExit) as done:
        main(["convert", word, "--help"])
    assert done.value.code == 0
    text = capsys.readouterr().out.split("examples:\n")[1]
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("lava-intsnn")]
    assert lines
    for line in lines:
        assert parser().parse_args(line.split()[1:]).action == word


# --- to-snn -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ((), {}),
        (("--levels", 9), {"levels": 9}),
        (
            ("--thresholds", "compact", "--scale", 50),
            {"thresholds": "compact", "scale": 50},
        ),
        (("--thresholds", "use-int"), {"thresholds": "use-int"}),
    ],
)
def test_what_is_written_is_what_the_library_converts(result, trained, ann, tmp_path, words, given):
    out = tmp_path / "out.npz"
    fields = result("to-snn", trained, "--out", out, *words)
    found, origin = load_spiking(out)
    expected = convert(ann, **given)
    assert np.array_equal(found.readout, expected.readout)
    for mine, theirs in zip(found.layers, expected.layers, strict=True):
        assert np.array_equal(mine.weights, theirs.weights)
        assert np.array_equal(mine.thresholds, theirs.thresholds)
    assert origin == {
        "preset": "lenet-digits",
        "data": "digits",
        "ann_accuracy": None,
        "thresholds": given.get("thresholds", "exact"),
    }
    assert fields["file"] == str(out)
    assert fields["max_steps"] == given.get("levels", 64)


def test_the_file_is_named_after_the_checkpoint(cli, trained, tmp_path):
    here = tmp_path / "my.net.npz"
    here.write_bytes(trained.read_bytes())
    status, out, _ = cli("to-snn", here)
    assert status == 0
    assert f"wrote {tmp_path / 'my.net-snn.npz'}" in out
    assert (tmp_path / "my.net-snn.npz").exists()


def test_the_table_says_what_the_layers_are(result, trained, tmp_path):
    rows = result("to-snn", trained, "--out", tmp_path / "out.npz")["layers"]
    assert [row["name"] for row in rows] == ["encoder", "layer 1", "layer 2", "readout"]
    assert [row["shape"] for row in rows] == [[6, 6, 6], [3, 3, 6], [1, 1, 12], [10]]
    assert [row["weight_bits"] for row in rows] == [8, 2, 2, 8]
    assert [row["levels"] for row in rows] == [4, 64, 64, 0]
    assert [row["negative"] for row in rows] == [0, 1, 1, None]
    assert [row["zero"] for row in rows] == [0, 0, 1, None]
    macs = [36 * 6 * 9, 9 * 6 * 4 * 6, 12 * 9 * 6, 120]
    assert [row["macs"] for row in rows] == macs
    assert sum(macs) == preset("lenet-digits").spec(notation="6C3-P2-12").stack.macs


def test_gammas_are_counted_in_words(cli, trained, tmp_path):
    _, out, _ = cli("to-snn", trained, "--out", tmp_path / "out.npz")
    assert "layer 1 1 of 6 negative, 0 zero; layer 2 1 of 12 negative, 1 zero" in out


def test_no_potential_leaves_the_bound_of_the_table(ann):
    network = convert(ann)
    images = data.digits("test").head(50).maps
    x = network.pixels.integers(images)
    rows = layers.rows(network, ann)
    for row, layer, counts in zip(rows, ann.layers, ann.counts(images)):
        v = np.abs(layer.potential(x))
        assert v.max() <= row.bound < 2 ** (int(row.container.removeprefix("int")) - 1)
        x = counts * layer.amplitude


@pytest.mark.parametrize(
    ("low", "high", "bits"),
    [(-1, 1, 2), (0, 0, 2), (-2, 1, 2), (-2, 2, 3), (-128, 127, 8), (-4, 128, 9)],
)
def test_a_weights_width_is_that_of_the_smallest_signed_integer(ann, low, high, bits):
    network = convert(ann)
    readout = np.zeros(network.readout.shape, np.int32)
    readout[0, :2] = low, high
    assert layers.rows(replace(network, readout=readout), None)[-1].weight_bits == bits


def test_the_anns_accuracy_is_kept_when_asked_for(result, cli, trained, ann, tmp_path):
    out, test = tmp_path / "out.npz", data.digits("test")
    fields = result("to-snn", trained, "--out", out, "--measure")
    expected = 100 * float((ann.predict(test.maps) == test.labels).mean())
    assert fields["ann_accuracy"] == expected
    assert fields["samples"] == len(test)
    assert load_spiking(out)[1]["ann_accuracy"] == expected
    assert f"ANN {expected:.2f} %" in cli("eval", out)[1]


def test_the_compact_forms_verdict_is_what_all_potentials_say(result, trained, ann, tmp_path):
    """Every potential a layer can have is counted by both forms."""
    fields = result("to-snn", trained, "--out", tmp_path / "out.npz", "--scale", 2, *COMPACT)
    exact, rounded = convert(ann), convert(ann, thresholds="compact", scale=2)
    found = []
    for index in (1, 2):
        reach = exact.potential_bound(index)
        v = np.arange(-reach, reach + 1)
        differ = 0
        for mine, theirs in zip(rounded.layers[index].thresholds, exact.layers[index].thresholds):
            differ += ((v[:, None] >= mine) != (v[:, None] >= theirs)).any(axis=0).sum()
        found.append(int(differ))
    assert [row["differing"] for row in fields["compact"]] == found
    assert sum(found) > 0


def test_the_verdict_is_said_in_words(cli, trained, tmp_path):
    words = ("to-snn", trained, "--out", tmp_path / "out.npz", *COMPACT, "--scale")
    _, coarse, _ = cli(*words, 2)
    assert "compact form at scale 2: not exact" in coarse
    assert "thresholds differ, in" in coarse
    _, fine, _ = cli(*words, 2**20)
    assert "compact form at scale 1,048,576: equal to the exact one for every input" in fine


# --- eval ---------------------------------------------------------------------------------------


def test_eval_says_what_the_engine_does(result, trained, ann):
    test = data.digits("test")
    found = infer(convert(ann), test.maps, steps=7)
    fields = result("eval", trained, "--steps", 7)
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


def test_a_file_that_was_converted_before_gives_the_same(result, trained, spiking):
    mine, theirs = (result("eval", file, "--steps", 5) for file in (trained, spiking))
    assert mine["activity"] == theirs["activity"]
    assert mine["ann_accuracy"] is None
    assert theirs["ann_accuracy"] == 12.5


@pytest.mark.parametrize("backend", ["reference", "lava"])
def test_every_backend_says_the_same(result, trained, backend):
    words = ("eval", trained, "--steps", 6, "--limit", 3, "--noise", 0.5, "--seed", 4)
    mine, engine = (result(*words, "--backend", name) for name in (backend, "engine"))
    assert mine["activity"] == engine["activity"]
    assert mine["backend"] == backend
    assert mine["seed"] == 4


def test_without_steps_it_ends_where_everything_is_quiet(result, trained, ann):
    fields = result("eval", trained)
    assert fields["settled"] is True
    assert fields["activity"]["quiet"][-1] == 100
    assert fields["activity"]["quiet"][-2] < 100
    test = data.digits("test")
    accuracy = 100 * float((ann.predict(test.maps) == test.labels).mean())
    assert fields["test_accuracy"] == accuracy
    assert result("eval", trained, "--backend", "ann")["test_accuracy"] == accuracy


def test_batches_that_settle_at_other_times_are_put_together(result, trained, monkeypatch):
    whole = result("eval", trained)
    monkeypatch.setattr(backends, "BATCH", 7)
    parts = result("eval", trained)
    assert parts["activity"] == whole["activity"]
    assert parts["settled_at"] == whole["settled_at"]


def test_the_logs_are_the_papers(result, trained, ann):
    """Amplitudes are 1 at k = 0, so operations are those of every spike."""
    test = data.digits("test").head(30)
    found = infer(convert(ann), test.maps, steps=5, record=True)
    rows = result("eval", trained, "--steps", 5, "--limit", 30)["logs"]
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


def test_noise_is_keyed_by_its_seed_and_the_image(result, trained, ann):
    test = data.digits("test").head(40)
    words = ("eval", trained, "--noise", 1.5, "--limit", 40)
    first, same, other = (result(*words, "--seed", seed) for seed in (1, 1, 2))
    assert first["activity"] == same["activity"]
    assert first["activity"] != other["activity"]
    counts = ann.counts(test.maps, noise=Noise(1.5, seed=1))
    accuracy = 100 * float((ann.logits(counts[-1]).argmax(axis=1) == test.labels).mean())
    assert first["test_accuracy"] == accuracy
    assert result(*words, "--seed", 1, "--backend", "ann")["test_accuracy"] == accuracy


def test_tables_have_a_line_for_each_step_and_layer(cli, trained):
    _, out, _ = cli("eval", trained, "--steps", 3, "--limit", 20)
    for line in ("1", "2", "3", "encoder", "layer 1", "layer 2", "all"):
        assert [row for row in out.splitlines() if row.strip().startswith(line)]
    assert "not all images quiet: more steps may change it" in out
    assert "ANN 2,064 multiply-accumulates" in out


def test_operations_are_compared_without_the_first_layer(result, trained):
    fields = result("eval", trained, "--limit", 5)
    assert fields["first_layer_macs"] == 36 * 6 * 9
    assert fields["macs"] == 9 * 6 * 4 * 6 + 12 * 9 * 6 + 120


# --- the picture --------------------------------------------------------------------------------


def test_a_picture_is_drawn_on_request(result, trained, tmp_path):
    file = tmp_path / "steps.png"
    fields = result("eval", trained, "--limit", 20, "--plot", file)
    assert file.read_bytes()[:4] == b"\x89PNG"
    assert fields["plot"] == str(file)


def test_the_picture_shows_the_numbers(ann):
    network, test = convert(ann), data.digits("test").head(30)
    result = infer(network, test.maps, steps=6)
    shown = activity(network, logs_of(network, [result], test.labels), result.quiet_at)
    figure = picture.activity_figure(shown, title="net", macs=2064, ann_accuracy=50.0)
    accuracy, spikes, synops = figure.axes
    np.testing.assert_array_equal(accuracy.lines[0].get_ydata(), shown.accuracy)
    assert set(accuracy.lines[1].get_ydata()) == {50.0}
    np.testing.assert_allclose(synops.lines[0].get_ydata()[-1], shown.synops.sum())
    assert set(synops.lines[1].get_ydata()) == {2064}
    heights = np.array([bar.get_height() for bar in spikes.patches])
    np.testing.assert_allclose(heights[heights > 0].sum(), (shown.spikes - shown.retractions).sum())
    np.testing.assert_allclose(-heights[heights < 0].sum(), shown.retractions.sum())


# --- certify ------------------------------------------------------------------------------------


def test_certify_finds_the_exact_form_equal(result, trained, ann):
    fields = result("certify", trained)
    assert fields["identical"] is True
    rows = fields["certificate"]["layers"]
    assert [row["mismatches"] for row in rows] == [0, 0, 0]
    assert [row["neurons"] for row in rows] == [360 * n for n in (216, 54, 12)]
    assert fields["certificate"]["unsettled"] == 0


@pytest.mark.parametrize("words", [("--thresholds", "use-int"), ("--steps", 1), ("--levels", 1)])
def test_certify_exits_with_1_where_a_neuron_differs(result, cli, trained, words):
    fields = result("certify", trained, "--limit", 50, *words, status=1)
    assert fields["identical"] is False
    assert sum(row["mismatches"] for row in fields["certificate"]["layers"]) > 0
    status, out, _ = cli("certify", trained, "--limit", 50, *words)
    assert status == 1
    assert "NOT equal" in out
    assert "in the quantised network" in out, "the first neurons that differ are named"
    assert "compact form" in out


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "finding"),
    [
        (("to-snn", "nowhere.npz"), "convert train PRESET --out nowhere.npz"),
        (("eval", "nowhere.npz"), "no file at 'nowhere.npz'"),
        (("certify", "nowhere.npz"), "no file at 'nowhere.npz'"),
        (("to-snn", "FOREIGN"), "is no lava_intsnn file"),
        (("eval", "OTHER"), "holds a 'checkpoint', where a 'quantised-ann' is expected"),
        (("certify", "OTHER"), "holds a 'checkpoint', where a 'quantised-ann' is expected"),
        (("to-snn", "SPIKING"), "give the checkpoint of `lava-intsnn convert train`"),
        (("certify", "SPIKING"), "give the checkpoint of `lava-intsnn convert train`"),
        (("eval", "SPIKING", "--backend", "ann"), "give the checkpoint of `convert train`"),
        (("eval", "SPIKING", "--levels", 8), "--levels: SNN is converted already"),
        (("eval", "SPIKING", "--thresholds", "exact"), "--thresholds: SNN is converted already"),
        (("eval", "SPIKING", "--steps", 65), "thresholds for 1..64 steps"),
        (("eval", "FILE", "--steps", 9, "--levels", 8), "thresholds for 1..8 steps"),
        (("eval", "FILE", "--steps", 5000), "must be in 1..4096"),
        (("eval", "FILE", "--noise", 2.5), "noise ratio 2.5: must be in 0..2"),
        (("eval", "FILE", "--noise", "nan"), "noise ratio nan: must be in 0..2"),
        (("eval", "FILE", "--seed", 1), "--seed 1: keys the noise"),
        (("eval", "FILE", "--backend", "lava"), "give --steps T"),
        (("eval", "FILE", "--backend", "reference"), "give --steps T"),
        (("eval", "FILE", "--plot", "p.txt"), "--plot p.txt: must end in .png, .svg, .pdf"),
        (("eval", "FILE", "--plot", "no/p.png"), "there is no folder"),
        (("eval", "FILE", "--plot", "p.png", "--backend", "ann"), "--plot: the ANN has no"),
        (("to-snn", "FILE", "--scale", 10), "--scale 10: exact thresholds are not scaled"),
        (("to-snn", "FILE", "--levels", 5000), "levels = 5000: must be in 1..4096"),
        (("to-snn", "FILE", *COMPACT, "--scale", 2**21), "must be in 1..1048576"),
        (("to-snn", "FILE", "--out", "FILE"), "is FILE itself"),
        (("to-snn", "FILE", "--out", "no/out.npz"), "there is no folder"),
        (("eval", "UNKNOWN"), "comes from no preset, so its data set is unknown"),
        (("certify", "MNIST", "--data-dir", "DIR"), "MNIST"),
    ],
)
def test_what_a_user_can_put_right_exits_with_2(
    cli, trained, spiking, ann, tmp_path, monkeypatch, words, finding
):
    monkeypatch.chdir(tmp_path)
    files = {"FILE": trained, "SPIKING": spiking, "DIR": tmp_path}
    files["FOREIGN"] = tmp_path / "foreign.npz"
    np.savez(files["FOREIGN"], weights=np.zeros(3))
    files["OTHER"] = tmp_path / "other.npz"
    container.write(files["OTHER"], kind="checkpoint", version=1, header={}, arrays={})
    files["UNKNOWN"] = checkpoint(tmp_path / "unknown.npz", ann, preset_name="")
    files["MNIST"] = checkpoint(tmp_path / "mnist.npz", ann, preset_name="lenet-mnist")
    before = sorted(tmp_path.iterdir())
    status, out, err = cli(*(files.get(word, word) for word in words))
    assert status == 2
    assert out == ""
    assert finding.replace("SNN", str(spiking)) in err
    assert err.startswith("lava-intsnn: error: ")
    assert sorted(tmp_path.iterdir()) == before, "a refusal writes nothing"


# --- from training on ---------------------------------------------------------------------------


def test_a_trained_network_keeps_its_accuracy_to_the_last_image(result, tmp_path):
    pytest.importorskip("torch")
    file = tmp_path / "digits.npz"
    learned = result(
        "train", "lenet-digits", "--epochs", 4, "--out", file, "--quiet", "--threads", 1
    )
    assert learned["test_accuracy"] > 85
    assert result("certify", file)["identical"] is True
    result("to-snn", file)
    found = result("eval", tmp_path / "digits-snn.npz")
    assert found["test_accuracy"] == learned["test_accuracy"]
    assert result("eval", file, "--backend", "ann")["test_accuracy"] == learned["test_accuracy"]
