"""Every field of every description: a wrong type is refused with class, field and value."""

import dataclasses
import json
import re
import types
from collections.abc import Mapping
from enum import Enum
from fractions import Fraction
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest

from lava_intsnn import loihi, presets
from lava_intsnn.arithmetic import Rounding
from lava_intsnn.augmenting import Augment
from lava_intsnn.conversion import ann_presets
from lava_intsnn.conversion.ann_spec import AnnRecipe, AnnSpec
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.noise import Noise
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.quantised import QuantisedLayer, QuantisedNetwork
from lava_intsnn.conversion.spiking_network import SpikingLayer, SpikingNetwork
from lava_intsnn.conversion.stack import Stack
from lava_intsnn.data.dataset import Dataset
from lava_intsnn.data.errors import DataError
from lava_intsnn.field_checks import Checked, Within, is_integer
from lava_intsnn.formats.ann_checkpoint import AnnFile
from lava_intsnn.formats.program_file import Compiled
from lava_intsnn.loihi.core_schedule import CoreSchedule
from lava_intsnn.loihi.learning_engine.tick_schedule import TickSchedule
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.loihi.microcode.program import ConvGeometry
from lava_intsnn.network import (
    Conv,
    Dense,
    Feedback,
    FrameEncoder,
    Loss,
    Network,
    NetworkError,
    Neuron,
    Precision,
    Recurrence,
)
from lava_intsnn.recipe import Recipe
from lava_intsnn.search.errors import SearchError
from lava_intsnn.search.space import Parameter
from lava_intsnn.search.trial import Task
from lava_intsnn.state import State, initial_state
from lava_intsnn.storage.errors import FileFormatError
from lava_intsnn.training.training_run import EpochRecord, Training

#: Package -> the error its descriptions raise.
ERRORS = {
    "lava_intsnn.conversion": ConversionError,
    "lava_intsnn.data": DataError,
    "lava_intsnn.formats": FileFormatError,
    "lava_intsnn.loihi.microcode": MicrocodeError,
    "lava_intsnn.search": SearchError,
}
#: What a class takes beyond its annotation, or checks itself with words of its own.
OWN = {
    ("Network", "precision"): "precision",
    **{("LearningRule", name): "" for name in ("dt", "dw")},
    **{("Dataset", name): name for name in ("images", "labels", "speakers")},
    **{("SynapseData", name): name for name in ("weights", "delays")},
    ("Instruction", "operands"): "operands",
    ("Instruction", "comment"): None,
}

WRONG = (
    *(
        None,
        True,
        np.True_,
        5,
        -1,
        np.int32(5),
        np.uint64(2**64 - 1),
        10**30,
        10**5000,
        -(10**5000),
    ),
    *(20.0, 2.5, float("nan"), float("inf"), np.float64(3), np.array(3), np.array([1, 2]), 1j),
    *("", "5", "text", "16-8", "STANDARD", "Direct", b"raw", "line\nbreak", "nul\0", "\ud800"),
    *("x" * 10_000, [], [1], ["a"], [[1]], (), (1, 2), (1, 2.0, 3), {}, {"a": 1}, {1: "a"}, set()),
    *(object(), int, Neuron, len, Fraction(5), Rounding, Rounding.FLOOR, Loss(), range(3)),
    *(Neuron(vth=1, window=1), Precision(), Pixels(), [Loss()], (None,), slice(2)),
)


def rich_network():
    """One network with every kind of part; recurrence in the second layer, which is last."""
    neuron = Neuron(vth=500, window=1000)
    conv = Conv(in_shape=(6, 6, 1), channels=2, kernel=3, stride=1, neuron=neuron, lr_shift=3)
    dense = Dense(n_in=32, n_out=4, neuron=neuron, lr_shift=4, recurrence=Recurrence(shift=2))
    return Network(
        name="rich",
        layers=(conv, dense),
        encoder=FrameEncoder(max_count=9),
        rounding=Rounding.NEAREST,
    )


