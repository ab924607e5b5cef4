"""The training run that the options of ``convert train`` name: new, begun elsewhere or resumed."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from lava_intsnn.cli import training_report
from lava_intsnn.conversion.ann_presets import AnnPreset, preset
from lava_intsnn.nearest_name import choices

if TYPE_CHECKING:
    import numpy.typing as npt

    from lava_intsnn.conversion.ann.ann_learner import AnnRunning
    from lava_intsnn.conversion.ann.ann_training import AnnTraining
    from lava_intsnn.conversion.ann_spec import AnnSpec
    from lava_intsnn.data import Dataset

#: Options that change the recipe, and the augmentation: they must agree on --resume.
_RECIPE = (
    *("epochs", "batch", "lr", "schedule", "warmup", "smoothing", "decay", "plain", "average"),
    "distill",
)
_AUGMENT = ("shift", "flip", "brightness", "contrast", "tint", "cutmix", "cutout")


def run_to_train(args: argparse.Namespace) -> tuple[AnnTraining, Dataset, Dataset | None]:
    """Return the run to continue, its training data and the held-out data.

    Raises
    ------
    ValueError
        If neither a preset nor a file is given, or the options contradict the file.
    """
    if args.resume is not None and args.from_file is not None:
        raise ValueError("--from begins a run and --resume goes on with one: give one of them")
    if args.resume is not None:
        return _resumed(args)
    if args.from_file is not None:
        return _begun_from_file(args)
    if args.preset:
        return _begun_anew(args)
    raise ValueError("name a preset (see --help), or --resume FILE, or --from FILE")


def _resumed(args: argparse.Namespace) -> tuple[AnnTraining, Dataset, Dataset | None]:
    """Return the run of ``--resume``, with which all options must agree."""
    from lava_intsnn.formats.ann_checkpoint import load_ann

    if not os.path.exists(args.resume):
        raise ValueError(f"--resume {args.resume}: there is no such file")
    training = load_ann(args.resume)
    spec, recipe = training.spec, training.recipe
    training_report.require_agreement(
        args,
        preset=training.preset,
        k=spec.level,
        weight_bits=spec.weight_bits,
        ends=spec.ends,
        stack=spec.stack.notation,
        seed=training.seed,
        **{name: getattr(recipe, name) for name in _RECIPE},
        **asdict(recipe.augment),
    )
    images, validation = _images(args, preset(training.preset))
    same = "--limit, --validate and --data-dir"
    training_report.require_data(args, images, training.data, same=same)
    return training, images, validation


def _begun_from_file(args: argparse.Namespace) -> tuple[AnnTraining, Dataset, Dataset | None]:
    """Return a run that begins with the network of ``--from``, and its preset if none is given."""
    from lava_intsnn.formats.ann_start import load_ann_weights

    path = _file_or_network("--from", args.from_file)
    own, own_preset, weights = load_ann_weights(path)
    return _begun(args, preset(args.preset or own_preset), own, weights)


def _begun_anew(args: argparse.Namespace) -> tuple[AnnTraining, Dataset, Dataset | None]:
    """Return a run of the preset that has learned nothing."""
    chosen = preset(args.preset)
    return _begun(args, chosen, chosen.spec(), None)


def _begun(
    args: argparse.Namespace,
    chosen: AnnPreset,
    own: AnnSpec,
    weights: dict[str, npt.NDArray] | None,
) -> tuple[AnnTraining, Dataset, Dataset | None]:
    """Return a run before its first batch: the network ``own``, but for what the options say."""
    from lava_intsnn.conversion.ann.ann_training import start

    spec = chosen.spec(
        level=own.level if args.k is None else args.k,
        weight_bits=own.weight_bits if args.weight_bits is None else args.weight_bits,
        ends=args.ends or own.ends,
        notation=own.stack.notation if args.stack is None else args.stack,
    )
    recipe = replace(chosen.recipe, **_given(args, _RECIPE))
    recipe = replace(recipe, augment=replace(recipe.augment, **_given(args, _AUGMENT)))
    images, validation = _images(args, chosen)
    training = start(
        spec,
        recipe,
        data=images.fingerprint(),
        preset=chosen.name,
        seed=args.seed or 0,
        weights=weights,
    )
    return training, images, validation


def _images(args: argparse.Namespace, chosen: AnnPreset) -> tuple[Dataset, Dataset | None]:
    """Return the images to learn from, and those that are held out."""
    from lava_intsnn import data

    images = data.load(chosen.data, "train", data_dir=args.data_dir)
    if args.limit:
        images = images.head(args.limit)
    return images.split_validation(args.validate) if args.validate else (images, None)


def running_of(args: argparse.Namespace, training: AnnTraining) -> tuple[AnnTraining, AnnRunning]:
    """Return how the run computes, and the run with the fingerprint of its teacher."""
    from lava_intsnn.conversion.ann.ann_learner import AnnRunning
    from lava_intsnn.formats.ann_start import load_teacher

    if (args.teacher is not None) != bool(training.recipe.distill):
        raise ValueError(
            "--teacher and --distill belong together: give the teacher's file, and the percent of "
            f"the loss that is its (now {training.recipe.distill})"
        )
    teacher = None
    if args.teacher is not None:
        teacher, found = load_teacher(_file_or_network("--teacher", args.teacher))
        if training.step and found != training.teacher:
            raise ValueError(
                f"--teacher {args.teacher}: the run was started with another one "
                f"({training.teacher}, this is {found}): give the same"
            )
        if teacher.spec.stack.in_shape != training.spec.stack.in_shape or (
            teacher.spec.pixels != training.spec.pixels
        ):
            raise ValueError(
                f"--teacher {args.teacher}: sees {teacher.spec.pixels} of "
                f"{teacher.spec.stack.in_shape}, the run {training.spec.pixels} of "
                f"{training.spec.stack.in_shape}: both must see the same"
            )
        training = replace(training, teacher=found)
    return training, AnnRunning(
        device=args.device, half=args.half, compiled=args.compile, teacher=teacher
    )


def _file_or_network(option: str, name: str) -> str:
    """Return the path of a file, or of the trained network of that name in the package."""
    from lava_intsnn.trained.bundled_ann import pretrained_ann_names, pretrained_ann_path

    if os.path.exists(name):
        return name
    if name in pretrained_ann_names():
        return str(pretrained_ann_path(name))
    raise ValueError(
        f"{option} {name}: there is no such file; the networks of the package are "
        f"{choices(name, pretrained_ann_names())}"
    )


def _given(args: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: getattr(args, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}
