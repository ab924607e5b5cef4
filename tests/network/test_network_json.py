"""JSON that describes no network, or whose fields are of the wrong type, is refused."""

import dataclasses
import json
import re
import types
from typing import Union, get_args, get_origin, get_type_hints

import pytest
from annotated_values import fits
from every_description import rich_network

from lava_intsnn import presets
from lava_intsnn.network import Network, NetworkError

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
