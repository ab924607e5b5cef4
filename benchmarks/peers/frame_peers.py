"""The float peers on frames: what each is, and the settings chosen for it on held-out speakers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from lava_intsnn.data import Dataset
from peers import frame_training
from peers.frame_training import Settings, Size, Trained, roots


@dataclass(frozen=True, kw_only=True)
class FramePeer:
    """A classifier of frames: ``fit(train, settings=, recipe=, ...)`` trains it.

    ``seeded`` is False for one that learns from all samples at once; ``spikes`` says whether it has
    a hidden layer; ``packages`` are what it needs.
    """

    name: str
    about: str
    fit: Callable[..., Trained]
    settings: Settings
    packages: tuple[str, ...]
    seeded: bool = True
    spikes: bool = True

    def versions(self) -> dict[str, str]:
        """Return the versions of what it needs, for its results."""
        return {name: _version(name) for name in self.packages}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _torch(make: Callable[[Size, Settings], Any]) -> Callable[..., Trained]:
    """Return the ``fit`` of a network that is trained in torch."""

    def fit(train: Dataset, **options: Any) -> Trained:
        return frame_training.fit(make, train, **options)

    return fit


def _snntorch(size: Size, settings: Settings):
    from peers.recurrent_frames import snntorch_network

    return snntorch_network(size, settings)


def _spikingjelly(size: Size, settings: Settings):
    from peers.recurrent_frames import spikingjelly_network

    return spikingjelly_network(size, settings)


def _dcls(size: Size, settings: Settings):
    from peers.delay_frames import DelayFrames

    # delays as long as the sample reach every frame; longer ones would see none
    longest = min(settings.max_delay, size.frames - 1)
    return DelayFrames(size, replace(settings, max_delay=longest))


def _linear(size: Size, settings: Settings):
    from torch import nn

    return nn.Sequential(
        nn.Flatten(),
        nn.Dropout(settings.dropout),
        nn.Linear(size.frames * size.channels, size.classes),
    )


def _softmax(train: Dataset, *, settings: Settings, **ignored: Any) -> Trained:
    """Fit scikit-learn's softmax on all inputs of all frames, without augmentation."""
    from sklearn.linear_model import LogisticRegression

    def flat(data: Dataset) -> np.ndarray:
        return roots(data.images, data.image_shape).reshape(len(data), -1)

    model = LogisticRegression(C=settings.strength, max_iter=500).fit(flat(train), train.labels)
    return Trained(predict=lambda data: model.predict(flat(data)))


PEERS = (
    FramePeer(
        name="softmax",
        about="linear softmax on root counts, scikit-learn, no shifts",
        fit=_softmax,
        settings=Settings(),
        packages=("scikit-learn",),
        seeded=False,
        spikes=False,
    ),
    FramePeer(
        name="softmax-shifted",
        about="linear softmax on root counts, Adam, shifted channels",
        fit=_torch(_linear),
        settings=Settings(learning_rate=1e-3, dropout=0.5),
        packages=("torch",),
        spikes=False,
    ),
    FramePeer(
        name="snntorch",
        about="RSNN, backpropagation through time, snnTorch",
        fit=_torch(_snntorch),
        settings=Settings(),
        packages=("torch", "snntorch"),
    ),
    FramePeer(
        name="spikingjelly",
        about="RSNN, backpropagation through time, SpikingJelly",
        fit=_torch(_spikingjelly),
        settings=Settings(),
        packages=("torch", "spikingjelly"),
    ),
    FramePeer(
        name="dcls",
        about="SNN with learned delays, backpropagation through time, DCLS",
        fit=_torch(_dcls),
        settings=Settings(batch_norm=True, dropout=0.4, decay=0.5),
        packages=("torch", "dcls", "spikingjelly"),
    ),
)
