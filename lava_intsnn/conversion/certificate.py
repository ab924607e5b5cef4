"""Certificates: comparison of a spiking network with its quantised network, count by count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.quantised import QuantisedNetwork
from lava_intsnn.conversion.spiking_network import SpikingNetwork

#: Number of mismatches that are kept per layer; the rest are only counted.
SHOWN = 5


@dataclass(frozen=True)
class Mismatch:
    """One neuron whose counts differ: number of the image, position, channel, both counts."""

    image: int
    y: int
    x: int
    channel: int
    ann: int
    snn: int


@dataclass(frozen=True)
class LayerCertificate:
    """Result of comparing one layer.

    Parameters
    ----------
    layer : int
        0 is the encoder.
    neurons : int
        Compared, over all images.
    mismatches : int
        Neurons whose counts differ.
    largest : int
        Largest count of the quantised network.
    levels : int
        M, the largest count for which the spiking layer has a threshold.
    beyond : int
        Neurons whose count in the quantised network is above M: they must mismatch.
    first : tuple of Mismatch
        The first few.
    """

    layer: int
    neurons: int
    mismatches: int
    largest: int
    levels: int
    beyond: int
    first: tuple[Mismatch, ...]

    @property
    def share(self) -> float:
        """Mismatches among neurons, 0..1."""
        return self.mismatches / self.neurons


@dataclass(frozen=True)
class Certificate:
    """Result of comparing two networks.

    Parameters
    ----------
    network : str
    images : int
    layers : tuple of LayerCertificate
    predictions : int
        Images whose classes differ.
    logits : int
        Images with a logit that differs.
    settled_at : int
        The first step by which all images that became quiet had done so.
    unsettled : int
        Images that still spiked in the last step, whose counts may change with more steps.
    """

    network: str
    images: int
    layers: tuple[LayerCertificate, ...]
    predictions: int
    logits: int
    settled_at: int
    unsettled: int

    @property
    def ok(self) -> bool:
        """Whether every count, logit and class is equal, and no image still spikes."""
        return not (self.differs or self.unsettled)

    @property
    def differs(self) -> bool:
        """Whether any count, logit or class differs after the last step."""
        return bool(self.logits or self.predictions or any(row.mismatches for row in self.layers))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return asdict(self) | {"ok": self.ok}

    def text(self) -> str:
        """Return a table of layers, then all differences, as lines of text."""
        found = "equal" if self.ok else "NOT equal" if self.differs else "equal so far"
        lines = [
            f"{self.network}: spiking and quantised network are {found} on {self.images:,} images",
            f"{'layer':>5}  {'counts compared':>15}  {'mismatches':>11}  {'share':>9}  "
            f"{'largest count':>13}  {'levels':>6}",
        ]
        lines += [
            f"{row.layer:>5}  {row.neurons:>15,}  {row.mismatches:>11,}  {row.share:>9.3%}  "
            f"{row.largest:>13}  {row.levels:>6}"
            for row in self.layers
        ]
        lines.append(
            f"classes that differ: {self.predictions:,}; images with other logits: {self.logits:,}"
        )
        if not self.unsettled:
            lines.append(f"quiet after {self.settled_at} steps")
        else:
            lines.append(
                f"{self.unsettled:,} images still spiked in the last step: run more steps, or "
                "convert with more levels"
            )
        lines += [
            f"layer {row.layer}: {row.beyond:,} counts are above its {row.levels} levels: convert "
            f"with more levels, at least {row.largest}"
            for row in self.layers
            if row.beyond
        ]
        lines += [
            f"layer {row.layer}, image {m.image}, y {m.y}, x {m.x}, channel {m.channel}: "
            f"{m.ann} in the quantised network, {m.snn} in the spiking one"
            for row in self.layers
            for m in row.first
        ]
        return "\n".join(lines)


@checks_kinds
def certify(
    ann: QuantisedNetwork,
    network: SpikingNetwork,
    images: npt.NDArray[np.uint8],
    *,
    steps: int | None = None,
    batch: int = 200,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Certificate:
    """Run both networks and compare them neuron by neuron.

    Parameters
    ----------
    ann : QuantisedNetwork
    network : SpikingNetwork
        As converted from ``ann``.
    images : (N, H, W, C) uint8 array
    steps : int, optional
        Number of steps; by default until no neuron spikes.
    batch : int
        Images at a time; bounds the memory.
    threads : int, optional
        Of the spiking network; all cores by default, changes no result.
    progress : callable, optional
        Called after every batch with the number of images done and of all images.

    Raises
    ------
    ConversionError
        If the networks differ in shape, there are no images or they do not fit, or there are too
        many steps.
    """
    from lava_intsnn.conversion import spiking_engine

    if ann.shapes != network.shapes or ann.n_classes != network.n_classes:
        raise ConversionError(
            f"layers of {ann.shapes} and {network.shapes} cannot be compared: give the spiking "
            "network that was converted from this quantised one"
        )
    if not len(images) or batch < 1:
        raise ConversionError(
            f"{len(images)} images in batches of {batch}: there must be at least one of each"
        )
    runner = spiking_engine.Runner(network, steps=steps, threads=threads)
    rows: list[list[LayerCertificate]] = [[] for _ in ann.layers]
    predictions = logits = settled_at = unsettled = 0
    for start in range(0, len(images), batch):
        part = images[start : start + batch]
        wanted = ann.counts(part)
        result = runner.infer(part)
        for index, counts in enumerate(wanted):
            levels = network.layers[index].levels
            rows[index].append(_compared(index, counts, result.counts[index], levels, start))
        expected = ann.logits(wanted[-1])
        predictions += int((expected.argmax(axis=1) != result.predictions[-1]).sum())
        logits += int((expected != result.logits[-1]).any(axis=1).sum())
        quiet = result.quiet_at < len(result.logits)
        settled_at = max(settled_at, int(result.quiet_at[quiet].max(initial=0)))
        unsettled += int((~quiet).sum())
        if progress is not None:
            progress(start + len(part), len(images))
    return Certificate(
        network=network.name,
        images=len(images),
        layers=tuple(_together(parts) for parts in rows),
        predictions=predictions,
        logits=logits,
        settled_at=settled_at,
        unsettled=unsettled,
    )


def _compared(
    layer: int, wanted: npt.NDArray, found: npt.NDArray, levels: int, first_image: int
) -> LayerCertificate:
    differ = wanted != found
    shown = np.column_stack([np.argwhere(differ), wanted[differ], found[differ]])[:SHOWN]
    return LayerCertificate(
        layer=layer,
        neurons=wanted.size,
        mismatches=int(differ.sum()),
        largest=int(wanted.max()),
        levels=levels,
        beyond=int((wanted > levels).sum()),
        first=tuple(Mismatch(first_image + image, *rest) for image, *rest in shown.tolist()),
    )


#: How the numbers of a layer's batches become one.
_MERGED: dict[str, Callable] = {"neurons": sum, "mismatches": sum, "largest": max, "beyond": sum}


def _together(parts: list[LayerCertificate]) -> LayerCertificate:
    merged = {name: how(getattr(p, name) for p in parts) for name, how in _MERGED.items()}
    first = tuple(m for part in parts for m in part.first)[:SHOWN]
    return replace(parts[0], first=first, **merged)
