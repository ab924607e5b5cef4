"""`IntSNNClassifier`: an integer spiking network that scikit-learn can fit, search and validate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data

from lava_intsnn.data import Dataset
from lava_intsnn.estimator.byte_scale import ByteScale
from lava_intsnn.field_checks import as_tuple, shown
from lava_intsnn.network import Network
from lava_intsnn.network.cuba import numbers
from lava_intsnn.network.data_fit import check_data
from lava_intsnn.networks import conv, dense
from lava_intsnn.random_keys import eval_keys, train_keys
from lava_intsnn.recipe import Recipe
from lava_intsnn.state import State, initial_state
from lava_intsnn.training.epochs import train
from lava_intsnn.training.executors import executor

if TYPE_CHECKING:
    from typing_extensions import Self

    from lava_intsnn.contract import BatchResult

#: What ``partial_fit`` adds to the learning shifts before any ``fit``: nothing.
_FRESH = 0


class IntSNNClassifier(ClassifierMixin, BaseEstimator):
    """Classifier that learns in integers, one update at a time.

    ``fit`` trains a new network; ``partial_fit`` lets it learn more samples, in the order in which
    they come. The network's thresholds and shifts are chosen by rule from the data of the first
    call (:func:`lava_intsnn.networks.dense`), unless ``network`` is given.

    Parameters
    ----------
    hidden : int or sequence of int
        Sizes of the hidden layers.
    filters : sequence of str
        Convolutions before them, such as ``("16x5s2",)``; they need ``image_shape``.
    image_shape : tuple, optional
        Height and width of a sample, and channels if there are several.
    network : Network, optional
        A network to use as it is, in place of the above; its outputs are as many as the classes.
    epochs : int
        Passes of ``fit`` over the data.
    recipe : Recipe, optional
        Schedule and augmentation of ``fit``; by default the standard schedule. Its number of
        epochs is replaced by ``epochs``.
    steps, batch, precision
        See :func:`lava_intsnn.networks.dense`.
    scale : "data", "feature" or (low, high)
        How numbers become bytes: the low value becomes 0 and the high one 255, linearly, values
        outside are cut. ``"data"`` takes the lowest and the highest of all values in the first call
        of ``fit`` or ``partial_fit``, and bytes (uint8) as they are; ``"feature"`` those of each
        feature, for columns with different units, and adds 255 minus each byte as an input of its
        own; or give both ends.
    random_state : int, RandomState or None
        Seed of every random bit. The default gives the same bits in each fit; None draws a seed.
    backend : str
        See :func:`lava_intsnn.executor`. It does not affect results.
    threads : int, optional
        All usable cores by default. It does not affect results.
    verbose : bool
        Show the progress of ``fit``.

    Attributes
    ----------
    classes_ : (n_classes,) array
        Labels in ascending order.
    network_ : Network
    state_ : State
        What has been learned. ``ls.save(path, clf.network_, clf.state_)`` keeps it for every tool.
    n_features_in_ : int

    Notes
    -----
    The rate code draws random bits by a sample's place in ``X``, as :func:`lava_intsnn.evaluate`
    does, so the result for a sample can depend on that place. Probabilities rank classes; they are
    not calibrated.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import cross_val_score
    >>> import lava_intsnn as ls
    >>> X, y = load_digits(return_X_y=True)
    >>> cross_val_score(ls.IntSNNClassifier(epochs=5), X, y, cv=3).mean() > 0.88
    True
    """

    def __init__(
        self,
        hidden: int | Sequence[int] = (100,),
        *,
        filters: Sequence[str] = (),
        image_shape: Sequence[int] | None = None,
        network: Network | None = None,
        epochs: int = 12,
        recipe: Recipe | None = None,
        steps: int = 20,
        batch: int | None = None,
        precision: str = "16-8",
        scale: Any = "data",
        random_state: Any = 0,
        backend: str = "engine",
        threads: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.hidden = hidden
        self.filters = filters
        self.image_shape = image_shape
        self.network = network
        self.epochs = epochs
        self.recipe = recipe
        self.steps = steps
        self.batch = batch
        self.precision = precision
        self.scale = scale
        self.random_state = random_state
        self.backend = backend
        self.threads = threads
        self.verbose = verbose

    def fit(self, X: Any, y: Any) -> Self:
        """Train a new network on ``X (N, I)`` with labels ``y (N,)`` of any type.

        Raises
        ------
        ValueError
            If a parameter has no meaning, ``X`` and ``y`` are no samples with classes, or they do
            not fit ``network``, which must have an output for each class and no other.
        """
        X, y = self._checked(X, y, reset=True)
        self.classes_ = np.unique(y)
        recipe = replace(self.recipe or Recipe(epochs=1), epochs=self.epochs)
        data, seed = self._begin(X, y)
        self.state_ = train(
            self.network_,
            data,
            recipe=recipe,
            seed=seed,
            backend=self.backend,
            threads=self.threads,
            progress=bool(self.verbose),
        )
        self._boost = recipe.lr_boost(recipe.epochs - 1)
        self.network_ = recipe.network_at(self.network_, recipe.epochs - 1)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Learn the samples ``X (N, I)`` once, in their order, an update for each batch.

        Parameters
        ----------
        X, y
            As in :meth:`fit`.
        classes : array, optional
            All labels there will be; needed in the first call, unless :meth:`fit` was called.
            After ``fit`` learning goes on with the smallest steps of its schedule.

        Raises
        ------
        ValueError
            As :meth:`fit`; or if the first call lacks ``classes``, a later one changes them, or a
            label is none of them.
        """
        first = not hasattr(self, "state_")
        X, y = self._checked(X, y, reset=first)
        if first:
            if classes is None:
                raise ValueError("classes must be passed on the first call to partial_fit.")
            self.classes_ = unique_labels(classes)
        elif classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, was: "
                f"{self.classes_!r}"
            )
        if strangers := set(np.unique(y).tolist()) - set(self.classes_.tolist()):
            raise ValueError(
                f"labels {sorted(strangers)} are not in classes, {self.classes_!r}: give all "
                "classes in the first call"
            )
        if first:
            _, seed = self._begin(X, y)
            self.state_ = initial_state(self.network_, seed)
            self._boost = _FRESH
        images = self._scale.bytes_of(X)
        labels = np.searchsorted(self.classes_, y).astype(np.int32)
        keys = train_keys(self.state_.seed, 0, self._seen + np.arange(len(X)))
        with executor(
            self.network_, self.state_, backend=self.backend, threads=self.threads
        ) as learner:
            learner.train_many(images, labels, keys, lr_boost=self._boost)
            self.state_ = learner.state()
        self._seen += len(X)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the labels of ``X (N, I)``, ``(N,)``."""
        result = self._run(X)
        return self.classes_[result.predictions]

    def decision_function(self, X: Any) -> np.ndarray:
        """Return spike counts, ``(N, n_classes)``; for two classes their difference, ``(N,)``.

        A fraction below 1, which grows with the final membrane potential, ranks equal counts.
        """
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the softmax of the scores that :meth:`decision_function` describes.

        It is taken over ten times a score's share of the steps, whatever their number.
        """
        scores = self._scores(X) * (10 / self.network_.steps)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    # ---- helpers

    network_: Network
    state_: State
    _scale: ByteScale
    _seen: int
    _boost: int

    def _checked(self, X: Any, y: Any, *, reset: bool) -> tuple[np.ndarray, np.ndarray]:
        X, y = validate_data(self, X, y, reset=reset, dtype="numeric")
        check_classification_targets(y)
        return X, y

    def _begin(self, X: np.ndarray, y: np.ndarray) -> tuple[Dataset, int]:
        """Choose scale, network and seed from the data of the first call."""
        self._scale = ByteScale.fitted(X, self.scale)
        images = self._scale.bytes_of(X)
        shape: Any = (1, images.shape[1])
        if self.image_shape is not None:
            shape = as_tuple(self.image_shape) or self.image_shape
        data = Dataset(
            name="X",
            images=images,
            labels=np.searchsorted(self.classes_, y).astype(np.int32),
            n_classes=len(self.classes_),
            image_shape=shape,
            split="train",
        )
        self.network_ = self._network(data)
        self._seen = 0
        seed = self.random_state
        if not isinstance(seed, (int, np.integer)):
            seed = check_random_state(seed).randint(1 << 31)
        return data, int(seed)

    def _network(self, data: Dataset) -> Network:
        if self.network is not None:
            check_data(self.network, data, all_classes=True)  # each output is one of classes_
            return self.network
        options: dict[str, Any] = {
            "data": data,
            "steps": self.steps,
            "batch": self.batch,
            "precision": self.precision,
        }
        hidden = (self.hidden,) if isinstance(self.hidden, Integral) else as_tuple(self.hidden)
        if hidden is None:
            raise ValueError(f"hidden = {shown(self.hidden)}: give sizes, such as (100,) or 100")
        if as_tuple(self.filters) == ():
            return dense((data.images.shape[1], *hidden, data.n_classes), **options)
        if self.image_shape is None:
            raise ValueError("filters without image_shape: give (height, width) of a sample")
        return conv(self.image_shape, self.filters, data.n_classes, hidden=hidden, **options)

    def _run(self, X: Any) -> BatchResult:
        check_is_fitted(self, "state_")
        X = validate_data(self, X, reset=False, dtype="numeric")
        with executor(
            self.network_, self.state_, backend=self.backend, threads=self.threads, learning=False
        ) as runner:
            return runner.infer_batch(self._scale.bytes_of(X), eval_keys(self.state_.seed, len(X)))

    def _scores(self, X: Any) -> np.ndarray:
        """Return counts and the fraction that ranks equal ones, float64 ``(N, n_classes)``."""
        result = self._run(X)
        v = result.v.astype(np.float64) if self.network_.tie_break else np.zeros(result.v.shape)
        unit = max(numbers(self.network_.layers[-1].neuron.vth))
        return result.counts + 0.5 + v / (2 * (np.abs(v) + unit))
