"""``lava-intsnn train``: the engine, with a checkpoint after every epoch."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from lava_intsnn.cli import frozen_options, options, subject, training_report
from lava_intsnn.cli.console import Console, Interrupted, rate, say_error
from lava_intsnn.cli.samples import test_samples, training_samples, typed_readings
from lava_intsnn.cli.written_files import add_written
from lava_intsnn.network import LOSSES, PROPAGATIONS
from lava_intsnn.presets import PRESETS, Preset, preset, variant
from lava_intsnn.recipe import PLAIN_EPOCHS

if TYPE_CHECKING:
    from lava_intsnn.augmenting import Augment
    from lava_intsnn.data import Dataset
    from lava_intsnn.network import Network
    from lava_intsnn.training.training_run import EpochRecord, Training

HELP = "train a network in the engine and evaluate it on the test set"
DESCRIPTION = """With --out the run is saved after every epoch, so that an interrupted or killed
run resumes with --resume to the same final bits. With --from a new run begins with the weights of
a checkpoint, on the same data or on others."""
EXAMPLES = [
    ("a few seconds, needs no download", "train digits-snn --out digits.npz"),
    ("MNIST with 4-bit inference weights", "train mnist-snn --precision 16-4"),
    ("the error through spiking error neurons", "train mnist-snn --propagation feedback"),
    ("resume after an interruption", "train --resume digits.npz"),
    (
        "choose settings without seeing the test set",
        "train mnist-snn --validate 5000 --epochs 3 --augment 1",
    ),
    (
        "more speech than there is: channels shifted, time stretched, half the samples mixed",
        "train fsdd-delay --augment shift=6,stretch=15,mix=50",
    ),
    ("what a search found", "train fsdd-delay --network best.json"),
    ("learn on, from other data", "train --from digits.npz --data more.npz --epochs 5"),
    (
        "a new head on features that stay, as Loihi can learn it",
        "train mnist-csnn-head-loihi --features mnist-csnn --out head.npz",
    ),
    ("learn on, but leave the lowest layer as it is", "train --from mnist-csnn --freeze 0"),
    ("a network and data of your own", "train mine.json --data mine.npz --out mine-trained.npz"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    what = (
        "a preset (see `lava-intsnn info`), a network as JSON, or a checkpoint, whose network is "
        "trained anew"
    )
    options.add_subject(parser, pretrained=False, nargs="?", help=what)
    options.add(parser, "--precision")
    propagation = "how the error reaches the layers; default the preset's own, mostly direct"
    parser.add_argument("--propagation", choices=PROPAGATIONS, help=propagation)
    parser.add_argument("--loss", choices=LOSSES, help="default the preset's own")
    options.add(parser, "--epochs", help=f"default the preset's own, or {PLAIN_EPOCHS}")
    options.add(parser, "--seed")
    add_written(parser, "--out", "checkpoint", "save here after every epoch")
    options.add(parser, "--resume")
    learned = (
        "begin with what this checkpoint has learned: of `train`, of `import`, or of ls.save from "
        "Python; or with a network of the package, such as mnist-snn"
    )
    parser.add_argument("--from", dest="learned", metavar="FILE", help=learned)
    point = (
        "with --from: where in the schedule of learning steps to begin, in percent; default 100, "
        "the smallest steps, which keep what is known; 0 is the whole schedule"
    )
    options.add_count(parser, "--start-at", "P", point, low=0)
    frozen_options.add(parser)
    options.add(parser, "--limit", help="use the first N training samples")
    options.add(parser, "--threads")
    augment = (
        "change training samples, anew in each epoch: P alone shifts images by up to P pixels, "
        "frames by up to P channels; or shift=P, stretch=PERCENT, time_shift=FRAMES, "
        "time_mask=FRAMES, channel_mask=N, mix=PERCENT, and for images mirror=1, turn=PERCENT (a "
        "slope) and cutout=P, with commas between them; replaces the preset's own"
    )
    parser.add_argument("--augment", metavar="P|NAME=P,...", help=augment)
    network = (
        "train this network (JSON, such as `lava-intsnn sweep --save` writes) instead of the "
        "preset's own, on its data and with its recipe"
    )
    parser.add_argument("--network", metavar="FILE", help=network)
    options.add_validation(parser)
    options.add_data(parser)
    options.add(parser, "--json", "--quiet")


def _augment(text: str) -> int | Augment:
    from lava_intsnn.augmenting import augment_of_text

    try:
        return augment_of_text(text).plain
    except ValueError as error:
        raise ValueError(f"--augment: {error}") from None


def run(args: argparse.Namespace) -> int:
    """Train, save, evaluate."""
    from lava_intsnn.training.epochs import epochs_of
    from lava_intsnn.training.evaluation import evaluate

    console = Console(args)
    training, data, validation = prepare(args)
    out = args.out or args.resume
    options.check_folder(out)
    # now, since what is wrong with the test data should not be found after all the epochs
    test_data = test_samples(args, training) if validation is None else None
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

    network, test = training.network, None
    if test_data is not None:
        test = evaluate(network, training.state, test_data, threads=args.threads).accuracy
    saturated = training.history[-1].saturated
    rows = [("weights at limit", ", ".join(f"{100 * share:.1f} %" for share in saturated))]
    _warn_of_silence(training, data)
    training_report.report(
        console,
        training.history,
        network=f"{network.name} {network.precision}",
        samples=len(data),
        unit="samples",
        test=test,
        rows=[*rows, ("saved to", out)] if out else rows,
        preset=training.preset,
        precision=str(network.precision),
        backend="engine",
        seed=training.state.seed,
        batch=network.batch,
        saturated=list(saturated),
        file=out,
    )
    return 0


def prepare(args: argparse.Namespace) -> tuple[Training, Dataset, Dataset | None]:
    """Return the run to continue, its training data and the held-out data.

    Raises
    ------
    ValueError
        If neither a preset nor a file is given, or the options contradict the file.
    """
    if args.augment is not None:
        args = argparse.Namespace(**vars(args) | {"augment": _augment(args.augment)})
    _require_one_start(args)
    if args.resume:
        training = _saved_run(args)
        data, validation = training_samples(args, training)
        return _resumed(args, training, data), data, validation
    training = _learned(args) if args.learned else _first(args)
    data, validation = training_samples(args, training)
    return _begun(args, training, data), data, validation


def _saved_run(args: argparse.Namespace) -> Training:
    """Return the run in ``--resume``, which the other options do not contradict."""
    training = subject.checkpoint(args.resume)
    if args.network:
        raise ValueError(
            f"--network with --resume: {args.resume} holds its network already; leave it out"
        )
    if not training.data:
        raise ValueError(
            f"{args.resume} holds a network and its weights, but no run to resume: "
            f"`lava-intsnn train --from {args.resume}` trains it on"
        )
    if args.subject and not training.preset:
        raise ValueError(
            f"{args.subject} with --resume: {args.resume} holds its network already, and it is no "
            f"preset's; leave {args.subject} out"
        )
    training_report.require_agreement(
        argparse.Namespace(**vars(args), preset=args.subject),
        preset=training.preset,
        precision=str(training.network.precision),
        propagation=training.network.feedback.propagation,
        loss=training.network.loss.kind,
        seed=training.state.seed,
        epochs=training.recipe.epochs,
        augment=training.recipe.augment,
    )
    return training


def _resumed(args: argparse.Namespace, training: Training, data: Dataset) -> Training:
    """Return the saved run, whose data these are."""
    same = "--limit, --validate, --hold-out-speakers, --data, --read and --data-dir"
    training_report.require_data(args, data, training.data, same=same)
    return replace(training, classes=training.classes or data.classes or ())


def _begun(args: argparse.Namespace, training: Training, data: Dataset) -> Training:
    """Return a run before its first epoch, with what the options and its data say."""
    from lava_intsnn.training.training_run import start

    return start(
        training.network,
        training.recipe,
        data=data.fingerprint(),
        seed=args.seed if args.learned else args.seed or 0,
        preset=training.preset,
        own_data=data.name if args.data else "",
        classes=training.classes or data.classes or (),
        reading=typed_readings(args.read) or training.reading if args.data else (),
        state=training.state if args.learned or args.features else None,
    )


def _require_one_start(args: argparse.Namespace) -> None:
    """Raise ValueError unless the options name one thing to start with."""
    named = {"--resume": args.resume, "--from": args.learned, "a preset or network": args.subject}
    given = [name for name, value in named.items() if value]
    if not given:
        raise ValueError(
            "name a preset (see `lava-intsnn info`) or a network, or --resume FILE, or --from FILE"
        )
    if args.learned and len(given) > 1:
        raise ValueError(
            f"--from {args.learned} with {' and '.join(n for n in given if n != '--from')}: the "
            "file holds its network already; leave the other out"
        )
    frozen_options.require_start(args)
    if args.start_at is not None and not args.learned:
        raise ValueError(
            f"--start-at {args.start_at} without --from: only a network that has learned can begin "
            "in the middle of the schedule"
        )


def _learned(args: argparse.Namespace) -> Training:
    """Return a new run of the checkpoint of ``--from``, which begins with its weights."""
    training = subject.learned(args.learned)
    if args.network:
        raise ValueError(
            f"--network with --from: {args.learned} holds its network already; leave it out"
        )
    subject.require_agreement(
        argparse.Namespace(**vars(args) | {"subject": args.learned}),
        precision=str(training.network.precision),
        propagation=training.network.feedback.propagation,
        loss=training.network.loss.kind,
    )
    point = 100 if args.start_at is None else args.start_at
    if point > 100:
        raise ValueError(f"--start-at {point}: must be a percentage, 0..100")
    recipe = training.recipe.continued(point, epochs=args.epochs)
    if args.augment is not None:
        recipe = replace(recipe, augment=args.augment)
    network = frozen_options.network_of(args, training.network)
    return replace(training, network=network, recipe=recipe, epoch=0, history=())


def _first(args: argparse.Namespace) -> Training:
    """Return the run of the subject before its first epoch, with the options' changes."""
    training = subject.anew(args)
    changed = {name: getattr(args, name) for name in ("propagation", "loss")}
    chosen = preset(args.subject) if args.subject in PRESETS else None
    if args.network:
        if chosen is None:
            raise ValueError(f"--network {args.network} and {args.subject}: name one of them")
        network = _replaced(args, chosen)
    elif chosen is not None:
        network = variant(chosen.name, args.precision, **changed)
    else:
        for option, value in changed.items():
            if value:
                raise ValueError(f"--{option}: {args.subject} has its own; leave it out")
        network = training.network
    own = chosen.recipe_of(network) if chosen else training.recipe
    augment = own.augment if args.augment is None else args.augment
    recipe = replace(own, epochs=args.epochs or own.epochs, augment=augment)
    network = frozen_options.network_of(args, network)
    state = frozen_options.state_of(args, network, training.state)
    return replace(training, network=network, recipe=recipe, state=state)


