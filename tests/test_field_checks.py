"""Fields of descriptions: wrong values by name, ranges, and what becomes of the others."""

import dataclasses
from typing import Annotated

import numpy as np
import pytest

from lava_intsnn import presets
from lava_intsnn.conversion.ann_spec import AnnSpec
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.stack import Stack
from lava_intsnn.data.errors import DataError
from lava_intsnn.field_checks import Checked, Within, is_integer
from lava_intsnn.loihi.learning_engine.tick_schedule import TickSchedule
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.network import Conv, Dense, Feedback, Loss, NetworkError, Neuron, Precision
from lava_intsnn.recipe import Recipe
from lava_intsnn.state import State


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
