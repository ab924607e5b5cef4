"""Program files: equal when read back, refused when they are not what they say."""

from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn import loihi, presets
from lava_intsnn.formats.program_file import KIND, VERSION, Compiled, load_program, save_program
from lava_intsnn.state import initial_state
from lava_intsnn.storage import container
from lava_intsnn.storage.errors import FileFormatError


@pytest.fixture(scope="module")
def compiled():
    network = presets.digits_snn_loihi()
    state = initial_state(network, 3)
    image = loihi.compile(network, state, learning=True)
    return Compiled(image, network, "loihi2", state.seed, state.updates)


@pytest.fixture
def path(compiled, tmp_path):
    path = tmp_path / "program.npz"
    save_program(path, compiled)
    return path


def test_a_program_is_read_back_equal(path, compiled):
    found = load_program(path)
    assert found.image.program == compiled.image.program
    assert (found.network, found.target, found.seed) == (compiled.network, "loihi2", 3)
    for name, data in compiled.image.data.items():
        np.testing.assert_array_equal(found.image.data[name].weights, data.weights)


def test_names_of_classes_are_read_back_and_checked(path, compiled):
    assert load_program(path).classes == ()
    names = tuple("abcdefghij")
    save_program(path, replace(compiled, classes=names))
    assert load_program(path).classes == names
    rewritten(path, lambda header, arrays: header.update(classes=3))
    with pytest.raises(FileFormatError, match="classes = 3"):
        load_program(path)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_flipped_bit_is_found(path, place):
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 4
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"program\.npz"):
        load_program(path)


def test_a_cut_file_is_refused(path):
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(FileFormatError, match="truncated or damaged"):
        load_program(path)


def rewritten(path, change):
    """Write the file anew, digest included, after ``change(header, arrays)``."""
    header, arrays = container.read(path, kind=KIND, max_version=VERSION)
    change(header, arrays)
    container.write(path, kind=KIND, version=VERSION, header=header, arrays=arrays)


def test_code_words_that_are_not_the_listing_are_refused(path):
    def change(header, arrays):
        arrays["code.readout.step"] = arrays["code.readout.step"] + np.uint32(1)

    rewritten(path, change)
    with pytest.raises(FileFormatError, match="code words are not those of its listing"):
        load_program(path)


def test_weights_of_another_program_are_refused(path):
    def change(header, arrays):
        arrays["weights.readout.a"][0, 0] ^= 1

    rewritten(path, change)
    with pytest.raises(FileFormatError, match="digests differ"):
        load_program(path)


def test_a_listing_that_cannot_be_read_is_refused(path):
    def change(header, arrays):
        header["listing"] = header["listing"].replace("SPIKE", "SPEAK")

    rewritten(path, change)
    with pytest.raises(FileFormatError, match="'SPEAK'"):
        load_program(path)


def test_a_missing_field_is_refused(path):
    rewritten(path, lambda header, arrays: header.pop("network"))
    with pytest.raises(FileFormatError, match="its network is None"):
        load_program(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [("seed", True), ("seed", 1 << 64), ("updates", -1), ("updates", 1.0), ("target", 5)],
)
def test_a_field_of_the_wrong_type_is_refused(path, field, value):
    rewritten(path, lambda header, arrays: header.update({field: value}))
    with pytest.raises(FileFormatError, match=rf"{field} (is|=) "):
        load_program(path)
