"""Containers whose headers were changed, their digests too: an error that names the file, or a run.

Whoever makes such a file computes the digest anew, so it protects from accidents alone.
"""

import copy
import json

import numpy as np
import pytest
from families import family
from hand_made_ann import checkpoint as checkpoint_of_ann, hand_made
from hypothesis import given, strategies as st

from lava_intsnn import loihi, presets
from lava_intsnn.conversion import load_ann_file, save_packed
from lava_intsnn.conversion.converter import convert
from lava_intsnn.formats.checkpoint import load_checkpoint, save
from lava_intsnn.formats.program_file import Compiled, load_program, save_program
from lava_intsnn.formats.spiking import load_spiking, save_spiking
from lava_intsnn.state import initial_state
from lava_intsnn.storage import FileFormatError, container

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 80), 1 << 80)
    | st.sampled_from([0, 1, -1, 1 << 20, 1 << 31, 1 << 63, 0.5, 1e300])
    | st.sampled_from(["", "x", "loihi2", "dense", "../x", "\x1b[0m", "\ud800", "9" * 50]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def checkpoint(path):
    network = presets.digits_snn()
    save(path, network, initial_state(network, 0))


def program(path):
    network = presets.digits_snn_loihi()
    state = initial_state(network, 0)
    image = loihi.compile(network, state, learning=True)
    save_program(path, Compiled(image, network, "loihi2", 0, 0))


def spiking(path):
    network = convert(hand_made())
    origin = {"preset": None, "data": None, "ann_accuracy": None, "thresholds": "x"}
    save_spiking(path, network, origin=origin)


def packed(path):
    run = checkpoint_of_ann(path.with_name("run.npz"), hand_made())
    save_packed(path, load_ann_file(run))


KINDS = {
    "checkpoint": (checkpoint, load_checkpoint),
    "program": (program, load_program),
    "quantised-network": (packed, load_ann_file),
    "spiking-network": (spiking, load_spiking),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return each kind's header and arrays."""
    found = {}
    for kind, (write, _) in KINDS.items():
        path = tmp_path_factory.mktemp("written") / "file.npz"
        write(path)
        version = container.peek(path)[1]
        found[kind] = (version, *container.read(path, kind=kind, max_version=version))
    return found


def places(value, path=()):
    """Yield the path to every value inside, and to the whole."""
    yield path
    if isinstance(value, (dict, list)):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*path, key))


def put(header, path, junk):
    """Return the header with ``junk`` at a place, or without the place if it is None."""
    changed = copy.deepcopy(header)
    at = changed
    for key in path[:-1]:
        at = at[key]
    if junk is None and isinstance(at, dict):
        del at[path[-1]]
    else:
        at[path[-1]] = junk
    return changed


def refusal(kind, file):
    """Return why a file is refused, None if it is not. Any other error is one of the tests."""
    try:
        KINDS[kind][1](file)
    except FileFormatError as error:
        return str(error)
    return None


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@family(300, quick=40)
def test_a_changed_header_is_refused_or_understood(written, tmp_path_factory, kind, data):
    version, header, arrays = written[kind]
    known = [path for path in places(header) if path]
    changed = put(header, data.draw(st.sampled_from(known)), data.draw(JUNK))
    file = tmp_path_factory.getbasetemp() / f"{kind}.npz"
    container.write(file, kind=kind, version=version, header=changed, arrays=arrays)
    said = refusal(kind, file)
    assert said is None or str(file) in said
    assert all(line.isprintable() for line in (said or "").splitlines())


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@family(100, quick=15)
def test_changed_arrays_are_refused_or_understood(written, tmp_path_factory, kind, data):
    version, header, arrays = written[kind]
    name = data.draw(st.sampled_from(sorted(arrays)))
    wrong = data.draw(
        st.sampled_from(
            [
                np.zeros(0, np.int32),
                np.zeros((), np.int32),
                np.full((3, 3), np.nan),
                np.full(arrays[name].shape, 1 << 62),
                arrays[name][..., :1],
                arrays[name].astype(bool),
            ]
        )
    )
    file = tmp_path_factory.getbasetemp() / f"{kind}.npz"
    container.write(file, kind=kind, version=version, header=header, arrays={**arrays, name: wrong})
    said = refusal(kind, file)
    assert said is None or str(file) in said


def test_a_name_that_no_terminal_prints(tmp_path, written):
    version, header, arrays = written["checkpoint"]
    header = json.loads(json.dumps(header).replace('"digits-snn"', '"a\\ud800\\u001b"'))
    file = tmp_path / "a.npz"
    container.write(file, kind="checkpoint", version=version, header=header, arrays=arrays)
    with pytest.raises(FileFormatError, match="printable"):
        load_checkpoint(file)
