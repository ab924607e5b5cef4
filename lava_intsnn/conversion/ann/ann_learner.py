"""The torch objects of a training run: model, optimiser, average, images on the device."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from lava_intsnn.conversion.ann.ann_augment import AugmentedImages
from lava_intsnn.conversion.ann.ann_loss import batch_loss
from lava_intsnn.conversion.ann.averaging import average_in, renew_statistics
from lava_intsnn.conversion.ann.model import QuantisedAnn
from lava_intsnn.conversion.ann_spec import AnnRecipe, AnnSpec, Augmentation
from lava_intsnn.conversion.errors import ConversionError

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset

Arrays = dict[str, npt.NDArray]

#: Images that batch-norm statistics are taken anew from.
_STATISTICS = 10_000
_MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass(frozen=True, kw_only=True)
class AnnRunning:
    """How a run computes. The recipe says what it computes; this may change the last bits.

    Parameters
    ----------
    device : str
        torch's name of the device to learn on: ``"cpu"``, ``"cuda"``.
    half : bool
        Hidden layers in half precision, for GPUs: see
        :class:`~lava_intsnn.conversion.ann.QuantisedAnn`.
    compiled : bool
        Compile the network with ``torch.compile`` first.
    teacher : QuantisedAnn, optional
        Required if the recipe distills.
    """

    device: str = "cpu"
    half: bool = False
    compiled: bool = False
    teacher: QuantisedAnn | None = field(default=None, repr=False)


def learning_rate(recipe: AnnRecipe, step: int, steps: int) -> float:
    """Return the learning rate of batch ``step`` of ``steps``."""
    rising = steps * recipe.warmup // 100
    if step < rising:
        return recipe.lr * (step + 1) / rising
    if recipe.schedule == "steps":
        return recipe.lr * (1.0 if 2 * step < steps else 0.1)
    return recipe.lr * 0.5 * (1 + math.cos(math.pi * (step - rising) / (steps - rising)))


class AnnLearner:
    """What learns one batch after the other.

    Parameters
    ----------
    spec : AnnSpec
    recipe : AnnRecipe
    tensors : dict of str to array
        As :meth:`tensors` returns them, or the parameters alone of a run that has not begun.
    step : int
        Batches learned.
    data : Dataset
    seed : int
    running : AnnRunning
    """

    def __init__(
        self,
        spec: AnnSpec,
        recipe: AnnRecipe,
        tensors: Arrays,
        *,
        step: int,
        data: Dataset,
        seed: int,
        running: AnnRunning,
    ) -> None:
        if recipe.distill and running.teacher is None:
            raise ConversionError(f"distill = {recipe.distill} %: give the teacher of the run")
        self.recipe, self.device = recipe, running.device
        kind = torch.device(running.device).type
        self.fused = kind == "cuda"
        self.model = _placed(module_of(spec, tensors), running)
        self._forward = torch.compile(self.model) if running.compiled else self.model
        self.teacher = None
        if recipe.distill and running.teacher is not None:
            self.teacher = _placed(running.teacher, running).eval()
        self.average = None
        if recipe.average:
            begun = "average" if "average.readout" in tensors else "model"
            self.average = _placed(module_of(spec, tensors, begun), running)
        # batch norms keep their scale: it is the size of the counts
        groups: tuple[list[Tensor], list[Tensor]] = ([], [])
        for name, parameter in self.model.named_parameters():
            groups[name.startswith("norms.")].append(parameter)
        self.optimiser = torch.optim.AdamW(
            [
                {"params": groups[0], "weight_decay": recipe.decay},
                {"params": groups[1], "weight_decay": 0.0},
            ],
            lr=recipe.lr,
            fused=self.fused,
        )
        # half precision has no gradients below 2^-24: the loss is scaled up, the gradients down
        self.scaler = torch.amp.GradScaler(kind, enabled=running.half)
        self._restore(tensors, step)
        self.images = AugmentedImages(
            data, pixels=spec.pixels, augment=recipe.augment, seed=seed, device=running.device
        )
        self.begin_totals(0, 0.0)

    @property
    def result(self) -> QuantisedAnn:
        """The average, if there is one, else the model."""
        return self.model if self.average is None else self.average

    def begin_totals(self, correct: int, loss: float) -> None:
        """Set the sums over an epoch's batches; they stay on the device until they are read."""
        self._correct = torch.tensor(correct, device=self.device)
        self._loss = torch.tensor(loss, device=self.device, dtype=torch.float64)

    def totals(self) -> tuple[int, float]:
        """Return how many images of the epoch were right, and the sum of the batches' losses."""
        return int(self._correct), float(self._loss)

    def begin(self, epoch: int, order: npt.NDArray[np.int64]) -> None:
        """Prepare the random numbers and the order of an epoch."""
        augment = self.recipe.augment
        if epoch >= self.recipe.epochs * (1 - self.recipe.plain / 100):
            augment = replace(augment, cutmix=0)
        self.images.begin(epoch, augment)
        self._order = torch.from_numpy(order).to(self.device)

    def learn(self, index: int, step: int, steps: int) -> None:
        """Learn batch ``index`` of the epoch, which is batch ``step`` of ``steps`` of the run."""
        recipe = self.recipe
        chosen = self._order[index * recipe.batch : (index + 1) * recipe.batch]
        shown = self.images.batch(chosen)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(recipe, step, steps)
        self.model.train()
        logits = self._forward(shown.inputs)
        told = None
        if self.teacher is not None:
            with torch.no_grad():
                told = self.teacher(shown.inputs)
        loss = batch_loss(logits, shown, recipe, told)
        self.optimiser.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimiser)
        self.scaler.update()
        if self.average is not None:
            average_in(self.average, self.model, 1 / min(step + 1, recipe.average))
        self._correct += (logits.detach().argmax(1) == shown.labels).sum()
        self._loss += loss.detach()

    def finish_average(self) -> None:
        """Take the batch-norm statistics of the average anew, if there is one.

        The images are the first ones of the epoch's order, moved and mirrored as in training, with
        their own colours and nothing mixed in.
        """
        if self.average is None:
            return
        augment = self.recipe.augment
        self.images.begin(self.recipe.epochs, Augmentation(shift=augment.shift, flip=augment.flip))
        shown = max(_STATISTICS, self.recipe.batch)  # a whole batch at least
        parts = self._order[:shown].split(self.recipe.batch)
        whole = [part for part in parts if len(part) == self.recipe.batch]
        renew_statistics(self.average, (self.images.batch(part).inputs for part in whole))

    def tensors(self) -> Arrays:
        """Return parameters, batch-norm statistics, moments and average, by name."""
        arrays = arrays_of(self.model)
        if self.average is not None:
            arrays |= arrays_of(self.average, "average")
        if self.scaler.is_enabled():
            state = self.scaler.state_dict()
            values = state["scale"], state["_growth_tracker"], self._adam_steps()
            arrays["scaler"] = np.array(values, np.float64)
        for name, parameter in self.model.named_parameters():
            state = self.optimiser.state.get(parameter, {})
            for moment in _MOMENTS:
                if moment in state:
                    arrays[f"adam.{name}.{moment}"] = _array(state[moment])
        return arrays

    def _adam_steps(self) -> int:
        """Return the batches that Adam has learned: half precision leaves some out."""
        return max((int(state["step"]) for state in self.optimiser.state.values()), default=0)

    def _restore(self, arrays: Arrays, step: int) -> None:
        """Give the optimiser its moments, if the run has begun."""
        if not step:
            return
        if "scaler" in arrays and self.scaler.is_enabled():
            scale, tracked, taken = arrays["scaler"].tolist()
            state = self.scaler.state_dict()
            self.scaler.load_state_dict(state | {"scale": scale, "_growth_tracker": int(tracked)})
            step = int(taken)
        for name, parameter in self.model.named_parameters():
            moments = {"step": torch.tensor(float(step))}
            if self.fused:
                moments["step"] = moments["step"].to(parameter.device)
            for moment in _MOMENTS:
                array = arrays.get(f"adam.{name}.{moment}")
                if array is None or array.shape != tuple(parameter.shape):
                    raise ConversionError(f"the run holds no {moment} of {name}; train anew")
                like = torch.empty_like(parameter)
                moments[moment] = like.copy_(torch.from_numpy(array.copy()))
            self.optimiser.state[parameter] = moments