def _replaced(args: argparse.Namespace, chosen: Preset) -> Network:
    """Return the network of ``--network`` in place of the preset's own."""
    for option in ("precision", "propagation", "loss"):
        if getattr(args, option):
            raise ValueError(f"--{option} with --network: {args.network} has its own; leave it out")
    network = subject.described(args.network)
    if not args.data:
        own = chosen.network(network.precision)
        subject.require_shape(f"--network {args.network}", network, own)
    return network


def _save(path: str, training: Training) -> None:
    from lava_intsnn.formats.checkpoint import save_checkpoint

    save_checkpoint(path, training)


def epoch_line(record: EpochRecord, epochs: int, n_samples: int) -> str:
    """Return the results of one epoch as a line."""
    at_limit = "/".join(f"{100 * share:.1f}" for share in record.saturated)
    speed = f"{rate(n_samples, record.seconds):,.0f} samples/s"
    return training_report.epoch_line(record, epochs, f"at limit {at_limit} %", speed)


def _warn_of_silence(training: Training, data: Dataset) -> None:
    """Say which hidden layer is silent on a few samples: the lowest, which silences the others."""
    from lava_intsnn.networks import preflight

    network = training.network
    if network.precision.floating:
        return
    look = preflight(network, data, training.state)
    hidden = [index for index in look.silent_layers if not network.is_readout(index)]
    if hidden:
        samples = f"{look.samples} training sample{'s' * (look.samples != 1)}"
        for warning in look.layers[hidden[0]].warnings:
            say_error(f"warning (after a look at {samples}): {warning}")


def _how_to_resume(args: argparse.Namespace, saved: str | None, training: Training) -> str:
    if not saved:
        early = "the first epoch was not complete, so nothing was saved; start again"
        return early if args.out else "nothing was saved; with --out FILE every epoch is"
    names = ("data", "test", "read", "limit", "validate", "hold_out_speakers", "data_dir")
    line = training_report.resume_line("lava-intsnn train", args, saved, names)
    done = training.epoch
    return f"{done} epoch{'s' * (done != 1)} saved; resume with `{line}`"
