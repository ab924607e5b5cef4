"""Checkpoints: every bit comes back, and nothing else is taken for one."""

import dataclasses
import json

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from random_layers import layered_cases
from random_networks import EVERYTHING, networks

from lava_intsnn import presets
from lava_intsnn.augmenting import Augment
from lava_intsnn.formats.checkpoint import (
    VERSION,
    load,
    load_checkpoint,
    save,
    save_checkpoint,
)
from lava_intsnn.network import Precision
from lava_intsnn.recipe import Recipe
from lava_intsnn.state import State, initial_state
from lava_intsnn.storage import FileFormatError, container
from lava_intsnn.training.training_run import EpochRecord, Training, start

PERCENT = st.floats(0, 100)
SMALL = st.integers(0, 3)


@st.composite
def trainings(draw):
    """Runs at any epoch, with extreme seeds and weights anywhere in their width."""
    network = draw(networks())
    top = (1 << (network.precision.storage_bits - 1)) - 1
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    weights = tuple(
        rng.integers(-top, top + 1, (layer.n_out, layer.n_in)).astype(np.int32)
        for layer in network.layers
    )
    epochs = draw(st.integers(0, 4))
    history = tuple(
        EpochRecord(
            epoch=epoch + 1,
            train_accuracy=draw(PERCENT),
            validation_accuracy=draw(st.none() | PERCENT),
            saturated=tuple(draw(st.floats(0, 1)) for _ in network.layers),
            seconds=draw(st.floats(0, 1e9)),
        )
        for epoch in range(epochs)
    )
    return Training(
        network=network,
        recipe=Recipe(
            epochs=epochs + draw(st.integers(1, 5)),
            lr_drops=tuple(sorted(draw(st.lists(st.integers(1, 100), max_size=3)))),
            augment=draw(SMALL | st.builds(Augment, shift=SMALL, mix=SMALL, align=st.booleans())),
        ),
        state=State(
            weights=weights,
            seed=draw(st.integers(-(2**63), 2**64 - 1)),
            updates=draw(st.integers(0, 2**62)),
        ),
        data=draw(st.text("0123456789abcdef", min_size=16, max_size=16)),
        preset=draw(st.sampled_from(("", "mnist-snn"))),
        epoch=epochs,
        history=history,
        classes=draw(st.sampled_from(((), tuple(f"class {k}" for k in range(network.n_classes))))),
    )


@given(training=trainings())
@family(60)
def test_a_run_comes_back_equal_in_every_bit(tmp_path_factory, training):
    path = tmp_path_factory.mktemp("round") / "run.npz"
    save_checkpoint(path, training)
    back = load_checkpoint(path)
    for field in dataclasses.fields(Training):
        if field.name != "state":
            assert getattr(back, field.name) == getattr(training, field.name)
    assert (back.state.seed, back.state.updates) == (training.state.seed, training.state.updates)
    for found, saved in zip(back.state.weights, training.state.weights, strict=True):
        assert found.dtype == np.int32
        np.testing.assert_array_equal(found, saved)


@pytest.fixture
def training():
    return start(presets.digits_snn(), Recipe(epochs=3), data="0123456789abcdef", seed=5)


@pytest.fixture
def parts(training, tmp_path):
    """The content of a good file, to be spoilt."""
    save(tmp_path / "good.npz", training)
    return container.read(tmp_path / "good.npz", kind="checkpoint", max_version=1)


@pytest.fixture
def refused(tmp_path):
    """Write a spoilt file, and return the message of its refusal."""
    path = tmp_path / "spoilt.npz"

    def check(header, arrays, *, kind="checkpoint", version=1):
        container.write(path, kind=kind, version=version, header=header, arrays=arrays)
        with pytest.raises(FileFormatError) as caught:
            load(path)
        assert str(path) in str(caught.value)
        return str(caught.value)

    return check


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileFormatError, match=r"nowhere\.npz"):
        load(tmp_path / "nowhere.npz")