def roots():
    network = presets.digits_snn_loihi()
    state = initial_state(network, 3)
    record = EpochRecord(
        epoch=1, train_accuracy=1.0, validation_accuracy=None, saturated=(0.5,), seconds=2.0
    )
    flat = {name: np.ones(2) for name in ("gamma", "beta", "mean", "var")}
    quantised = QuantisedLayer(np.ones((2, 1, 1, 1), np.int8), 1.0, **flat)
    spiking = SpikingLayer(np.ones((2, 1, 1, 1), np.int8), np.array([[1, 2], [1, 3]]))
    readout = np.ones((3, 2), np.int8)
    ann = QuantisedNetwork("ann", (1, 1, 1), Pixels(), (quantised,), readout)
    spec = ann_presets.preset("lenet-digits").spec()
    yield Training(
        network=network,
        recipe=Recipe(epochs=3),
        state=state,
        data="0123",
        epoch=1,
        history=(record,),
    )
    yield Augment(shift=2, mix=50)
    yield rich_network()
    yield presets.preset("digits-snn")
    yield ann_presets.preset("lenet-digits")
    yield SpikingNetwork("snn", (1, 1, 1), Pixels(), (spiking,), readout)
    yield AnnFile(ann, spec, "lenet-digits", 2)
    yield Noise(0.5, seed=1)
    data = Dataset("d", np.zeros((3, 4), np.uint8), np.zeros(3, np.int32), 2, (2, 2), "train")
    yield Task(network=network, recipe=Recipe(epochs=3), train=data, validation=data)
    image = loihi.compile(network, state, learning=True)
    yield Compiled(image, network, "loihi2", 3, 0)
    yield ConvGeometry(in_shape=(6, 6, 1), kernel=3, stride=1, padding=0)
    yield TickSchedule(20, 2)
    yield CoreSchedule(steps=20, n_layers=2, learning=True)
    yield Parameter(name="alpha", default=8, low=2, high=32)
    try:
        from lava_intsnn.conversion.ann.ann_training import AnnEpoch, AnnTraining
    except ModuleNotFoundError:
        return
    epoch = AnnEpoch(epoch=1, train_accuracy=2.0, loss=0.5, validation_accuracy=None, seconds=1.0)
    recipe = AnnRecipe(epochs=2)
    yield AnnTraining(spec=spec, recipe=recipe, preset="", data="01", history=(epoch,))


def descriptions():
    """One instance of each class of description."""
    found = {}

    def visit(value):
        if dataclasses.is_dataclass(value):
            found.setdefault(type(value), value)
            for each in dataclasses.fields(value):
                visit(getattr(value, each.name))
        elif isinstance(value, (tuple, dict)):
            for entry in value.values() if isinstance(value, dict) else value:
                visit(entry)

    for root in roots():
        visit(root)
    return list(found.values())


DESCRIPTIONS = descriptions()
FIELDS = [
    pytest.param(value, field.name, id=f"{type(value).__name__}.{field.name}")
    for value in DESCRIPTIONS
    for field in dataclasses.fields(value)
    if field.init
]


