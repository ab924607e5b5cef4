"""The demo's picture: one image, its spikes, and what the network has learned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.plot.confusion_matrix import confusion_counts
from lava_intsnn.plot.plot_style import save
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference.recording import record
from lava_intsnn.report import demo_figure

if TYPE_CHECKING:
    from lava_intsnn.cli.continued import Continued
    from lava_intsnn.data import Dataset
    from lava_intsnn.training.evaluation import Evaluation
    from lava_intsnn.training.training_run import Training

#: Common names of the data sets.
NAMES = {"mnist": "MNIST", "digits": "scikit-learn's 8x8 digits"}


def draw(
    path: Path,
    training: Training,
    test: Dataset,
    tested: Evaluation,
    both: Continued,
    *,
    curve: list[tuple[float, float]],
    points: list[tuple[float, float]],
) -> None:
    """Draw one correctly classified sample and what has been learned."""
    network, state = training.network, training.state
    classes = network.n_classes
    confusion = confusion_counts(test.labels, tested.predictions, n_classes=classes)
    chosen = _example(test, tested)
    key = eval_keys(state.seed, len(test))[chosen]
    recorded = record(network, state, test.images[chosen], key=key)
    shape = "-".join(map(str, network.shape))
    same = f"{both.weights_identical:,} of {both.weights:,} weights identical to the engine's"
    story = demo_figure.Story(
        title="An integer-only spiking network learns handwritten digits",
        subtitle=f"{NAMES.get(test.name, test.name)}, {shape}, {network.steps} time steps, "
        f"{network.precision.shadow_bits}-bit weights learn and "
        f"{network.precision.inference_bits}-bit weights infer.\nThe last epoch "
        f"inside Lava: {same}",
        image=test.images[chosen],
        image_shape=test.image_shape,
        label=int(test.labels[chosen]),
        prediction=int(tested.predictions[chosen]),
        spikes=recorded.spikes,
        engine=_curve("engine", curve),
        lava=_curve("Lava", points),
        weights=state.w(network, 0),
        confusion=confusion,
        accuracy=tested.accuracy,
    )
    save(demo_figure.demo_figure(story), path)


def _curve(label: str, points: list[tuple[float, float]]) -> demo_figure.Curve:
    return demo_figure.Curve(label=label, x=[x for x, _ in points], y=[y for _, y in points])


def _example(test: Dataset, tested: Evaluation) -> int:
    """Return the first correctly classified sample with a clear, but not the only, winner."""
    counts = np.sort(tested.counts, axis=1)
    clear = (counts[:, -1] >= 5) & (counts[:, -2] >= 1) & (counts[:, -1] > counts[:, -2] + 2)
    right = tested.predictions == test.labels
    for wanted in (right & clear, right):
        if wanted.any():
            return int(np.argmax(wanted))
    return 0
