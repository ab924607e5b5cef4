"""convert to-snn and certify, what all of convert refuses, and the way from training on."""

from dataclasses import replace

import numpy as np
import pytest
from hand_made_ann import checkpoint

from lava_intsnn import data
from lava_intsnn.cli import main, parser
from lava_intsnn.cli.convert import layers
from lava_intsnn.conversion.ann_presets import preset
from lava_intsnn.conversion.converter import convert
from lava_intsnn.formats.spiking import load_spiking
from lava_intsnn.storage import container

WORDS = ("train", "to-snn", "eval", "certify", "compile")
COMPACT = ("--thresholds", "compact")


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
def test_what_is_written_is_what_the_library_converts(
    convert_json, ann_file, ann, tmp_path, words, given
):
    out = tmp_path / "out.npz"
    fields = convert_json("to-snn", ann_file, "--out", out, *words)
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


def test_the_file_is_named_after_the_checkpoint(convert_cli, ann_file, tmp_path):
    here = tmp_path / "my.net.npz"
    here.write_bytes(ann_file.read_bytes())
    status, out, _ = convert_cli("to-snn", here)
    assert status == 0
    assert f"wrote {tmp_path / 'my.net-snn.npz'}" in out
    assert (tmp_path / "my.net-snn.npz").exists()


def test_the_table_says_what_the_layers_are(convert_json, ann_file, tmp_path):
    rows = convert_json("to-snn", ann_file, "--out", tmp_path / "out.npz")["layers"]
    assert [row["name"] for row in rows] == ["encoder", "layer 1", "layer 2", "readout"]
    assert [row["shape"] for row in rows] == [[6, 6, 6], [3, 3, 6], [1, 1, 12], [10]]
    assert [row["weight_bits"] for row in rows] == [8, 2, 2, 8]
    assert [row["levels"] for row in rows] == [4, 64, 64, 0]
    assert [row["negative"] for row in rows] == [0, 1, 1, None]
    assert [row["zero"] for row in rows] == [0, 0, 1, None]
    macs = [36 * 6 * 9, 9 * 6 * 4 * 6, 12 * 9 * 6, 120]
    assert [row["macs"] for row in rows] == macs
    assert sum(macs) == preset("lenet-digits").spec(notation="6C3-P2-12").stack.macs


def test_gammas_are_counted_in_words(convert_cli, ann_file, tmp_path):
    _, out, _ = convert_cli("to-snn", ann_file, "--out", tmp_path / "out.npz")
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


def test_the_anns_accuracy_is_kept_when_asked_for(
    convert_json, convert_cli, ann_file, ann, tmp_path
):
    out, test = tmp_path / "out.npz", data.digits("test")
    fields = convert_json("to-snn", ann_file, "--out", out, "--measure")
    expected = 100 * float((ann.predict(test.maps) == test.labels).mean())
    assert fields["ann_accuracy"] == expected
    assert fields["samples"] == len(test)
    assert load_spiking(out)[1]["ann_accuracy"] == expected
    assert f"ANN {expected:.2f} %" in convert_cli("eval", out)[1]


def test_the_compact_forms_verdict_is_what_all_potentials_say(
    convert_json, ann_file, ann, tmp_path
):
    """Every potential a layer can have is counted by both forms."""
    fields = convert_json("to-snn", ann_file, "--out", tmp_path / "out.npz", "--scale", 2, *COMPACT)
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


def test_the_verdict_is_said_in_words(convert_cli, ann_file, tmp_path):
    words = ("to-snn", ann_file, "--out", tmp_path / "out.npz", *COMPACT, "--scale")
    _, coarse, _ = convert_cli(*words, 2)
    assert "compact form at scale 2: not exact" in coarse
    assert "thresholds differ, in" in coarse
    _, fine, _ = convert_cli(*words, 2**20)
    assert "compact form at scale 1,048,576: equal to the exact one for every input" in fine


def test_certify_finds_the_exact_form_equal(convert_json, ann_file, ann):
    fields = convert_json("certify", ann_file)
    assert fields["identical"] is True
    rows = fields["certificate"]["layers"]
    assert [row["mismatches"] for row in rows] == [0, 0, 0]
    assert [row["neurons"] for row in rows] == [360 * n for n in (216, 54, 12)]
    assert fields["certificate"]["unsettled"] == 0


@pytest.mark.parametrize("synapses", ["lava", "own"])
def test_certify_compares_lava_spike_by_spike(convert_json, ann_file, ann, synapses):
    words = ("--limit", 4, "--lava", 3, "--synapses", synapses)
    found = convert_json("certify", ann_file, *words)["lava"]
    assert found["differ"] == []
    assert found["images"] == 3
    assert found["spikes"] > 100
    assert found["neurons"] == sum(int(np.prod(shape)) for shape in ann.shapes)


