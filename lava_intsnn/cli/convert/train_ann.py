"""``lava-intsnn convert train``: the quantised network in torch, saved as it goes."""

from __future__ import annotations

import argparse
import shlex
import time
from typing import TYPE_CHECKING

from lava_intsnn.cli import options, training_report
from lava_intsnn.cli.console import Console, Interrupted, rate
from lava_intsnn.cli.convert.torch_device import require_torch
from lava_intsnn.cli.written_files import add_written
from lava_intsnn.conversion.ann_presets import PRESETS, preset
from lava_intsnn.conversion.ann_spec import ENDS, SCHEDULES

if TYPE_CHECKING:
    from lava_intsnn.conversion.ann.ann_training import AnnTraining
    from lava_intsnn.data import Dataset

#: Batches after which a run is saved, besides the ends of its epochs, and the share of the time
#: that saving may take: a GPU learns an epoch of the VGG in the time of two saves.
SAVE_EVERY, _SAVING_SHARE = 50, 0.05

_PRESETS = "; ".join(f"{name}: {preset.summary}" for name, preset in PRESETS.items())
HELP = "train a quantised network in torch"
DESCRIPTION = f"""Presets: {_PRESETS}. With --out the run is saved after every epoch and every
{SAVE_EVERY} batches in between, less often where saving takes longer than learning. If killed, it
resumes with --resume, on a CPU to the same bits. Needs the extra: pip install
'lava-intsnn[convert]'."""
EXAMPLES = [
    ("a few seconds, needs no download", "convert train lenet-digits --out digits.npz"),
    ("LeNet, integer from pixel to class", "convert train lenet-mnist --out lenet.npz"),
    (
        "the paper's float first and last layer",
        "convert train lenet-mnist --ends float --out lenet-float.npz",
    ),
    (
        "the VGG on a GPU, about ten minutes",
        "convert train vgg-cifar10 --device cuda --half --compile --out vgg.npz",
    ),
    (
        "five more epochs of a trained or packed network, at a low rate",
        "convert train --from vgg.npz --epochs 5 --lr 1e-5 --out better.npz",
    ),
    (
        "taught by a float network of the same stack",
        "convert train lenet-digits --weight-bits 32 --k 7 --ends float --out teacher.npz\n"
        "  lava-intsnn convert train lenet-digits --teacher teacher.npz --distill 50 --out net.npz",
    ),
    ("resume after an interruption", "convert train --resume vgg.npz"),
    (
        "a smaller stack of the same blocks, 4-bit weights, k = 1",
        "convert train vgg-cifar10 --stack 32C3-P2-64C3-P2-256 --weight-bits 4 --k 1 "
        "--out small.npz",
    ),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("preset", nargs="?", choices=list(PRESETS), metavar="PRESET")
    options.add_count(parser, "--k", "K", "activations in units of 2^-K, 0..7; default 0", low=0)
    bits = "2 (ternary, default) to 8, or 32 for float weights (a teacher)"
    options.add_count(parser, "--weight-bits", "N", bits)
    ends = (
        "first and last layer: int8 weights on integer pixels (default), or float weights as "
        "in the paper"
    )
    parser.add_argument("--ends", choices=ENDS, help=ends)
    stack = "other blocks on the preset's images: nCk convolves, Pk pools, n is dense"
    parser.add_argument("--stack", metavar="NOTATION", help=stack)
    recipe = parser.add_argument_group("recipe (defaults: the preset's own)")
    options.add(recipe, "--epochs")
    options.add(recipe, "--batch", help=None)
    lr = "Adam's learning rate at the start"
    recipe.add_argument("--lr", type=float, metavar="RATE", help=lr)
    schedule = "cosine to 0, or a tenth after half of the epochs"
    recipe.add_argument("--schedule", choices=SCHEDULES, help=schedule)
    options.add_count(recipe, "--shift", "P", "pixels moved", low=0)
    flip = "mirror left and right"
    recipe.add_argument("--flip", action=argparse.BooleanOptionalAction, help=flip)
    options.add_count(recipe, "--brightness", "G", "change in grey levels", low=0)
    options.add_count(recipe, "--contrast", "PERCENT", "change of the contrast", low=0)
    options.add_count(recipe, "--tint", "G", "change of each colour in grey levels", low=0)
    cutmix = "of the images with a square of another one, whose label they share"
    options.add_count(recipe, "--cutmix", "PERCENT", cutmix, low=0)
    options.add_count(recipe, "--cutout", "P", "side of a grey square in the others", low=0)
    plain = "of the epochs, the last ones, without --cutmix"
    options.add_count(recipe, "--plain", "PERCENT", plain, low=0)
    options.add_count(recipe, "--warmup", "PERCENT", "of the run: the rate rises to --lr", low=0)
    smoothing = "of a label that all classes share"
    options.add_count(recipe, "--smoothing", "PERCENT", smoothing, low=0)
    decay = "weight decay, as a share of the learning rate"
    recipe.add_argument("--decay", type=float, metavar="SHARE", help=decay)
    average = "end with the average of about the last N batches"
    options.add_count(recipe, "--average", "N", average, low=0)
    distill = "of the loss that the classes of --teacher give"
    options.add_count(recipe, "--distill", "PERCENT", distill, low=0)
    options.add(recipe, "--seed")
    options.add(parser, "--data-dir")
    options.add(parser, "--limit", help="use the first N training images")
    validate = "hold out the last N training images and leave the test set alone"
    options.add(parser, "--validate", help=validate)
    add_written(parser, "--out", "checkpoint", "save here")
    options.add(parser, "--resume")
    begin = (
        "begin with the weights of a run, of a network of `convert pack`, or of one of the "
        "package, such as vgg-cifar10"
    )
    parser.add_argument("--from", dest="from_file", metavar="FILE_OR_NAME", help=begin)
    teacher = "the same, of a network for the same images: for --distill"
    parser.add_argument("--teacher", metavar="FILE_OR_NAME", help=teacher)
    parser.add_argument("--device", default="cpu", metavar="NAME", help="cpu (default), cuda, ...")
    half = "half precision in hidden layers, for GPUs"
    parser.add_argument("--half", action="store_true", help=half)
    compiled = "compile the network first: half a minute, then faster"
    parser.add_argument("--compile", action="store_true", help=compiled)
    no_test = "leave the test set alone; `convert certify` and `eval` look at it later"
    parser.add_argument("--no-test", action="store_true", help=no_test)
    threads = "torch threads (default: all cores); another number may change the last weight bits"
    options.add(parser, "--threads", help=threads)
    options.add(parser, "--json", "--quiet")


def run(args: argparse.Namespace) -> int:
    """Train, save, evaluate."""
    require_torch(device=args.device, threads=args.threads)
    from lava_intsnn.cli.convert.ann_run import run_to_train, running_of
    from lava_intsnn.conversion.ann.ann_training import steps_of
    from lava_intsnn.formats.ann_checkpoint import save_ann

    console = Console(args)
    training, data, validation = run_to_train(args)
    training, running = running_of(args, training)
    out = args.out or args.resume
    options.check_folder(out)
    console.say(_first_line(training, data))
    saved = args.resume
    done = len(training.history)
    try:
        steps = steps_of(
            training,
            data,
            validation=validation,
            every=SAVE_EVERY if out else None,
            running=running,
            progress=not args.quiet,
        )
        ready = 0.0
        for training in steps:
            if out and (training.complete or time.monotonic() >= ready):
                began = time.monotonic()
                save_ann(out, training)
                saved, ended = out, time.monotonic()
                ready = ended + (ended - began) / _SAVING_SHARE
            if len(training.history) > done:
                done = len(training.history)
                record = training.history[-1]
                speed = f"{rate(len(data), record.seconds):,.0f} images/s"
                notes = f"loss {record.loss:.4f}", speed
                console.say(training_report.epoch_line(record, training.recipe.epochs, *notes))
    except KeyboardInterrupt:
        raise Interrupted(_how_to_resume(args, saved, training)) from None
    spec, rows = training.spec, []
    if out:
        rows = [("saved to", out), ("next", f"lava-intsnn convert certify {shlex.quote(out)}")]
    training_report.report(
        console,
        training.history,
        network=spec.name,
        samples=len(data),
        unit="images",
        test=None if args.no_test or validation is not None else _test_accuracy(args, training),
        rows=rows,
        action="train",
        preset=training.preset,
        backend="ann",
        seed=training.seed,
        batch=training.recipe.batch,
        file=out,
        k=spec.level,
        weight_bits=spec.weight_bits,
        ends=spec.ends,
        stack=spec.stack.notation,
    )
    return 0


def _first_line(training: AnnTraining, data: Dataset) -> str:
    """Return a line that describes the run."""
    spec = training.spec
    weights = "ternary" if spec.weight_bits == 2 else f"{spec.weight_bits}-bit"
    what = f"{spec.name}: {spec.stack.notation}, k = {spec.level}, {weights}, {spec.ends} ends"
    if training.complete:
        return f"{what}: all {training.recipe.epochs} epochs are done"
    return (
        f"{what}, {len(data):,} images of {data.name}, seed {training.seed}, "
        f"epochs {len(training.history) + 1}..{training.recipe.epochs}"
    )


def _how_to_resume(args: argparse.Namespace, saved: str | None, training: AnnTraining) -> str:
    if not saved:
        return "nothing was saved" if args.out else "nothing was saved; give --out FILE"
    names = ["limit", "validate", "data_dir", "threads", "teacher"]
    names += ["device"] * (args.device != "cpu")
    line = training_report.resume_line("lava-intsnn convert train", args, saved, names)
    flags = {"half": args.half, "compile": args.compile, "no-test": args.no_test}
    line += "".join(f" --{name}" for name, given in flags.items() if given)
    return f"{training.step} batches saved; resume with `{line}`"


def _test_accuracy(args: argparse.Namespace, training: AnnTraining) -> float:
    """Return the exact network's accuracy on the test set, in percent."""
    from lava_intsnn import data

    test = data.load(preset(training.preset).data, "test", data_dir=args.data_dir)
    return training.network().accuracy(test.maps, test.labels, progress=not args.quiet)
