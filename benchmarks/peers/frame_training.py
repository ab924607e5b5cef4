"""Training of float networks on frames: the package's own batches and augmentation, and Adam.

All networks learn from what the integer network learns from: the same order, batches and shifts of
channels, keyed by the seed. They see the square roots of the counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from statistics import median
from typing import Any

import numpy as np

from lava_intsnn.data import Dataset
from lava_intsnn.recipe import Recipe
from lava_intsnn.training.batches import epoch_batches


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a peer may choose for itself, on held-out training speakers.

    ``decay`` is the share of a hidden neuron's potential that is left after a step,
    ``readout_decay`` that of the readout, which does not fire; ``readout`` says what becomes of its
    potential: the ``mean`` over time, its ``max``, or the mean of the ``softmax`` of every step.
    ``dropout`` silences hidden neurons for a whole sample. ``recurrent_scale`` multiplies the
    recurrent weights as drawn. Delays are 0..``max_delay`` and learn at ``delay_rate``.
    ``strength`` is the inverse strength of the penalty on scikit-learn's softmax.
    """

    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    decay: float = 0.8
    readout_decay: float = 0.8
    readout: str = "mean"
    dropout: float = 0.2
    slope: float = 10.0
    reset: str = "zero"
    recurrent_scale: float = 0.5
    clip: float = 1.0
    batch_norm: bool = False
    max_delay: int = 24
    delay_rate: float = 0.05
    output_delays: bool = True
    strength: float = 0.01

    def changed(self, assignments: list[str]) -> Settings:
        """Return the settings with ``NAME=VALUE`` applied.

        Raises
        ------
        ValueError
            If there is no such setting, or the value is of another type.
        """
        known = {f.name: type(getattr(self, f.name)) for f in fields(self)}
        values: dict[str, Any] = {}
        for text in assignments:
            name, _, value = text.partition("=")
            if name not in known:
                raise ValueError(f"--set {text}: must be NAME=VALUE with one of {', '.join(known)}")
            kind = known[name]
            if kind is bool:
                if value not in ("0", "1"):
                    raise ValueError(f"--set {text}: {name} is 0 or 1")
                values[name] = value == "1"
                continue
            try:
                values[name] = kind(value)
            except ValueError:
                raise ValueError(f"--set {text}: {name} is of type {kind.__name__}") from None
        return replace(self, **values)


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a network sees and is: frames, channels, hidden neurons and classes."""

    frames: int
    channels: int
    hidden: int
    classes: int


@dataclass(kw_only=True)
class Trained:
    """A trained classifier, and the seconds of each of its epochs."""

    predict: Callable[[Dataset], np.ndarray]
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def rate(samples: int, seconds: list[float]) -> float:
    """Return samples a second, from the median epoch: the first one compiles and allocates."""
    return samples / median(seconds)


def roots(images: np.ndarray, image_shape: tuple[int, ...]) -> np.ndarray:
    """Return the square roots of the counts, float32 ``(N, T, C)``: what the float peers see."""
    return np.sqrt(images.reshape(-1, *image_shape), dtype=np.float32)


def fit(
    make: Callable[[Size, Settings], Any],
    train: Dataset,
    *,
    settings: Settings,
    recipe: Recipe,
    batch: int,
    hidden: int,
    seed: int,
    threads: int,
) -> Trained:
    """Train a network by backpropagation; the learning rates fall to 0 on a cosine.

    Parameters
    ----------
    make : callable
        Returns a module that maps ``(B, T, C)`` to logits ``(B, O)``. Its ``groups()``, if it has
        one, gives Adam's parameter groups, and ``starts(share)`` is called before each batch with
        the share of the training that is over; ``settles()`` before it is tested.
    recipe : Recipe
        Its epochs and augmentation are the network's; its schedule is not.
    """
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    frames, channels = train.image_shape
    net = make(
        Size(frames=frames, channels=channels, hidden=hidden, classes=train.n_classes), settings
    )
    groups = net.groups() if hasattr(net, "groups") else [{"params": net.parameters()}]
    optimiser = torch.optim.Adam(
        groups, lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    batches = -(-len(train) // batch)
    total = recipe.epochs * batches
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, total)
    found = Trained(predict=lambda data: predict(net, data))
    torch.set_flush_denormal(True)  # else narrow kernels and surrogates are several times slower
    try:
        for epoch in range(recipe.epochs):
            began = time.perf_counter(), time.process_time()
            shown = epoch_batches(
                train.images,
                train.labels,
                recipe=recipe,
                seed=seed,
                epoch=epoch,
                size=batch,
                image_shape=train.image_shape,
                frames=True,
            )
            for index, part in enumerate(shown, epoch * batches):
                if hasattr(net, "starts"):
                    net.starts(index / total)
                x = torch.from_numpy(roots(part.images, train.image_shape))
                y = torch.from_numpy(part.labels.astype(np.int64))
                loss = torch.nn.functional.cross_entropy(net(x), y)
                optimiser.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(net.parameters(), settings.clip)
                optimiser.step()
                schedule.step()
            found.wall.append(time.perf_counter() - began[0])
            found.cpu.append(time.process_time() - began[1])
    finally:
        torch.set_flush_denormal(False)
    net.eval()
    if hasattr(net, "settles"):
        net.settles()
    return found


def predict(net: Any, data: Dataset, *, at_once: int = 256) -> np.ndarray:
    """Return the class of each sample, ``(N,)``."""
    import torch

    found = []
    with torch.no_grad():
        for first in range(0, len(data), at_once):
            x = roots(data.images[first : first + at_once], data.image_shape)
            found.append(net(torch.from_numpy(x)).argmax(1).numpy())
    return np.concatenate(found)


def logits(potentials: Any, readout: str) -> Any:
    """Return logits ``(B, O)`` of a readout's potentials ``(T, B, O)``; see :class:`Settings`."""
    import torch

    if readout == "mean":
        return 2 * potentials.mean(0)
    if readout == "max":
        return potentials.amax(0)
    if readout == "softmax":
        return torch.log_softmax(potentials, -1).logsumexp(0)
    raise ValueError(f"readout {readout!r}: must be mean, max or softmax")
