"""A training run as a value, and the loop that continues it batch by batch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from lava_intsnn.conversion.ann.ann_learner import (
    AnnLearner,
    AnnRunning,
    arrays_of,
    module_of,
)
from lava_intsnn.conversion.ann.model import QuantisedAnn
from lava_intsnn.conversion.ann_spec import AnnRecipe, AnnSpec
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.quantised import QuantisedNetwork
from lava_intsnn.field_checks import Checked, short_repr
from lava_intsnn.progress_bar import progress_bar
from lava_intsnn.random_keys import epoch_order

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset

#: Seconds between two looks at how many images were right.
_SHOWN_EVERY_S = 0.5


@dataclass(frozen=True, kw_only=True)
class AnnEpoch(Checked, refusal=ConversionError):
    """Results of one epoch: accuracies in percent, mean loss, wall time of learning."""

    epoch: int
    train_accuracy: float
    loss: float
    validation_accuracy: float | None
    seconds: float


# eq=False: arrays have no single truth value, and identity is what callers mean.
@dataclass(frozen=True, kw_only=True, eq=False)
class AnnTraining(Checked, refusal=ConversionError):
    """A run between two batches.

    Parameters
    ----------
    spec : AnnSpec
    recipe : AnnRecipe
    preset : str
        Name of the preset the run came from, which also names the data set of the run.
    data : str
        Fingerprint of the training data.
    seed : int
        Of initial weights, order and augmentation.
    step : int
        Batches learned.
    correct, loss, seconds
        Sums over the current epoch.
    history : tuple of AnnEpoch
    teacher : str
        Fingerprint of the network whose classes are distilled, or "".
    tensors : dict of str to array
        Parameters, batch-norm statistics, Adam's moments and averages, by name.
    """

    spec: AnnSpec
    recipe: AnnRecipe
    preset: str
    data: str
    seed: int = 0
    step: int = 0
    correct: int = 0
    loss: float = 0.0
    seconds: float = 0.0
    history: tuple[AnnEpoch, ...] = ()
    teacher: str = ""
    tensors: dict[str, npt.NDArray] = field(default_factory=dict)

    __repr__ = short_repr

    @property
    def complete(self) -> bool:
        """Whether all epochs of the recipe are done."""
        return len(self.history) >= self.recipe.epochs

    def model(self) -> QuantisedAnn:
        """Return the torch module with the weights of the run, in evaluation mode.

        Those are the averages, if the recipe has them and the run is complete.
        """
        average = self.complete and "average.readout" in self.tensors
        return module_of(self.spec, self.tensors, "average" if average else "model").eval()

    def network(self) -> QuantisedNetwork:
        """Return the network as it is now, integers and batch norms."""
        from lava_intsnn.conversion.ann.model import frozen

        return frozen(self.model())


def start(
    spec: AnnSpec,
    recipe: AnnRecipe,
    *,
    data: str,
    preset: str = "",
    seed: int = 0,
    weights: Mapping[str, npt.NDArray] | None = None,
    teacher: str = "",
) -> AnnTraining:
    """Return a run that has not begun.

    Parameters
    ----------
    spec : AnnSpec
    recipe : AnnRecipe
    data, preset, seed, teacher
        See :class:`AnnTraining`. The weights are drawn from ``seed``.
    weights : mapping of str to array, optional
        Parameters and statistics to begin with instead, by their names in the torch module.

    Raises
    ------
    ConversionError
        If the weights, or the augmentation, do not fit the network.
    """
    cropped = spec.pixels.crop is not None
    recipe.augment.require_fit(spec.stack.in_shape, cropped=cropped)
    training = AnnTraining(
        spec=spec, recipe=recipe, preset=preset, data=data, seed=seed, teacher=teacher
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(training.seed)
        tensors = arrays_of(QuantisedAnn(spec))
    tensors |= {f"model.{name}": array for name, array in (weights or {}).items()}
    module_of(spec, tensors)
    return replace(training, tensors=tensors)


def steps_of(
    training: AnnTraining,
    data: Dataset,
    *,
    validation: Dataset | None = None,
    every: int | None = None,
    running: AnnRunning | None = None,
    progress: bool = True,
) -> Iterator[AnnTraining]:
    """Continue a run to the end of its recipe, yielding it after each epoch.

    On the CPU, with the same number of threads, a run that is resumed from any yielded value ends
    in the same bits as an uninterrupted one.

    Parameters
    ----------
    training : AnnTraining
    data : Dataset
    validation : Dataset, optional
        Evaluated after each epoch.
    every : int, optional
        Also yield after this many batches.
    running : AnnRunning, optional
        Device, precision, teacher; by default the CPU in float32.
    progress : bool

    Raises
    ------
    ConversionError
        If the data are not those the run was started with, or do not fit the network, or the
        recipe distills and there is no teacher.
    """
    if (found := data.fingerprint()) != training.data:
        raise ConversionError(
            f"training data have fingerprint {found}, the run was started with {training.data}: "
            "resume with the same data set and the same --limit"
        )
    recipe, n = training.recipe, len(data)
    batch, running = recipe.batch, running or AnnRunning()
    if n < batch:
        raise ConversionError(f"batch = {batch}: must be at most {n}, the training samples")
    if training.complete:
        return
    learner = AnnLearner(
        training.spec,
        recipe,
        training.tensors,
        step=training.step,
        data=data,
        seed=training.seed,
        running=running,
    )
    per_epoch = n // batch
    while not training.complete:
        epoch, before = len(training.history), training.seconds
        learner.begin(epoch, epoch_order(training.seed, epoch, n))
        learner.begin_totals(training.correct, training.loss)
        first = training.step - epoch * per_epoch
        bar = progress_bar(
            per_epoch * batch,
            initial=first * batch,
            name=f"epoch {epoch + 1}/{recipe.epochs}",
            unit="images",
            shown=progress,
        )
        with bar:
            began = shown_at = time.perf_counter()
            for index in range(first, per_epoch):
                learner.learn(index, epoch * per_epoch + index, per_epoch * recipe.epochs)
                now = time.perf_counter()
                if now - shown_at > _SHOWN_EVERY_S:  # reading a number waits for the device
                    shown_at, right = now, learner.totals()[0]
                    note = f"{100 * right / ((index + 1) * batch):.2f} %"
                    bar.set_postfix_str(note, refresh=False)
                bar.update(batch)
                if every and (index + 1) % every == 0 and index + 1 < per_epoch:
                    part = _at(training, learner, step=epoch * per_epoch + index + 1)
                    paused = time.perf_counter()
                    yield replace(part, seconds=before + paused - began)
                    began += time.perf_counter() - paused
        correct, loss = learner.totals()
        seconds = before + time.perf_counter() - began
        validated = None
        if validation is not None or epoch + 1 == recipe.epochs:
            learner.finish_average()
        if validation is not None:
            validated = accuracy(learner.result, validation, device=running.device)
        record = AnnEpoch(
            epoch=epoch + 1,
            train_accuracy=100 * correct / (per_epoch * batch),
            loss=loss / per_epoch,
            validation_accuracy=validated,
            seconds=seconds,
        )
        training = replace(
            _at(training, learner, step=(epoch + 1) * per_epoch),
            correct=0,
            loss=0.0,
            seconds=0.0,
            history=(*training.history, record),
        )
        yield training


def _at(training: AnnTraining, learner: AnnLearner, *, step: int) -> AnnTraining:
    """Return the run as the learner has it after ``step`` batches."""
    correct, loss = learner.totals()
    return replace(training, step=step, correct=correct, loss=loss, tensors=learner.tensors())


def accuracy(model: QuantisedAnn, data: Dataset, *, batch: int = 200, device: str = "cpu") -> float:
    """Return percent correct as torch computes it, in float32.

    Batch norm may round a value to the other side of a half here, about once in a million.
    :class:`~lava_intsnn.conversion.quantised.QuantisedNetwork` computes the exact accuracy.
    """
    training = model.training
    model.eval()
    maps, correct = data.maps, 0
    with torch.no_grad():
        for first in range(0, len(data), batch):
            part = slice(first, first + batch)
            x = model.spec.pixels.integers(maps[part]).astype(np.float32).transpose(0, 3, 1, 2)
            logits = model(torch.from_numpy(np.ascontiguousarray(x)).to(device))
            correct += int((logits.argmax(1).cpu().numpy() == data.labels[part]).sum())
    model.train(training)
    return 100 * correct / len(data)
