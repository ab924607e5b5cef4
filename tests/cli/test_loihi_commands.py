"""compile, assemble, export, import: exit statuses, files, refusals."""

import json
import re
import sys
from dataclasses import replace

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn import data, loihi, presets
from lava_intsnn.board.board_recording import load_recording
from lava_intsnn.cli import main
from lava_intsnn.engine import Engine
from lava_intsnn.formats.checkpoint import load
from lava_intsnn.formats.program_file import load_program
from lava_intsnn.loihi.microcode import assemble
from lava_intsnn.network import ALIF, Network, Pool
from lava_intsnn.random_keys import eval_keys


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A checkpoint of one epoch of legal learning."""
    path = tmp_path_factory.mktemp("trained") / "digits.npz"
    words = ["train", "digits-snn-loihi", "--epochs", "1", "--out", str(path), "--quiet"]
    assert main(words) == 0
    return path


@pytest.fixture(scope="module")
def compiled(trained, tmp_path_factory):
    """The folder that checkpoint compiles into."""
    folder = tmp_path_factory.mktemp("compiled")
    assert main(["compile", str(trained), "--out", str(folder)]) == 0
    return folder


def test_compile_writes_models_for_a_board(cli, result, trained, tmp_path):
    folder = tmp_path / "board"
    told = result("compile", trained, "--out", tmp_path / "out", "--nc-models", folder)
    assert told["files"]["NcProcessModels"] == str(folder / "nc_models.py")
    recorded = load_recording(folder / "recorded.npz")
    np.testing.assert_array_equal(recorded.labels, data.digits("test").labels[:5])
    for words, said in (
        (
            ("--check", "--nc-models", folder),
            "--check writes no program, and --nc-models needs one",
        ),
        (("--nc-models", tmp_path / "a.npz"), "--nc-models .*: a folder is written"),
    ):
        status, _, err = cli("compile", trained, *words)
        assert status == 2
        assert re.search(said, err)


def test_a_rule_without_negative_traces(cli, result, trained, tmp_path):
    path = tmp_path / "rule.json"
    words = ("export", trained, "--out", path)
    result(*words, "--format", "loihi-rule", "--third-factor", "split")
    assert " - y0*t" in json.loads(path.read_text())["layers"][0]["rule"]["dt"]
    status, _, err = cli(*words, "--format", "nir", "--third-factor", "split")
    assert (status, "belongs to --format loihi-rule" in err) == (2, True)


def test_an_illegal_network_is_refused_with_everything_found(cli, tmp_path):
    status, out, _ = cli("compile", "digits-snn", "--out", tmp_path / "out")
    assert status == 2
    for finding in loihi.preflight(presets.digits_snn()).findings:
        assert finding.what in out
        assert finding.nearest in out
    assert not (tmp_path / "out").exists()


def test_the_nearest_legal_network_is_legal(cli, tmp_path):
    path = tmp_path / "near.json"
    status, out, _ = cli("compile", "digits-snn", "--nearest", path)
    assert status == 2
    told = f"lava-intsnn train digits-snn --network {path} --out FILE"
    assert told in out
    words = told.replace("FILE", str(tmp_path / "near.npz")).split()[1:]
    assert cli(*words, "--epochs", "1")[0] == 0
    near = Network.from_json(path.read_text())
    assert near == loihi.nearest_legal(presets.digits_snn(), target=loihi.LOIHI2, learning=True)
    assert cli("compile", path, "--check")[0] == 0


def test_the_nearest_legal_network_keeps_what_was_learned(cli, tmp_path):
    path = tmp_path / "near.npz"
    status, out, _ = cli("compile", "digits-snn", "--pretrained", "--check", "--nearest", path)
    assert status == 2
    told = f"lava-intsnn train --from {path} --out FILE"
    assert told in out
    donor, learned = ls.pretrained("digits-snn")
    near = ls.load(path)
    assert near.network == loihi.nearest_legal(donor, target="loihi2", learning=True)
    expected = ls.state_in_precision(near.network, donor, learned)
    assert near.state.equals(expected)
    words = told.replace("FILE", str(tmp_path / "on.npz")).split()[1:]
    assert cli(*words, "--epochs", "1", "--limit", "50")[0] == 0
    assert cli("compile", tmp_path / "on.npz", "--check")[0] == 0


@pytest.mark.parametrize(
    ("words", "ways"),
    [
        (("digits-snn",), {"--inference", "--nearest"}),
        (("digits-snn-loihi", "--target", "loihi1"), {"--inference", "--guarded", "--nearest"}),
        (("digits-snn-loihi", "--target", "loihi1", "--inference"), {"--guarded", "--nearest"}),
    ],
)
def test_a_refusal_names_the_options_that_answer_it(cli, words, ways):
    status, out, _ = cli("compile", *words, "--check")
    assert status == 2
    assert {line.split()[0] for line in out.splitlines() if line.startswith("--")} == ways


def test_a_refusal_that_no_option_answers_ends_with_the_report(cli):
    words = ("compile", "mnist-csnn", "--inference", "--check")
    status, out, _ = cli(*words, "--axons", "4096")
    assert status == 2
    report = loihi.preflight(presets.mnist_csnn(), learning=False, axons=4096)
    assert out.endswith(report.text() + "\n")
    status, out, _ = cli(*words)  # without a number of axons there is a warning alone
    assert status == 0
    assert "warning: layer 1 needs 4,608 axons in of a core" in out


def test_a_chip_without_neuron_programs_gets_a_report_and_no_program(cli, trained, tmp_path):
    words = ("compile", trained, "--target", "loihi1", "--inference", "--guarded")
    assert cli(*words, "--check")[0] == 0
    status, out, err = cli(*words, "--out", tmp_path / "out")
    assert status == 2
    assert "inference: fits" in out
    assert f"export {trained} --format netx --guarded" in err
    assert not (tmp_path / "out").exists()


def test_a_file_is_no_folder_for_a_program(cli, trained):
    before = trained.read_bytes()
    status, _, err = cli("compile", trained, "--out", trained)
    assert status == 2
    assert f"--out {trained}: is a file; name a folder" in err
    assert trained.read_bytes() == before


def test_compile_writes_program_listing_and_report(compiled, trained):
    training = load(trained)
    found = load_program(compiled / "program.npz")
    assert found.network == training.current_network
    assert (found.seed, found.updates) == (training.state.seed, training.state.updates)
    listing = (compiled / "listing.txt").read_text()
    assert assemble(listing) == found.image.program
    assert "(3.2)" in listing
    report = json.loads((compiled / "report.json").read_text())
    assert report["preflight"]["fits"] is True
    assert report["cost"]["cores"] == 2
    text = (compiled / "report.txt").read_text()
    assert "fits" in text
    assert "operations a sample" in text


def test_check_writes_nothing(cli, trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli("compile", trained, "--check")[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_cost_is_estimated_at_measured_activity(cli, trained):
    _, full, _ = cli("compile", trained, "--check")
    _, measured, _ = cli("compile", trained, "--check", "--measure", "5")
    assert "everything active" in full
    assert "measured on 5 samples" in measured


def test_a_listing_assembles_to_the_same_program(cli, compiled, tmp_path):
    out = tmp_path / "again.npz"
    words = ("assemble", compiled / "listing.txt", "--data", compiled / "program.npz", "--out", out)
    status, said, _ = cli(*words)
    assert (status, "the same program" in said) == (0, True)
    assert load_program(out).image.program == load_program(compiled / "program.npz").image.program


def test_a_wrong_listing_is_refused_with_its_line(cli, compiled, tmp_path):
    text = (compiled / "listing.txt").read_text()
    broken = tmp_path / "broken.txt"
    broken.write_text(text.replace("ADD r0", "ADX r0", 1))
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "ADD r0" in row)
    data = ("--data", compiled / "program.npz")
    status, _, err = cli("assemble", broken, *data, "--out", tmp_path / "out.npz")
    assert status == 2
    assert f"line {line}: 'ADX'" in err
    assert not (tmp_path / "out.npz").exists()


def test_a_program_is_no_listing_and_no_checkpoint(cli, compiled, trained, tmp_path):
    program, out = compiled / "program.npz", tmp_path / "out.npz"
    assert "is no text" in cli("assemble", program, "--data", program, "--out", out)[2]
    wrong = cli("assemble", compiled / "listing.txt", "--data", trained, "--out", out)[2]
    assert "holds a 'checkpoint', where a 'program' is expected" in wrong
    status, _, err = cli("compile", program)
    assert status == 2
    assert "holds a 'program', where a 'checkpoint' is expected" in err
    assert not out.exists()


def test_microcode_gives_the_accuracy_of_the_engine(cli, trained):
    *_, line = cli("eval", trained, "--limit", 60)[1].splitlines()
    *_, found = cli("eval", trained, "--limit", 60, "--backend", "microcode")[1].splitlines()
    assert line == found


def test_a_program_is_evaluated_as_the_network_it_comes_from(cli, compiled, trained):
    *_, line = cli("eval", trained, "--limit", 60)[1].splitlines()
    status, said, _ = cli("eval", compiled / "program.npz", "--limit", 60)
    assert status == 0
    assert said.splitlines()[-1].split() == line.split()
    assert "instructions a sample" in said


def test_a_program_changed_by_hand_is_evaluated_as_changed(cli, compiled, tmp_path):
    text, out = (compiled / "listing.txt").read_text(), tmp_path / "dead.npz"
    listing = tmp_path / "dead.txt"
    listing.write_text(text.replace("constant vth 250", "constant vth 1000000"))
    assert cli("assemble", listing, "--data", compiled / "program.npz", "--out", out)[0] == 0
    fields = json.loads(cli("eval", out, "--limit", 60, "--json")[1])
    assert fields["counts"]["spikes"] == 0


@pytest.mark.parametrize("words", [("--backend", "lava"), ("--guarded",)])
def test_a_program_has_its_own_backend_and_neurons(cli, compiled, words):
    status, _, err = cli("eval", compiled / "program.npz", *words)
    assert status == 2
    assert f"{words[0]}" in err


def test_guarded_neurons_are_evaluated(cli, trained):
    *_, engine = cli("eval", trained, "--guarded", "--limit", 60)[1].splitlines()
    *_, chip = cli("eval", trained, "--guarded", "--limit", 60, "--backend", "microcode")[
        1
    ].splitlines()
    assert engine == chip


def test_guarded_is_named_only_where_it_helps(cli, tmp_path):
    network, path = presets.digits_snn(), tmp_path / "a.json"
    own = {"vth": 300, "window": 600, "adapt_step": 20}
    layers = (replace(network.layers[0], neuron=ALIF(**own)), *network.layers[1:])
    path.write_text(replace(network, layers=layers).to_json())
    out = ("--format", "netx", "--out", tmp_path / "a.net")
    assert "--guarded" not in cli("export", path, *out)[2]
    assert "--guarded makes" in cli("export", "digits-snn", *out)[2]


def test_a_nearest_network_that_is_not_legal_yet_is_called_so(cli, tmp_path):
    pool = Pool(in_shape=(8, 8, 1), kernel=2, stride=2)
    network = presets.digits_snn()
    first = replace(network.layers[0], pool=pool)
    path, near = tmp_path / "a.json", tmp_path / "near.json"
    path.write_text(replace(network, layers=(first, *network.layers[1:])).to_json())
    status, out, _ = cli("compile", path, "--nearest", near)
    assert status == 2
    assert "it is not legal yet" in out
    assert "to train it" not in out


def test_a_network_goes_to_netx_and_back(cli, trained, tmp_path):
    path, back = tmp_path / "digits.net", tmp_path / "back.npz"
    status, _, err = cli("export", trained, "--format", "netx", "--out", path)
    assert status == 2
    assert "--guarded makes neurons and ties fit" in err
    assert cli("export", trained, "--format", "netx", "--guarded", "--out", path)[0] == 0
    assert cli("import", path, "--preset", "digits-snn-loihi", "--out", back)[0] == 0
    training, imported = load(trained), load(back)
    network = loihi.inference_network(training.network)
    images = np.random.default_rng(0).integers(0, 17, (30, 64)).astype(np.uint8) * 15
    keys = eval_keys(0, 30)
    with (
        Engine(network, training.state) as ours,
        Engine(imported.network, imported.state) as theirs,
    ):
        wanted, found = ours.infer_batch(images, keys), theirs.infer_batch(images, keys)
    np.testing.assert_array_equal(wanted.counts, found.counts)
    assert wanted.counts.any()


def test_learning_rules_are_exported(cli, trained, tmp_path):
    path = tmp_path / "rules.json"
    assert cli("export", trained, "--format", "loihi-rule", "--out", path)[0] == 0
    assert "dw" in path.read_text()


def test_files_have_names_of_their_own(cli, trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for format in ("netx", "nir", "loihi-rule"):
        assert cli("export", trained, "--format", format, "--guarded")[0] == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"digits{end}" for end in (".net", ".nir", "-rule.json")}


def test_a_missing_extra_is_named(cli, trained, tmp_path, monkeypatch):
    path = tmp_path / "digits.nir"
    assert cli("export", trained, "--format", "nir", "--out", path)[0] == 0
    monkeypatch.setitem(sys.modules, "nir", None)
    status, _, err = cli("export", trained, "--format", "nir", "--out", path)
    assert status == 2
    assert 'pip install "lava-intsnn[nir]"' in err
    assert cli("import", path, "--out", tmp_path / "out.npz")[0] == 0  # reading does without


def test_a_file_that_is_not_there_is_not_imported(cli, tmp_path):
    status, _, err = cli("import", tmp_path / "missing.net", "--out", tmp_path / "out.npz")
    assert status == 2
    assert "no file at" in err


@pytest.mark.parametrize("content", [b"", b"not HDF5 at all"])
def test_a_foreign_file_is_not_imported(cli, tmp_path, content):
    path = tmp_path / "foreign.net"
    path.write_bytes(content)
    status, _, err = cli("import", path, "--out", tmp_path / "out.npz")
    assert status == 2
    assert str(path) in err


def test_what_a_nir_error_says_to_raise_can_be_raised(cli, tmp_path, capsys):
    nir = pytest.importorskip("nir")
    ones = np.ones(6)
    neuron = {"tau": 4.6e-4 * ones, "r": 4.6 * ones, "v_leak": 0 * ones, "v_threshold": ones}
    graph = nir.NIRGraph.from_list(
        nir.Affine(np.eye(6, 9, dtype=np.float32), np.zeros(6, np.float32)), nir.LIF(**neuron)
    )
    nir.write(tmp_path / "f.nir", graph)
    words = ("import", tmp_path / "f.nir", "--out", tmp_path / "out.npz")
    status, _, err = cli(*words, "--decay-tolerance", "0")
    assert status == 2
    assert "raise decay_tolerance" in err
    status, _, err = cli(*words, "--decay-tolerance", "0.5", "--precision", "16-12")
    assert status == 0, err
    assert str(load(tmp_path / "out.npz").network.precision) == "16-12"
    with pytest.raises(SystemExit):
        cli(*words, "--decay-tolerance", "2")
    assert "must be a number from 0 to 1" in capsys.readouterr().err


def test_a_file_for_other_data_is_not_imported(cli, trained, tmp_path):
    path = tmp_path / "digits.net"
    assert cli("export", trained, "--format", "netx", "--guarded", "--out", path)[0] == 0
    words = ("import", path, "--preset", "mnist-snn", "--out", tmp_path / "out.npz")
    status, _, err = cli(*words)
    assert status == 2
    assert "takes 64 values" in err
    assert "784" in err


def test_a_precision_that_contradicts_the_file_is_refused(cli, trained):
    status, _, err = cli("compile", trained, "--precision", "16-8", "--check")
    assert status == 2
    assert "contradicts" in err
