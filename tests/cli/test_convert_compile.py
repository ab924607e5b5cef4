"""convert compile and its programs, certify on virtual cores, and what no format holds."""

import json

import numpy as np
import pytest

from lava_intsnn import data, loihi
from lava_intsnn.conversion.converter import convert
from lava_intsnn.conversion.spiking_engine import infer
from lava_intsnn.formats.program_file import load_program
from lava_intsnn.loihi.microcode import assemble
from lava_intsnn.storage import container
from lava_intsnn.storage.errors import FileFormatError


@pytest.fixture(scope="module")
def folder(ann_file, tmp_path_factory):
    """The folder that the network compiles into."""
    from lava_intsnn.cli import main

    path = tmp_path_factory.mktemp("compiled") / "net"
    words = ["convert", "compile", str(ann_file), "--levels", "16", "--measure", "20"]
    assert main([*words, "--out", str(path)]) == 0
    return path


def test_a_program_has_the_steps_that_the_test_images_need(folder, ann):
    network = convert(ann, levels=16)
    compiled = load_program(folder / "program.npz")
    assert compiled.converted
    settled = int(infer(network, data.digits("test").maps).quiet_at.max())
    assert compiled.converted_steps == settled
    assert compiled.origin["data"] == "digits"
    image = loihi.compile_converted(network, steps=settled)
    assert compiled.image.program == image.program
    assert assemble((folder / "listing.txt").read_text()) == image.program
    for name, numbers in image.parameters.items():
        np.testing.assert_array_equal(compiled.image.parameters[name], numbers)
    np.testing.assert_array_equal(compiled.network.readout, network.readout)


def test_the_reports_say_the_same_in_text_and_json(folder):
    told = json.loads((folder / "report.json").read_text())
    text = (folder / "report.txt").read_text()
    assert told["preflight"]["fits"]
    assert told["cost"]["activity"] == "measured on 20 images of digits test"
    assert "4 cores, 1 chip" in text
    assert f"{told['cost']['steps']} steps a sample" in text


def test_eval_runs_the_program_on_virtual_cores(folder, result, ann):
    fields = result("eval", folder / "program.npz", "--limit", 30)
    test = data.digits("test").head(30)
    found = infer(convert(ann, levels=16), test.maps, steps=fields["steps"])
    assert fields["test_accuracy"] == 100 * float((found.predictions[-1] == test.labels).mean())
    spikes, synops = found.events.sum() / 30, found.synops.sum() / 30
    assert fields["counts"]["spikes"] == pytest.approx(spikes)
    assert fields["counts"]["synaptic_ops"] > synops  # the pixels' own come with them


def test_assemble_takes_the_listing_and_its_numbers(folder, result, tmp_path):
    words = ("--data", folder / "program.npz", "--out", tmp_path / "again.npz")
    assert result("assemble", folder / "listing.txt", *words)["identical"] is True
    assert load_program(tmp_path / "again.npz").converted


def test_a_damaged_program_is_refused(folder, tmp_path):
    header, arrays = container.read(folder / "program.npz", kind="program", max_version=2)
    path = tmp_path / "damaged.npz"
    for change in ("parameters.hidden_1.theta_first", "converted.readout", "code.readout.step"):
        kept = {name: array for name, array in arrays.items() if name != change}
        container.write(path, kind="program", version=2, header=header, arrays=kept)
        with pytest.raises(FileFormatError, match="Compile the network again"):
            load_program(path)
    with pytest.raises(FileFormatError, match="version 2"):  # what older releases say
        container.read(folder / "program.npz", kind="program", max_version=1)


def test_certify_compares_virtual_cores_spike_by_spike(convert_json, ann_file, ann):
    words = ("--limit", 9, "--virtual", 8)
    found = convert_json("certify", ann_file, *words)["microcode"]
    assert found["differ"] == []
    assert found["images"] == 8
    assert found["spikes"] > 100
    assert found["neurons"] == sum(int(np.prod(shape)) for shape in ann.shapes)


def test_certify_exits_with_1_where_virtual_cores_differ(convert_json, ann_file, monkeypatch):
    def one_spike_off(*args, **options):
        result = run_on_chip(*args, **options)
        result.spikes[1][0, 0, 0, 0, 0] ^= 1
        return result

    run_on_chip = loihi.run_on_chip
    monkeypatch.setattr(loihi, "run_on_chip", one_spike_off)
    fields = convert_json("certify", ann_file, "--limit", 2, "--virtual", 1, status=1)
    assert fields["microcode"]["differ"] == ["spikes"]
    assert fields["lava"] is None
    assert not fields["identical"]


def test_eval_in_microcode_says_what_the_engine_does(convert_json, snn_file):
    words = ("eval", snn_file, "--steps", 6, "--limit", 3)
    mine, engine = (convert_json(*words, "--backend", name) for name in ("microcode", "engine"))
    assert mine["activity"] == engine["activity"]


def test_loihi_1_gets_the_report_alone(convert_json, ann_file, tmp_path):
    words = ("--target", "loihi1", "--steps", 8, "--out", tmp_path / "none")
    fields = convert_json("compile", ann_file, *words, status=2)
    assert not fields["report"]["fits"]
    assert fields["cost"] is None
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("convert", "compile", "SNN", "--steps", "65"), "steps = 65"),
        (("convert", "compile", "SNN", "--levels", "9"), "is converted already"),
        (("convert", "compile", "SNN", "--out", "SNN"), "is a file; name a folder"),
        (("convert", "eval", "SNN", "--backend", "microcode"), "give --steps T"),
        (
            ("convert", "eval", "SNN", "--backend", "microcode", "--steps", "3", "--noise", "1"),
            "use another backend",
        ),
        (("compile", "SNN"), "`lava-intsnn convert` eval and compile read it"),
        (("export", "SNN", "--format", "netx"), "layers 1..2: their neurons keep the potential"),
        (("export", "SNN", "--format", "netx"), "netx could hold its synapses, weights -1..1"),
        (("export", "SNN", "--format", "nir"), "whose neurons nir lacks"),
    ],
)
def test_what_is_refused_says_why(cli, snn_file, words, what):
    status, _, err = cli(*(snn_file if word == "SNN" else word for word in words))
    assert status == 2
    assert what in err
