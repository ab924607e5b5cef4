"""Samples and labels, checked once so that no consumer has to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.arithmetic import Stream, draw, random_key
from lava_intsnn.data.arrays import class_labels, image_bytes
from lava_intsnn.data.dataset_checks import check_dataset, speaker_numbers
from lava_intsnn.data.errors import DataError
from lava_intsnn.data.fold_groups import fold_numbers
from lava_intsnn.field_checks import check_fields, shown

#: Height and width, and for several channels also their number; in front of it, their frames.
ImageShape = tuple[int, int] | tuple[int, int, int] | tuple[int, int, int, int]


# eq=False: arrays have no single truth value, and identity is what callers mean.
@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples as rows of unsigned bytes, with integer labels.

    Parameters
    ----------
    name : str
        For messages, result tables and the fingerprint.
    images : (N, I) uint8 array, C-contiguous
        One sample a row; 255 is the brightest grey level, or the highest count.
    labels : (N,) int32 array
        Classes, 0..n_classes-1.
    n_classes : int
    image_shape : (int, int), (int, int, int) or (int, int, int, int)
        Height and width; for colours height, width and channels. Of frames in time: frames and
        inputs of a frame, or frames, height, width and channels. Their product is ``I``, the last
        of them varies fastest.
    split : str
        ``"train"``, ``"test"`` or ``"validation"``.
    speakers : (N,) int32 array, optional
        The speaker of each sample, for :meth:`hold_out_speakers`.
    frames : int
        Frames in time of a sample, for a network whose encoder takes frames; 0 for still images.
    classes : tuple of str, optional
        Names of the classes.

    Raises
    ------
    DataError
        If shapes, dtypes or labels do not agree with the above.
    """

    name: str
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int32]
    n_classes: int
    image_shape: ImageShape
    split: str
    speakers: npt.NDArray[np.int32] | None = None
    frames: int = 0
    classes: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_fields(self, DataError, but=("images", "labels", "speakers"))  # they say what to do
        check_dataset(self)

    @classmethod
    def from_arrays(
        cls,
        images: Any,
        labels: Any,
        *,
        name: str = "arrays",
        scale: float | None = None,
        value_range: tuple[float, float] | None = None,
        frames: bool = False,
        image_shape: ImageShape | None = None,
        n_classes: int | None = None,
        first_label: int = 0,
        classes: Sequence[str] | None = None,
        split: str = "train",
    ) -> Dataset:
        """Make a data set of arrays of any common type.

        Parameters
        ----------
        images : (N, I), (N, H, W) or (N, H, W, C) array
            Integers in 0..255 are taken as they are; truth values become 0 and 255; for floats say
            ``scale`` or ``value_range``. With ``frames=True`` time comes second: (N, T, I),
            (N, T, H, W) or (N, T, H, W, C).
        labels : (N,) array
            Integers of any type, floats without a fraction, or names of classes.
        name : str
            For messages, result tables and the fingerprint.
        scale : float, optional
            What values are multiplied with: 255 for values in 0..1, 1 for floats in 0..255.
        value_range : (float, float), optional
            The values that become 0 and 255, in place of ``scale``.
        frames : bool
            A sample is a sequence of frames, each given to the network in a step of its own, as
            with :class:`~lava_intsnn.FrameEncoder`.
        image_shape : tuple of int, optional
            Of (N, I) images that have one, such as ``(16, 16)``.
        n_classes : int, optional
            By default one more than the highest class. Give it where a part may lack the last one.
        first_label : int
            The label of class 0, such as 1 for EMNIST's letters.
        classes : sequence of str, optional
            Names of the classes. Give those of the training data to data whose labels are names,
            if some may be missing there; :meth:`with_classes` does so later.
        split : {"train", "test", "validation"}

        Raises
        ------
        DataError
            If shapes, types or values are none of these: names the first wrong value and the fix.

        Examples
        --------
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Dataset.from_arrays(rng.random((6, 4, 4)), [0, 1, 2, 0, 1, 2], scale=255)
        Dataset('arrays', 'train', 6 samples, 4x4, 3 classes)
        """
        if not isinstance(frames, (bool, np.bool_)):
            raise DataError(
                f"frames = {shown(frames)}: must be True or False, whether time is the second "
                "dimension of the images"
            )
        what = f"images of dataset {name!r}"
        levels = image_bytes(images, what=what, scale=scale, value_range=value_range)
        frames = bool(frames) or levels.ndim == 5  # nothing else has five dimensions
        found, top, names = class_labels(
            labels,
            what=f"labels of dataset {name!r}",
            n_classes=n_classes,
            first_label=first_label,
            classes=classes,
        )
        if len(levels) != len(found):
            raise DataError(
                f"{len(levels)} images and {len(found)} labels in dataset {name!r}: must be as many"
            )
        return cls(
            name=name,
            images=np.ascontiguousarray(levels.reshape(len(levels), -1)),
            labels=found,
            n_classes=top,
            image_shape=image_shape or _shape_of(levels.shape, frames=frames, what=what),
            split=split,
            frames=levels.shape[1] if frames else 0,
            classes=names,
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.image_shape))
        return (
            f"Dataset({self.name!r}, {self.split!r}, {len(self)} samples, {shape}, "
            f"{self.n_classes} classes)"
        )

    @property
    def n_inputs(self) -> int:
        """Inputs of the network: values of a sample, or of one of its frames."""
        return self.images.shape[1] // (self.frames or 1)

    @property
    def maps(self) -> npt.NDArray[np.uint8]:
        """The images as a view (N, H, W, C); those of one channel have C = 1."""
        if len(self.image_shape) > 3:
            raise DataError(
                f"{self.name} holds frames of images, {self.image_shape}, and has no still images"
            )
        h, w, *channels = self.image_shape
        return self.images.reshape(len(self), h, w, *(channels or [1]))

    def head(self, n: int) -> Dataset:
        """Return the first ``n`` samples (all of them if there are fewer), without a copy."""
        if n < 1:
            raise DataError(f"{n} samples asked of {self.name}: must be at least 1")
        return self._select(slice(n), self.split)

    def with_classes(self, classes: Sequence[str]) -> Dataset:
        """Return the same samples, with their classes numbered by other names.

        Data sets with names of their own are numbered by them, from 0 on. Data that are tested
        with a network need the numbers that it was trained with.

        Parameters
        ----------
        classes : sequence of str
            Names in the order of the classes, such as the ``classes`` of the training data.

        Raises
        ------
        DataError
            If this data set has no names, or a sample is of a class that has none of these.
        """
        names = tuple(classes)
        if self.classes is None:
            raise DataError(f"{self.name} names no classes; its labels are numbers already")
        if names == self.classes:
            return self
        number = {name: index for index, name in enumerate(names)}
        present = [self.classes[label] for label in np.unique(self.labels)]
        if strange := [name for name in present if name not in number]:
            raise DataError(
                f"{self.name} holds samples of {', '.join(map(shown, strange))}, and the classes "
                f"are {', '.join(map(shown, names))}: remove or rename what is none of these"
            )
        new = np.array([number.get(name, -1) for name in self.classes], dtype=np.int32)
        return replace(self, labels=new[self.labels], n_classes=len(names), classes=names)

    def split_validation(self, n: int, *, seed: int | None = None) -> tuple[Dataset, Dataset]:
        """Set ``n`` samples aside for choices that must not see the test set.

        Parameters
        ----------
        n : int
            Size of the validation part, 1..N-1.
        seed : int, optional
            Draw the validation part at random; both parts keep the dataset's order. Without it
            the last ``n`` samples are taken, as is usual for MNIST, which is already shuffled.

        Returns
        -------
        train, validation : Dataset
        """
        if not 1 <= n < len(self):
            raise DataError(
                f"{n} samples asked for validation of the {len(self)} of {self.name}: "
                f"must be 1..{len(self) - 1}"
            )
        chosen = np.zeros(len(self), dtype=bool)
        if seed is None:
            chosen[-n:] = True
        else:
            with np.errstate(over="ignore"):
                bits = draw(random_key(seed, Stream.SPLIT), np.arange(len(self), dtype=np.uint64))
            chosen[np.argsort(bits, kind="stable")[:n]] = True
        return self._select(~chosen, self.split), self._select(chosen, "validation")

    def hold_out_speakers(self, speakers: Iterable[int]) -> tuple[Dataset, Dataset]:
        """Set all samples of some speakers aside, to validate on speakers not seen in training.

        Parameters
        ----------
        speakers : iterable of int
            Some, but not all, of ``self.speakers``.

        Returns
        -------
        train, validation : Dataset
            Both keep the dataset's order.

        Raises
        ------
        DataError
            If the dataset names no speakers, or these are no integers, none, all, or not in it.
        """
        if self.speakers is None:
            raise DataError(
                f"{self.name} names no speakers to hold out; hold out samples instead: "
                "split_validation(n), --validate N"
            )
        present = np.unique(self.speakers).tolist()
        known = f"the speakers of {self.name} {self.split} are {', '.join(map(str, present))}"
        wanted = speaker_numbers(speakers, known)
        if not wanted:
            raise DataError(f"no speaker to hold out: {known}")
        strangers = [speaker for speaker in wanted if speaker not in present]
        if strangers:
            who = f"speaker{'s' * (len(strangers) > 1)} {', '.join(map(str, strangers))}"
            raise DataError(f"{who} cannot be held out: {known}")
        if wanted == present:
            raise DataError(f"holding out every speaker leaves nothing to train on: {known}")
        chosen = np.isin(self.speakers, wanted)
        return self._select(~chosen, self.split), self._select(chosen, "validation")

    def folds(
        self, k: int, *, by: str | None = None, seed: int = 0
    ) -> tuple[tuple[Dataset, Dataset], ...]:
        """Divide the samples into ``k`` parts, each held out in turn.

        Parameters
        ----------
        k : int
            At least 2, and at most the number of speakers or samples.
        by : {"speakers", "samples"}, optional
            ``"speakers"`` holds out all samples of some speakers: in ascending order they are dealt
            to the folds in turn. ``"samples"`` draws samples, of each class as many in every fold.
            By default by speakers, if the data name them.
        seed : int
            Of the draw by samples.

        Returns
        -------
        tuple of (train, validation)
            Each part keeps the dataset's order, and each sample is held out once.

        Raises
        ------
        DataError
            If there are too few samples or speakers, or none are named.
        """
        of = fold_numbers(self.labels, self.speakers, k, by=by, seed=seed, name=self.name)
        return tuple(
            (self._select(of != fold, self.split), self._select(of == fold, "validation"))
            for fold in range(k)
        )

    def fingerprint(self) -> str:
        """Return 16 hex digits over images, labels and name, which a resumed run compares."""
        digest = hashlib.sha256()
        head = (self.name, self.images.shape, self.n_classes, tuple(self.image_shape))
        digest.update(repr(head).encode())
        digest.update(self.images.tobytes())
        digest.update(self.labels.astype("<i4").tobytes())
        return digest.hexdigest()[:16]

    def _select(self, rows: slice | npt.NDArray[np.bool_], split: str) -> Dataset:
        speakers = None if self.speakers is None else self.speakers[rows]
        images, labels = self.images[rows], self.labels[rows]
        return replace(self, images=images, labels=labels, speakers=speakers, split=split)


def _shape_of(shape: tuple[int, ...], *, frames: bool, what: str) -> ImageShape:
    """Return the ``image_shape`` of images, or frames of images, of an array's shape."""
    if frames:
        wanted = "(N, T, I), (N, T, H, W) or (N, T, H, W, C) with frames=True"
        full = {3: shape[1:], 4: (*shape[1:], 1), 5: shape[1:]}
    else:
        wanted = "(N, I), (N, H, W) or (N, H, W, C)"
        full = {2: (1, *shape[1:]), 3: shape[1:], 4: shape[1:]}
    if len(shape) not in full:
        raise DataError(f"{what} have shape {shape}: must be {wanted}")
    return full[len(shape)]  # type: ignore[return-value]