def test_certify_exits_with_1_where_lava_differs(convert_json, ann_file, monkeypatch):
    from lava_intsnn.systems import converted_system

    def one_spike_off(*args, **options):
        result = run_in_lava(*args, **options)
        result.spikes[1][0, 0, 0, 0, 0] ^= 1
        return result

    run_in_lava = converted_system.run_in_lava
    monkeypatch.setattr(converted_system, "run_in_lava", one_spike_off)
    words = ("--limit", 2, "--lava", 1, "--synapses", "own")
    fields = convert_json("certify", ann_file, *words, status=1)
    assert fields["lava"]["differ"] == ["spikes"]
    assert fields["certificate"]["ok"]
    assert not fields["identical"]


@pytest.mark.parametrize("words", [("--thresholds", "use-int"), ("--steps", 1), ("--levels", 1)])
def test_certify_exits_with_1_where_a_neuron_differs(convert_json, convert_cli, ann_file, words):
    fields = convert_json("certify", ann_file, "--limit", 50, *words, status=1)
    assert fields["identical"] is False
    assert sum(row["mismatches"] for row in fields["certificate"]["layers"]) > 0
    status, out, _ = convert_cli("certify", ann_file, "--limit", 50, *words)
    assert status == 1
    assert "NOT equal" in out
    assert "in the quantised network" in out, "the first neurons that differ are named"
    assert "compact form" in out


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
        (("eval", "FILE", "--steps", 5000), "--steps 5000: a run has 1..4,096"),
        (("eval", "FILE", "--noise", 2.5), "ratio = 2.5: must be a number in 0..2"),
        (("eval", "FILE", "--noise", "nan"), "ratio = nan: must be a number in 0..2"),
        (("eval", "FILE", "--seed", 1), "--seed 1: keys the noise"),
        (("eval", "FILE", "--backend", "lava"), "give --steps T"),
        (("eval", "FILE", "--backend", "reference"), "give --steps T"),
        (("eval", "FILE", "--plot", "no/p.png"), "there is no folder"),
        (("eval", "FILE", "--plot", "p.png", "--backend", "ann"), "--plot: the ANN has no"),
        (("eval", "FILE", "--plot", "FOLDER"), "is a folder; give the name of a file"),
        (("eval", "FILE", "--steps", "4", "--backend", "ann"), "--steps: the ANN has no"),
        (("eval", "FILE", "--synapses", "own"), "give it, or leave it out"),
        (("certify", "FILE", "--synapses", "own"), "give --lava N"),
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
    convert_cli, ann_file, snn_file, ann, tmp_path, monkeypatch, words, finding
):
    monkeypatch.chdir(tmp_path)
    files = {"FILE": ann_file, "SPIKING": snn_file, "DIR": tmp_path}
    files["FOREIGN"] = tmp_path / "foreign.npz"
    np.savez(files["FOREIGN"], weights=np.zeros(3))
    files["OTHER"] = tmp_path / "other.npz"
    container.write(files["OTHER"], kind="checkpoint", version=1, header={}, arrays={})
    files["UNKNOWN"] = checkpoint(tmp_path / "unknown.npz", ann, preset_name="")
    files["FOLDER"] = tmp_path / "folder.png"
    files["FOLDER"].mkdir()
    files["MNIST"] = checkpoint(tmp_path / "mnist.npz", ann, preset_name="lenet-mnist")
    before = sorted(tmp_path.iterdir())
    status, out, err = convert_cli(*(files.get(word, word) for word in words))
    assert status == 2
    assert out == ""
    assert finding.replace("SNN", str(snn_file)) in err
    assert err.startswith("lava-intsnn: error: ")
    assert sorted(tmp_path.iterdir()) == before, "a refusal writes nothing"


def test_a_trained_network_keeps_its_accuracy_to_the_last_image(convert_json, tmp_path):
    pytest.importorskip("torch")
    file = tmp_path / "digits.npz"
    learned = convert_json(
        "train", "lenet-digits", "--epochs", 4, "--out", file, "--quiet", "--threads", 1
    )
    assert learned["test_accuracy"] > 85
    assert convert_json("certify", file)["identical"] is True
    convert_json("to-snn", file)
    found = convert_json("eval", tmp_path / "digits-snn.npz")
    assert found["test_accuracy"] == learned["test_accuracy"]
    assert (
        convert_json("eval", file, "--backend", "ann")["test_accuracy"] == learned["test_accuracy"]
    )
