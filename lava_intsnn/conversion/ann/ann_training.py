"""A training run as a value, and the loop that continues it batch by batch."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from lava_intsnn.conversion.ann.ann_augment import augmented
from lava_intsnn.conversion.ann.model import QuantisedAnn
from lava_intsnn.conversion.ann_spec import AnnRecipe, AnnSpec
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.quantised import QuantisedNetwork
from lava_intsnn.field_checks import Checked, short_repr
from lava_intsnn.progress_bar import progress_bar
from lava_intsnn.random_keys import epoch_order

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset


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
    tensors : dict of str to array
        Parameters, batch-norm statistics and Adam's moments, by name.
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
    tensors: dict[str, npt.NDArray] = field(default_factory=dict)

    __repr__ = short_repr

    @property
    def complete(self) -> bool:
        """Whether all epochs of the recipe are done."""
        return len(self.history) >= self.recipe.epochs

    def model(self) -> QuantisedAnn:
        """Return the torch module with the weights of the run, in evaluation mode."""
        return _Learner(self).model.eval()

    def network(self) -> QuantisedNetwork:
        """Return the network as it is now, integers and batch norms."""
        from lava_intsnn.conversion.ann.model import frozen

        return frozen(self.model())


def start(
    spec: AnnSpec, recipe: AnnRecipe, *, data: str, preset: str = "", seed: int = 0
) -> AnnTraining:
    """Return a run that has not begun, with weights drawn from ``seed``."""
    training = AnnTraining(spec=spec, recipe=recipe, preset=preset, data=data, seed=seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(training.seed)
        model = QuantisedAnn(spec)
    return replace(training, tensors=_arrays(model, None))


def learning_rate(recipe: AnnRecipe, step: int, steps: int) -> float:
    """Return the learning rate of batch ``step`` of ``steps``."""
    if recipe.schedule == "steps":
        return recipe.lr * (1.0 if 2 * step < steps else 0.1)
    return recipe.lr * 0.5 * (1 + math.cos(math.pi * step / steps))


def steps_of(
    training: AnnTraining,
    data: Dataset,
    *,
    validation: Dataset | None = None,
    every: int | None = None,
    device: str = "cpu",
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
    device : str
        torch's name of the device to learn on: ``"cpu"``, ``"cuda"``.
    progress : bool

    Raises
    ------
    ConversionError
        If the data are not those the run was started with, or do not fit the network.
    """
    if (found := data.fingerprint()) != training.data:
        raise ConversionError(
            f"training data have fingerprint {found}, the run was started with {training.data}: "
            "resume with the same data set and the same --limit"
        )
    batch, n = training.recipe.batch, len(data)
    if n < batch:
        raise ConversionError(f"batch = {batch}: must be at most {n}, the training samples")
    learner = _Learner(training, device)
    per_epoch = n // batch
    while not training.complete:
        epoch = len(training.history)
        order = epoch_order(training.seed, epoch, n)
        bar = progress_bar(
            per_epoch * batch,
            initial=(training.step - epoch * per_epoch) * batch,
            name=f"epoch {epoch + 1}/{training.recipe.epochs}",
            unit="images",
            shown=progress,
        )
        with bar:
            for index in range(training.step - epoch * per_epoch, per_epoch):
                begin = time.perf_counter()
                chosen = order[index * batch : (index + 1) * batch]
                correct, loss = learner.learn(data, chosen, epoch, training.step, per_epoch)
                training = replace(
                    training,
                    step=training.step + 1,
                    correct=training.correct + correct,
                    loss=training.loss + loss,
                    seconds=training.seconds + time.perf_counter() - begin,
                )
                bar.update(batch)
                seen = (index + 1) * batch
                bar.set_postfix_str(f"{100 * training.correct / seen:.2f} %", refresh=False)
                if every and (index + 1) % every == 0 and index + 1 < per_epoch:
                    yield replace(training, tensors=learner.tensors())
        record = AnnEpoch(
            epoch=epoch + 1,
            train_accuracy=100 * training.correct / (per_epoch * batch),
            loss=training.loss / per_epoch,
            validation_accuracy=None
            if validation is None
            else accuracy(learner.model, validation, device=device),
            seconds=training.seconds,
        )
        training = replace(
            training,
            correct=0,
            loss=0.0,
            seconds=0.0,
            history=(*training.history, record),
            tensors=learner.tensors(),
        )
        yield training


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


class _Learner:
    """The torch objects of a run."""

    def __init__(self, training: AnnTraining, device: str = "cpu") -> None:
        self.training, self.device = training, device
        self.model = QuantisedAnn(training.spec).to(device)
        # channels last: what CPUs and GPUs convolve fastest; torch's types do not know the argument
        self.model = self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=training.recipe.lr)
        _restore(self.model, self.optimiser, training)

    def learn(
        self, data: Dataset, chosen: npt.NDArray[np.int64], epoch: int, step: int, per_epoch: int
    ) -> tuple[int, float]:
        """Learn one batch; return how many were right, and the loss."""
        training, recipe = self.training, self.training.recipe
        x = augmented(
            data.maps[chosen],
            pixels=training.spec.pixels,
            augment=recipe.augment,
            seed=training.seed,
            epoch=epoch,
            samples=chosen,
        )
        inputs = torch.from_numpy(x.astype(np.float32)).permute(0, 3, 1, 2).to(self.device)
        labels = torch.from_numpy(data.labels[chosen].astype(np.int64)).to(self.device)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(recipe, step, per_epoch * recipe.epochs)
        self.model.train()
        logits = self.model(inputs)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        return int((logits.detach().argmax(1) == labels).sum()), float(loss.detach())

    def tensors(self) -> dict[str, npt.NDArray]:
        return _arrays(self.model, self.optimiser)


def _arrays(model: QuantisedAnn, optimiser: torch.optim.Adam | None) -> dict[str, npt.NDArray]:
    arrays = {
        f"model.{name}": tensor.detach().cpu().contiguous().numpy().copy()
        for name, tensor in model.state_dict().items()
    }
    if optimiser is None:
        return arrays
    for name, parameter in model.named_parameters():
        state = optimiser.state.get(parameter, {})
        for moment in ("exp_avg", "exp_avg_sq"):
            if moment in state:
                arrays[f"adam.{name}.{moment}"] = state[moment].cpu().contiguous().numpy().copy()
    return arrays


def _restore(model: QuantisedAnn, optimiser: torch.optim.Adam, training: AnnTraining) -> None:
    arrays = training.tensors
    weights = {
        name.removeprefix("model."): torch.from_numpy(array.copy())
        for name, array in arrays.items()
        if name.startswith("model.")
    }
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ConversionError(f"the run's weights do not fit its network: {error}") from None
    if not training.step:
        return
    for name, parameter in model.named_parameters():
        moments = {}
        for moment in ("exp_avg", "exp_avg_sq"):
            array = arrays.get(f"adam.{name}.{moment}")
            if array is None or array.shape != tuple(parameter.shape):
                raise ConversionError(f"the run holds no {moment} of {name}; train anew")
            like = torch.empty_like(parameter)
            moments[moment] = like.copy_(torch.from_numpy(array.copy()))
        optimiser.state[parameter] = {"step": torch.tensor(float(training.step)), **moments}