def fits(value, kind):
    """Whether ``value`` is what the annotation ``kind`` says, as the tests see it."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in (int, float):
        numbers = (int, np.integer) if kind is int else (int, float, np.integer, np.floating)
        if not isinstance(value, numbers) or isinstance(value, bool):
            return False
        return (
            abs(value) < 1 << 64
            if kind is int
            else not isinstance(value, int) or abs(value) < 10**300
        )
    if kind is bool:
        return isinstance(value, (bool, np.bool_))
    if kind is str:
        return isinstance(value, str) and value.isprintable() and len(value) <= 1000
    if origin is Literal:
        return isinstance(value, str) and value in arguments
    if origin in (Union, types.UnionType):
        return any(fits(value, argument) for argument in arguments)
    if origin is tuple:
        if not isinstance(value, (tuple, list)):
            return False
        if arguments[-1] is Ellipsis:
            return all(fits(entry, arguments[0]) for entry in value)
        return len(value) == len(arguments) and all(map(fits, value, arguments))
    if origin in (dict, Mapping):
        return isinstance(value, dict) and all(
            fits(k, arguments[0]) and fits(v, arguments[1]) for k, v in value.items()
        )
    if isinstance(kind, type) and issubclass(kind, Enum):
        number = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        return isinstance(value, kind) or (number and value in list(kind))
    cls = origin or kind
    if hasattr(cls, "__value__"):  # `type X = ...` of Python 3.12, as numpy 2.5 defines NDArray
        return fits(value, cls.__value__)
    return isinstance(value, cls)


def error_of(description):
    module = type(description).__module__
    return next((e for room, e in ERRORS.items() if module.startswith(room)), NetworkError)


def test_all_rooms_are_visited():
    names = {type(value).__name__ for value in DESCRIPTIONS}
    assert {"Dense", "Conv", "Recurrence", "FrameEncoder", "RateEncoder", "State"} <= names
    assert {"Stack", "AnnSpec", "Augmentation", "QuantisedLayer", "SpikingNetwork"} <= names
    assert {"Group", "Phase", "Slot", "LearningRule", "SynapseBlock", "ConvGeometry"} <= names


@pytest.mark.parametrize(("description", "field"), FIELDS)
def test_a_value_of_the_wrong_type_is_refused_with_class_and_field(description, field):
    cls = type(description)
    kind = get_type_hints(cls)[field]
    own = OWN.get((cls.__name__, field), f"{cls.__name__}: {field}")
    refused = 0
    for value in WRONG:
        try:
            made = dataclasses.replace(description, **{field: value})
        except error_of(description) as error:
            message = str(error)
            assert len(message) < 2000
            if own is not None and not fits(value, kind):
                assert own in message, message
                refused += 1
        else:
            # what is taken is of the right type, or one that the class takes beyond it
            assert own in (None, "operands") or fits(getattr(made, field), kind), (field, value)
    assert refused > 5 or own is None


@pytest.mark.parametrize("description", DESCRIPTIONS, ids=lambda value: type(value).__name__)
def test_numbers_of_numpy_give_an_equal_description(description):
    for field in dataclasses.fields(description):
        value = getattr(description, field.name)
        if not field.init or type(value) not in (int, float, bool):
            continue
        for kind in {int: (np.int64, np.uint64), float: (np.float64,), bool: (np.bool_,)}[
            type(value)
        ]:
            if type(value) is int and value < 0:
                continue
            made = dataclasses.replace(description, **{field.name: kind(value)})
            assert type(getattr(made, field.name)) is type(value)
            assert getattr(made, field.name) == value
            if type(description).__eq__ is not object.__eq__ and not isinstance(description, State):
                assert str(made) == str(description)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Precision(full_range=1000), "Precision: full_range = 1000: must be True or False"),
        (lambda: Feedback(time_gated="false"), "Feedback: time_gated = 'false': must be True or"),
        (lambda: changed(tie_break="no"), "Network: tie_break = 'no': must be True or False"),
        (lambda: Neuron(vth=9, window=9, guarded=7), "Neuron: guarded = 7: must be True or False"),
        (lambda: changed(name=5), "Network: name = 5: must be text"),
        (
            lambda: changed(name="x" * 10_000),
            "Network: name = 'xxx.*: must be text of at most",
        ),
        (
            lambda: changed(name="a\tb"),
            r"Network: name = 'a\\tb': must be text of at",
        ),
        (lambda: changed(precision="16-9-3"), "precision '16-9-3': write SHADOW-INFERENCE"),
        (
            lambda: changed(precision="99-8"),
            "precision '99-8': .*shadow_bits = 99: must be",
        ),
        (lambda: changed(precision="9" * 5000 + "-8"), "precision '999.*write SHADOW-INFERENCE"),
        (lambda: changed(steps=True), "Network: steps = True: must be an integer"),
        (lambda: changed(steps=20.0), r"Network: steps = 20\.0: must be an integer: write 20"),
        (lambda: changed(steps=10**5000), "steps = an integer of 16610 bits"),
        (lambda: changed(loss="standard"), r"Network: loss = 'standard': must be a Loss, made by"),
        (lambda: changed(loss=Loss(kind="Standard")), "Loss: kind = 'Standard': must be one of"),
        (lambda: changed(layers=[1]), r"Network: layers\[0\] = 1: must be a Dense, made by .* or"),
        (lambda: changed(layers="dense"), "Network: layers = 'dense': must be a tuple"),
        (
            lambda: changed(rounding=3.0),
            r"Network: rounding = 3\.0: must be one of Rounding",
        ),
        (
            lambda: Recipe(epochs=3, lr_drops=(50, "75")),
            r"Recipe: lr_drops\[1\] = '75': must be",
        ),
        (lambda: Recipe(epochs=3, lr_drops=5), "Recipe: lr_drops = 5: must be a tuple, each entry"),
        (lambda: State((), seed=1 << 64), "State: seed = 18446744073709551616: must be an integer"),
        (lambda: State((), updates=-1), "updates = -1: must be an integer in 0"),
        (lambda: Dense(**DENSE, neuron={"vth": 1}), "Dense: neuron = {'vth': 1}: must be a Neuron"),
        (lambda: Dense(**DENSE, neuron=NEURON, delay_seed=-1), "delay_seed = -1"),
        (lambda: TickSchedule(20, 2, 2), r"layer = 2: must be an integer in 0\.\.1"),
    ],
)
def test_wrong_values_by_name(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


NEURON = Neuron(vth=500, window=1000)
DENSE = {"n_in": 4, "n_out": 3, "lr_shift": 4}


def changed(**fields):
    return dataclasses.replace(presets.digits_snn(), **fields)


def test_a_precision_may_be_text():
    assert changed(precision="16-4") == changed(precision=Precision.parse("16-4"))


def test_lists_become_tuples():
    layers = presets.digits_snn().layers
    assert changed(layers=list(layers)) == presets.digits_snn()
    assert Stack("8C3", [8, 8, 1], 10) == Stack("8C3", (8, 8, 1), 10)
    assert Recipe(epochs=3, lr_drops=[50]).lr_drops == (50,)
    assert Conv(**CONV, in_shape=[6, 6, np.int16(1)]).in_shape == (6, 6, 1)


CONV = {"channels": 2, "neuron": NEURON, "lr_shift": 3, "kernel": 3}


def test_weights_of_a_program_that_are_not_whole_are_refused():
    from lava_intsnn.loihi.microcode import SynapseData

    assert SynapseData(np.ones((2, 3))).weights.dtype == np.int64
    for wrong in (np.full((2, 3), 2.7), np.full((2, 3), np.nan), "abc", [[True]]):
        with pytest.raises(MicrocodeError, match="weights = .*: must be an array of integers"):
            SynapseData(wrong)


@pytest.mark.parametrize(
    ("spec", "field"),
    [({"level": "1"}, "level"), ({"weight_bits": 2.0}, "weight_bits"), ({"stack": "8C3"}, "stack")],
)
def test_a_quantised_network_s_description(spec, field):
    known = {"name": "a", "stack": Stack("8C3", (8, 8, 1), 10), "pixels": Pixels()}
    with pytest.raises(ConversionError, match=f"AnnSpec: {field} = "):
        AnnSpec(**known | spec)


# JSON: the same through Network.from_json

RAW = (
    *("null", "true", "false", "5", "1.0", "2.5", "-1", "1e400", "NaN", "Infinity", "1" * 5000),
    *("-" + "1" * 5000, '"5"', '"text"', '"Standard"', '"\\ud800"', '"a\\nb"', "[]", "[1]", "{}"),
    *('{"a": 1}', "[" * 400 + "]" * 400, f'"{"x" * 10_000}"', '["dense"]', "[[]]", "[null, null]"),
)


def leaves(value, path=()):
    for key, below in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(below, (dict, list)):
            yield from leaves(below, (*path, key))


def holds(value, kind):
    """Whether a value out of JSON is what ``kind`` says there: objects are of the other classes."""
    if dataclasses.is_dataclass(kind):
        return isinstance(value, dict)
    if get_origin(kind) in (Union, types.UnionType):
        return any(holds(value, argument) for argument in get_args(kind))
    return fits(value, kind)


@pytest.mark.parametrize("network", [rich_network(), presets.digits_snn_loihi()])
def test_json_of_the_wrong_type_is_refused_with_its_field(network):
    whole = json.loads(network.to_json())
    for path in leaves(whole):
        at, described = whole, network
        for key in path[:-1]:
            at = at[key]
            described = getattr(described, key) if isinstance(key, str) else described[key]
        kept, key = at[path[-1]], path[-1]
        name = next(k for k in reversed(path) if isinstance(k, str))
        at[key] = "@"
        text = json.dumps(whole)
        at[key] = kept
        if isinstance(described, tuple):
            hints = {key: type(described[key])}
        else:
            hints = get_type_hints(type(described))
        for raw in RAW:
            try:
                made = Network.from_json(text.replace('"@"', raw))
            except NetworkError as error:
                found = str(error)
                named = re.search(rf"{name.removesuffix('s')}|'format'", found)
                assert named or right(raw, hints, key), (path, found)
                assert len(found) < 2000
            else:
                assert made == network or right(raw, hints, key), (path, raw)


def right(raw, hints, key):
    """Whether JSON text is of the right type, if not in range."""
    return key in hints and len(raw) < 5000 and holds(json.loads(raw), hints[key])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "not JSON"),
        ('{"a":' * 100_000, "not JSON"),
        (None, "not JSON"),
        (b"\xff\xfe", "not JSON"),
        ("5", "'format' must be 1"),
        ('{"format": true}', "'format' must be 1"),
        ('{"format": 1.0}', "'format' must be 1"),
        ('{"format": 1, "format": 1}', "field 'format' is given twice"),
        ('{"format": 1, "layers": 5}', "layers = 5: must be an array"),
        ('{"format": 1, "layers": [5]}', "a layer must be an object, not 5"),
        ('{"format": 1, "layers": [{"kind": []}]}', r"layer kind \[\]"),
        ('{"format": 1, "layers": [], "rounding": 3}', "rounding = 3: must be one of floor"),
    ],
)
def test_text_that_describes_no_network_is_refused(text, message):
    with pytest.raises(NetworkError, match=message):
        Network.from_json(text)


@dataclasses.dataclass(frozen=True)
class Ranged(Checked, refusal=DataError):
    bits: Annotated[int, Within(2, 31)]
    share: Annotated[float, Within(0, 1)] = 0.5
    shift: Annotated[int, Within(1, 30)] | None = None
    mode: Annotated[str, ("fast", "slow")] = "fast"


@pytest.mark.parametrize("values", [{"bits": 2}, {"bits": 31, "share": 1, "shift": 30}])
def test_both_ends_of_a_range_are_within(values):
    assert Ranged(**values).bits == values["bits"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"bits": 1}, r"^Ranged: bits = 1: must be an integer in 2\.\.31$"),
        ({"bits": 32}, r"bits = 32: must be an integer in 2\.\.31"),
        ({"bits": 2.0}, "bits = 2.0: must be an integer: write 2"),
        ({"share": 1.01}, r"share = 1\.01: must be a number in 0\.\.1"),
        ({"share": float("nan")}, r"share = nan: must be a number in 0\.\.1"),
        ({"shift": 0}, r"shift = 0: must be an integer in 1\.\.30 or None"),
        ({"mode": "Fast"}, "mode = 'Fast': must be one of fast, slow"),
    ],
)
def test_a_value_out_of_its_range_is_refused(values, message):
    with pytest.raises(DataError, match=message):
        Ranged(**{"bits": 2, **values})


def test_integers_are_those_of_python_and_numpy_and_truth_values_are_none():
    assert all(map(is_integer, (0, -1, 1 << 80, np.int8(3), np.uint64(3))))
    assert not any(map(is_integer, (True, np.True_, 1.0, np.float64(1), "1", None, np.arange(2))))
