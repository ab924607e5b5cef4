"""Every name that is looked up: an unknown one is refused with the nearest known name."""

import json

import pytest

import lava_intsnn as ls
from lava_intsnn.cli import main
from lava_intsnn.conversion import ann_presets
from lava_intsnn.loihi import limits_of
from lava_intsnn.nearest_name import nearest_name, suggestion
from lava_intsnn.network import Network
from lava_intsnn.report.grid import cells
from lava_intsnn.search.space import select, space_of

NET = ls.presets.digits_snn()


def changed_json(**changes):
    return Network.from_json(json.dumps({**json.loads(NET.to_json()), **changes}))


@pytest.mark.parametrize(
    ("look_up", "meant"),
    [
        (lambda: ls.presets.preset("mnist-sn"), "mnist-snn"),
        (lambda: ls.presets.preset("MNIST_snn"), "mnist-snn"),
        (lambda: ann_presets.preset("lenet-digit"), "lenet-digits"),
        (lambda: ls.data.load("digit", "train"), "digits"),
        (lambda: ls.data.digits("tst"), "test"),
        (lambda: ls.executor(NET, ls.initial_state(NET), backend="engin"), "engine"),
        (lambda: limits_of("loihi-2"), "loihi2"),
        (lambda: ls.Loss(kind="onesided"), "one_sided"),
        (lambda: ls.Feedback(propagation="finals"), "final"),
        (lambda: changed_json(rounding="floors"), "floor"),
        (lambda: changed_json(layer=1), "layers"),
        (lambda: cells("mnist-snn-paper", table="4.11"), "4.1"),
        (lambda: select(space_of(NET), only=["hidden.vh"]), "hidden.vth"),
        (lambda: ls.evalute, "evaluate"),
        (lambda: ls.loihi.preflite, "preflight"),
    ],
)
def test_the_nearest_name_is_told(look_up, meant):
    with pytest.raises((ValueError, AttributeError), match=f"; did you mean '{meant}'"):
        look_up()


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("trian digits-snn", "'train'"),
        ("train digit-snn", "'digits-snn'"),
        ("info mnist-snn-pper", "'mnist-snn-paper'"),
        ("verify digits-sn", "'digits-snn'"),
        ("train digits-snn --epohcs 3", "--epochs"),
        ("train digits-snn --epohcs=3", "--epochs"),
        ("train digits-snn --loss one-sided", "'one_sided'"),
        ("eval x.npz --backend refrence", "'reference'"),
        ("convert evl x.npz", "'eval'"),
        ("report memry digits-snn", "'memory'"),
        ("export digits-snn --format nirr", "'nir'"),
    ],
)
def test_the_command_line_says_it_too(line, meant, capsys):
    try:
        status = main(line.split())
    except SystemExit as done:
        status = done.code
    assert status == 2
    assert f"did you mean {meant}" in capsys.readouterr().err


def test_a_far_name_gets_no_suggestion():
    assert nearest_name("torch", ["engine", "lava"]) is None
    assert nearest_name(3, ["engine", "lava"]) is None
    assert nearest_name("x" * 10**6, ["engine"]) is None
    assert suggestion("torch", ["engine", "lava"]) == ""
