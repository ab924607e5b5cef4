"""Options that end up in descriptions: a wrong value ends with status 2, naming its option."""

import pytest

from lava_intsnn.cli import main

HUGE, LONG = str(10**30), "9" * 5000
TRAIN = ("train", "digits-snn", "--quiet")
ANN = ("convert", "train", "lenet-digits", "--quiet")
SWEEP = ("sweep", "digits-snn", "--list")
INTEGERS = ("x", "1.0", "", HUGE, LONG, "nan", "-1")


@pytest.mark.parametrize(
    ("words", "option", "values"),
    [
        (TRAIN, "--epochs", (*INTEGERS, "0", "100001")),
        (TRAIN, "--augment", (*INTEGERS, "32", "shift=32", "mix=", "mix=x", "mix=1,mix=2", "=1")),
        (TRAIN, "--seed", ("x", "1.0", "", HUGE, LONG, "nan")),
        (TRAIN, "--precision", ("16", "99-8", "16-17", "16-1", "x" * 5000, LONG + "-8", "16-8\n")),
        (TRAIN, "--loss", ("Standard", "", "x")),
        (TRAIN, "--propagation", ("Direct", "x")),
        (SWEEP, "--precision", ("16", "99-8")),
        (SWEEP, "--range", ("hidden.vth=5", "hidden.vth=9:5", "hidden.lr_shift=0:9999999999")),
        (("info", "digits-snn"), "--precision", ("16", "99-8")),
        (("report", "memory", "digits-snn"), "--precision", ("16", "99-8")),
        (("verify", "digits-snn"), "--batch", (*INTEGERS, "0", "65537")),
        (("verify", "digits-snn"), "--seed", ("x", "1.0", HUGE, LONG)),
    ],
)
def test_a_wrong_value_names_its_option(words, option, values, capsys):
    for value in values:
        check([*words, f"{option}={value}"], option, capsys)


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--k", (*INTEGERS, "8")),
        ("--weight-bits", (*INTEGERS, "1", "9")),
        ("--ends", ("Integer", "")),
        ("--stack", ("", "8c3", "9999999C3", "8C3\n")),
        ("--epochs", (*INTEGERS, "0", "100001")),
        ("--batch", (*INTEGERS, "1", "65537")),
        ("--lr", ("x", "nan", "inf", "0", "-1", "2")),
        ("--schedule", ("Cosine",)),
        ("--shift", (*INTEGERS, "8", "17")),
        ("--brightness", (*INTEGERS, "256")),
        ("--contrast", (*INTEGERS, "101")),
        ("--tint", (*INTEGERS, "256")),
        ("--cutmix", (*INTEGERS, "101")),
        ("--cutout", (*INTEGERS, "9", "65537")),
        ("--plain", (*INTEGERS, "101")),
        ("--warmup", (*INTEGERS, "51")),
        ("--smoothing", (*INTEGERS, "51")),
        ("--decay", ("x", "nan", "inf", "-1", "2")),
        ("--average", (*INTEGERS, "1000001")),
        ("--distill", (*INTEGERS, "101")),
        ("--seed", ("x", "1.0", HUGE, LONG)),
    ],
)
def test_a_wrong_value_of_a_quantised_network_names_its_option(option, values, capsys):
    pytest.importorskip("torch")
    for value in values:
        check([*ANN, f"{option}={value}"], option, capsys)


@pytest.mark.parametrize("value", ["x", "nan", "inf", "-1", "2.1"])
def test_a_wrong_amount_of_noise_names_its_option(value, capsys, ann_file):
    check(["convert", "eval", str(ann_file), f"--noise={value}"], "--noise", capsys)


def check(argv, option, capsys):
    try:
        status = main(argv)
    except SystemExit as done:  # argparse
        status = done.code
    err = capsys.readouterr().err
    assert status == 2, (argv[-1][:80], err)
    assert "Traceback" not in err
    refusal = err.strip().splitlines()[-1]
    # argparse says the option; a description says its field, which bears mostly the same name
    name = option.lstrip("-").replace("-", "_")
    words = {"k": ("level",), "lr": ("learning rate",), "stack": ("block", "notation")}
    words["noise"] = ("Noise: ratio",)
    named = option in err or any(word in refusal for word in words.get(name, (name,)))
    assert named, (argv[-1][:80], err)
