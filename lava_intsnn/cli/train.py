"""``lava-intsnn train``: the engine, with a checkpoint after every epoch."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console, Interrupted, percent, rate, table
from lava_intsnn.network import LOSSES, PROPAGATIONS

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.training.training_run import EpochRecord, Training


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = options.command(
        commands,
        "train",
        run,
        help="train a preset in the engine and evaluate it on the test set",
        description="With --out the run is saved after every epoch, so that an interrupted or "
        "killed run resumes with --resume to the same final bits.",
        examples=[
            ("a few seconds, needs no download", "train digits-snn --out digits.npz"),
            ("MNIST with 4-bit inference weights", "train mnist-snn --precision 16-4"),
            ("the error through spiking error neurons", "train mnist-snn --propagation feedback"),
            ("resume after an interruption", "train --resume digits.npz"),
            (
                "choose settings without seeing the test set",
                "train mnist-snn --validate 5000 --epochs 3 --augment 1",
            ),
            ("what a search found", "train fsdd-delay --network best.json"),
        ],
    )
    parser.add_argument("preset", nargs="?", metavar="PRESET", help="see `lava-intsnn info`")
    options.add(parser, "--precision")
    parser.add_argument(
        "--propagation",
        choices=PROPAGATIONS,
        help="how the error reaches the layers; default the preset's own, mostly direct",
    )
    parser.add_argument("--loss", choices=LOSSES, help="default the preset's own")
    options.add(parser, "--epochs", "--seed", "--data-dir")
    parser.add_argument("--out", metavar="FILE", help="save here after every epoch")
    options.add(parser, "--resume")
    options.add(parser, "--limit", help="use the first N training samples")
    options.add(parser, "--threads")
    parser.add_argument(
        "--augment",
        type=options.at_least(0),
        metavar="P",
        help="shift training images by up to P pixels, frames by up to P channels",
    )
    parser.add_argument(
        "--network",
        metavar="FILE",
        help="train this network (JSON, such as `lava-intsnn sweep --save` writes) instead of the "
        "preset's own, on its data and with its recipe",
    )
    options.add_validation(parser)
    options.add(parser, "--json", "--quiet")


def run(args: argparse.Namespace) -> int:
    """Train, save, evaluate."""
    from lava_intsnn.training.epochs import epochs_of
    from lava_intsnn.training.evaluation import evaluate

    console = Console(args)
    training, data, validation = prepare(args)
    out = args.out or args.resume
    options.check_folder(out)
    console.say(
        f"{training.network.name} {training.network.precision}: "
        f"{'-'.join(map(str, training.network.shape))}, {len(data):,} samples of {data.name}, "
        f"seed {training.state.seed}, epochs {training.epoch + 1}..{training.recipe.epochs}"
        if not training.complete
        else f"{args.resume}: all {training.recipe.epochs} epochs are done"
    )
    saved = args.resume  # an --out left by another run is not this one
    try:
        epochs = epochs_of(
            training, data, validation=validation, threads=args.threads, progress=not args.quiet
        )
        for training in epochs:
            if out:
                _save(out, training)
                saved = out
            console.say(epoch_line(training.history[-1], training.recipe.epochs, len(data)))
    except KeyboardInterrupt:
        raise Interrupted(_how_to_resume(args, saved, training)) from None

    network = training.network
    test = None
    if validation is None:
        from lava_intsnn.cli.source import dataset, preset_of

        test_data = dataset(preset_of(training), "test", data_dir=args.data_dir)
        test = evaluate(network, training.state, test_data, threads=args.threads).accuracy
    _report(console, args, training, n_samples=len(data), test=test, out=out)
    return 0


def prepare(args: argparse.Namespace) -> tuple[Training, Dataset, Dataset | None]:
    """Return the run to continue, its training data and the held-out data.

    Raises
    ------
    ValueError
        If neither a preset nor a file is given, or the options contradict the file.
    """
    from lava_intsnn.cli.source import checkpoint, dataset, hold_out, network_of, preset_of
    from lava_intsnn.presets import preset
    from lava_intsnn.training.training_run import start

    training = None
    if args.resume:
        training = checkpoint(args.resume)
        if args.network:
            raise ValueError(
                f"--network with --resume: {args.resume} holds its network already; leave it out"
            )
        _check_agreement(args, training)
        chosen = preset_of(training)
    elif args.preset:
        chosen = preset(args.preset)
        network = network_of(args, chosen)
        own = chosen.recipe_of(network)
        recipe = replace(
            own,
            epochs=args.epochs or own.epochs,
            augment=own.augment if args.augment is None else args.augment,
        )
    else:
        raise ValueError("name a preset (see `lava-intsnn info`), or --resume FILE")

    data = dataset(chosen, "train", data_dir=args.data_dir, limit=args.limit)
    data, validation = hold_out(data, validate=args.validate, speakers=args.hold_out_speakers)
    if training is None:
        training = start(
            network, recipe, data=data.fingerprint(), seed=args.seed or 0, preset=chosen.name
        )
    elif data.fingerprint() != training.data:
        raise ValueError(
            f"{args.resume} was trained on other data ({training.data}, these are "
            f"{data.fingerprint()}): give the same --limit, --validate, --hold-out-speakers and "
            "--data-dir as at the start"
        )
    return training, data, validation


def _check_agreement(args: argparse.Namespace, training: Training) -> None:
    """Refuse options that contradict the run in the file."""
    saved = {
        "PRESET": (args.preset, training.preset),
        "--precision": (args.precision, str(training.network.precision)),
        "--propagation": (args.propagation, training.network.feedback.propagation),
        "--loss": (args.loss, training.network.loss.kind),
        "--seed": (args.seed, training.state.seed),
        "--epochs": (args.epochs, training.recipe.epochs),
        "--augment": (args.augment, training.recipe.augment),
    }
    for option, (given, found) in saved.items():
        if given is not None and given != found:
            raise ValueError(
                f"{option} {given} contradicts {args.resume}, which was started with {found}: "
                "leave the option out, or start a new run without --resume"
            )


def _save(path: str, training: Training) -> None:
    from lava_intsnn.formats.checkpoint import save_checkpoint

    save_checkpoint(path, training)


def epoch_line(record: EpochRecord, epochs: int, n_samples: int) -> str:
    """Return the results of one epoch as a line."""
    parts = [f"epoch {record.epoch:>{len(str(epochs))}}/{epochs}"]
    parts.append(f"train {record.train_accuracy:6.2f} %")
    if record.validation_accuracy is not None:
        parts.append(f"validation {record.validation_accuracy:6.2f} %")
    at_limit = "/".join(f"{100 * share:.1f}" for share in record.saturated)
    parts.append(f"at limit {at_limit} %")
    parts.append(f"{rate(n_samples, record.seconds):,.0f} samples/s")
    return "   ".join(parts)


def _how_to_resume(args: argparse.Namespace, saved: str | None, training: Training) -> str:
    if not saved:
        early = "the first epoch was not complete, so nothing was saved; start again"
        return early if args.out else "nothing was saved; with --out FILE every epoch is"
    line = ["lava-intsnn", "train", "--resume", saved]
    for option in ("limit", "validate", "hold_out_speakers", "data_dir"):
        if (value := getattr(args, option)) is not None:
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            line += [f"--{option.replace('_', '-')}", text]
    done = training.epoch
    return f"{done} epoch{'s' * (done != 1)} saved; resume with `{shlex.join(line)}`"


def _report(
    console: Console,
    args: argparse.Namespace,
    training: Training,
    *,
    n_samples: int,
    test: float | None,
    out: str | None,
) -> None:
    last = training.history[-1]
    seconds = sum(record.seconds for record in training.history)
    throughput = rate(n_samples * training.epoch, seconds)
    network = training.network
    console.say()
    rows = [
        ("network", f"{network.name} {network.precision}"),
        ("epochs", f"{training.epoch} in {seconds:.1f} s, {throughput:,.0f} samples/s"),
        ("train accuracy", percent(last.train_accuracy)),
    ]
    if last.validation_accuracy is not None:
        rows.append(("validation accuracy", percent(last.validation_accuracy)))
    rows.append(("test accuracy", percent(test) if test is not None else "not looked at"))
    rows.append(("weights at limit", ", ".join(f"{100 * share:.1f} %" for share in last.saturated)))
    if out:
        rows.append(("saved to", out))
    console.say(table(rows))
    console.result(
        preset=training.preset,
        precision=str(network.precision),
        backend="engine",
        epochs=training.epoch,
        seed=training.state.seed,
        batch=network.batch,
        samples=n_samples,
        train_accuracy=last.train_accuracy,
        validation_accuracy=last.validation_accuracy,
        test_accuracy=test,
        saturated=list(last.saturated),
        train_seconds=round(seconds, 3),
        samples_per_second=throughput,
        file=out,
    )
