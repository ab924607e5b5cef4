"""Every field of every description: a wrong type is refused with class, field and value."""

import dataclasses
from fractions import Fraction
from typing import get_type_hints

import numpy as np
import pytest
from annotated_values import fits
from every_description import descriptions

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.data.errors import DataError
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.network import Loss, NetworkError, Neuron, Precision
from lava_intsnn.search.errors import SearchError
from lava_intsnn.state import State
from lava_intsnn.storage.errors import FileFormatError

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
DESCRIPTIONS = descriptions()
FIELDS = [
    pytest.param(value, field.name, id=f"{type(value).__name__}.{field.name}")
    for value in DESCRIPTIONS
    for field in dataclasses.fields(value)
    if field.init
]


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