def module_of(spec: AnnSpec, arrays: Arrays, kind: str = "model") -> QuantisedAnn:
    """Return the torch module with the parameters and statistics named ``model.*``.

    Raises
    ------
    ConversionError
        If they do not fit the network.
    """
    with torch.random.fork_rng(devices=[]):
        model = QuantisedAnn(spec)
    own = f"{kind}."
    weights = {
        name.removeprefix(own): torch.from_numpy(array.copy())
        for name, array in arrays.items()
        if name.startswith(own)
    }
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    given = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    for name in sorted(wanted.keys() | given.keys()):
        if given.get(name) != wanted.get(name):
            raise ConversionError(
                f"the weights do not fit the network {spec.stack.notation}: they have "
                f"{_shape(name, given)}, and it has {_shape(name, wanted)}; name another file or "
                "stack"
            )
    model.load_state_dict(weights)
    return _laid_out(model)


def _shape(name: str, shapes: dict[str, tuple[int, ...]]) -> str:
    return f"{name} of shape {shapes[name]}" if name in shapes else f"no {name}"


def arrays_of(model: QuantisedAnn, kind: str = "model") -> Arrays:
    """Undo :func:`module_of`."""
    return {f"{kind}.{name}": _array(tensor) for name, tensor in model.state_dict().items()}


def _array(tensor: Tensor) -> npt.NDArray:
    return tensor.detach().cpu().contiguous().numpy().copy()


def _placed(model: QuantisedAnn, running: AnnRunning) -> QuantisedAnn:
    """Return a model on the device."""
    model.half_precision = running.half
    return _laid_out(model.to(running.device))


def _laid_out(model: QuantisedAnn) -> QuantisedAnn:
    """Return a model in the layout that CPUs and GPUs convolve fastest.

    It is the same in training and after: the step of 8-bit weights follows from a mean, whose last
    bit depends on the order of its sum.
    """
    # torch's types do not know the argument
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