def test_any_truncation_is_noticed(training, tmp_path):
    path = tmp_path / "run.npz"
    save(path, training)
    whole = path.read_bytes()
    for size in (0, 3, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(FileFormatError, match=r"run\.npz"):
            load(path)


def test_a_foreign_npz_is_refused(tmp_path):
    np.savez(tmp_path / "foreign.npz", weights=np.zeros((3, 4)))
    with pytest.raises(FileFormatError, match=r"foreign\.npz is no lava_intsnn file"):
        load(tmp_path / "foreign.npz")


def test_only_a_run_with_names_needs_the_version_that_has_them(training, tmp_path):
    names = tuple("zyxwvutsrq")
    for version, changes in ((1, {}), (2, {"own_data": "mine"}), (3, {"classes": names})):
        save(tmp_path / "run.npz", dataclasses.replace(training, **changes))
        container.read(tmp_path / "run.npz", kind="checkpoint", max_version=version)
        if version > 1:
            with pytest.raises(FileFormatError, match="update lava_intsnn"):
                container.read(tmp_path / "run.npz", kind="checkpoint", max_version=version - 1)
    assert load(tmp_path / "run.npz").classes == names


def test_only_augmentation_beyond_shifts_needs_a_new_version(training, tmp_path):
    for augment, version in ((Augment(shift=2), 1), (Augment(shift=2, mix=50), 5)):
        recipe = dataclasses.replace(training.recipe, augment=augment)
        save(tmp_path / "run.npz", dataclasses.replace(training, recipe=recipe))
        container.read(tmp_path / "run.npz", kind="checkpoint", max_version=version)
        assert load(tmp_path / "run.npz").recipe.augmentation == augment
    with pytest.raises(FileFormatError, match="update lava_intsnn"):
        container.read(tmp_path / "run.npz", kind="checkpoint", max_version=4)


def test_names_of_other_classes_are_refused(parts, refused):
    header, arrays = parts
    for names in (["a", "b"], ["a"] * 10, [1] * 10):
        assert "classes" in refused({**header, "classes": names}, arrays, version=3)


def test_another_kind_and_a_newer_version_are_refused(parts, refused):
    assert "'table'" in refused(*parts, kind="table")
    assert "update lava_intsnn" in refused(*parts, version=VERSION + 1)


def test_a_network_out_of_range_is_refused_with_its_value(parts, refused):
    header, arrays = parts
    network = json.loads(json.dumps(header["network"]))
    network["layers"][0]["lr_shift"] = 99
    assert "lr_shift = 99" in refused({**header, "network": network}, arrays)


def test_a_network_whose_widths_can_overflow_is_refused(parts, refused):
    header, arrays = parts
    network = {**header["network"], "loss": {**header["network"]["loss"], "alpha": 1 << 20}}
    assert "alpha" in refused({**header, "network": {**network, "steps": 4096}}, arrays)


@pytest.mark.parametrize("value", [32768, -32768, np.iinfo(np.int32).min])
def test_a_weight_beyond_its_width_is_refused(parts, refused, value):
    header, arrays = parts
    wide = arrays["w1"].copy()
    wide[3, 7] = value
    assert "layer 1: a shadow weight" in refused(header, {**arrays, "w1": wide})


def test_weights_of_another_shape_or_type_are_refused(parts, refused):
    header, arrays = parts
    assert "(10, 99)" in refused(header, {**arrays, "w1": arrays["w1"][:, :99]})
    assert "int64" in refused(header, {**arrays, "w1": arrays["w1"].astype(np.int64)})
    assert "w0, w1" in refused(header, {"w0": arrays["w0"]})


@pytest.mark.parametrize(
    ("field", "value", "finding"),
    [
        ("epoch", 2, "2 of 3 epochs"),
        ("epoch", True, "epoch = True"),
        ("updates", -1, "updates = -1"),
        ("seed", "5", "seed = '5'"),
        ("recipe", {"epochs": 0, "lr_drops": [], "augment": 0}, "epochs = 0"),
        ("recipe", {"epochs": 3, "augment": {"mixed": 5}}, "'mixed': must be one of shift"),
        ("recipe", {"epochs": 3, "augment": {"mix": 101}}, "Augment: mix = 101"),
        ("recipe", {"epochs": 3, "augment": "2"}, "augment = '2': must be an integer"),
        ("recipe", {"epoch": 3}, "epoch"),
        ("history", [{}], "history entry 0"),
        ("history", [5], "history entry 0"),
        ("history", 5, "not iterable"),
        ("epoch", 1.0, "Training: epoch = 1.0: must be an integer: write 1"),
        ("preset", None, "Training: preset = None: must be text"),
        ("data", 5, "Training: data = 5: must be text"),
        ("seed", 1 << 64, "State: seed = 18446744073709551616: must be an integer"),
        ("updates", True, "State: updates = True"),
        ("recipe", {"epochs": "3"}, "Recipe: epochs = '3': must be an integer"),
        ("recipe", {"epochs": 3, "lr_drops": [50, None]}, "Recipe: lr_drops[1] = None"),
        ("recipe", [], "recipe"),
        ("network", [], "'format' must be 1"),
    ],
)
def test_fields_that_make_no_run_are_refused(parts, refused, field, value, finding):
    header, arrays = parts
    assert finding in refused({**header, field: value}, arrays)


def test_a_missing_field_is_named(parts, refused):
    header, arrays = parts
    del header["updates"]
    assert "updates" in refused(header, arrays)


def test_a_state_that_does_not_fit_is_not_saved(training, tmp_path):
    wrong = dataclasses.replace(training, state=State(weights=training.state.weights[:1]))
    with pytest.raises(ValueError, match="1 layers"):
        save(tmp_path / "run.npz", wrong)
    assert not (tmp_path / "run.npz").exists()


@given(layered_cases(features=EVERYTHING - {"conv"}, most=1))
def test_delays_of_the_state_come_back(tmp_path_factory, case):
    path = tmp_path_factory.mktemp("delays") / "run.npz"
    save(path, case.network, case.state)
    training = load(path)
    assert training.network == case.network
    assert training.state.equals(case.state)
    _, version = container.peek(path)
    learned = any(layer.learns_delays for layer in case.network.layers)
    assert version == (6 if learned else 4 if case.state.delays else 1)


def test_delays_beyond_what_the_network_holds_are_refused(tmp_path):
    hidden, output = presets.digits_snn().layers
    hidden = dataclasses.replace(hidden, max_delay=3, delay_source="state")
    network = dataclasses.replace(presets.digits_snn(), layers=(hidden, output))
    path, state = tmp_path / "run.npz", initial_state(network)
    save(path, network, state)
    header, arrays = container.read(path, kind="checkpoint", max_version=4)
    for broken, message in (
        ({"d0": arrays["d0"] + np.uint8(3)}, r"a delay of 6 is outside 0\.\.3"),
        ({"d0": arrays["d0"].astype(np.float32)}, "delays are float32"),
        ({"d1": arrays["d0"]}, "its arrays are d0, d1, w0, w1"),
    ):
        container.write(
            path, kind="checkpoint", version=4, header=header, arrays={**arrays, **broken}
        )
        with pytest.raises(FileFormatError, match=message):
            load(path)


def test_shadow_delays_take_the_bytes_they_need_and_floats_stay_floats(tmp_path):
    hidden, output = presets.digits_snn().layers
    for bits, precision, stored in ((0, "16-8", "u1"), (8, "16-8", "u2"), (16, "16-8", "u4")):
        learned = dataclasses.replace(
            hidden, max_delay=3, delay_source="state", delay_lr_shift=9, delay_bits=bits
        )
        network = dataclasses.replace(presets.digits_snn(), layers=(learned, output))
        for name, dtype in ((precision, stored), ("fp32", "f4")):
            network = dataclasses.replace(network, precision=Precision.parse(name))
            state, path = initial_state(network), tmp_path / "run.npz"
            save(path, network, state)
            _, arrays = container.read(path, kind="checkpoint", max_version=VERSION)
            assert arrays["d0"].dtype == np.dtype(dtype)
            assert load(path).state.equals(state)
            assert load(path).state.delays[0].max() <= (4 << bits) - 1


@pytest.mark.parametrize("name", ["x.h5", "x.json", "x.pt", "x.NET"])
def test_a_name_that_says_another_format_is_refused(tmp_path, name):
    network = presets.digits_snn()
    with pytest.raises(ValueError, match=r"a checkpoint is written, .* must end in \.npz, such as"):
        save(tmp_path / name, network, initial_state(network))
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x.npz", "x.NPZ", "x"])
def test_a_name_that_ends_in_npz_or_in_nothing_is_kept(tmp_path, name):
    network = presets.digits_snn()
    save(str(tmp_path / name), network, initial_state(network))
    assert [file.name for file in tmp_path.iterdir()] == [name]
