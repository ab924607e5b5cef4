"""Checkpoints of the quantised network's training: the run, and the network it has reached.

The data of a resumed run are stored beside the frozen network (integers and batch norms), so that
converting and evaluating need no torch.
"""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Annotated, Any

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.ann_spec import AnnRecipe, AnnSpec, Augmentation
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.quantised import QuantisedNetwork
from lava_intsnn.conversion.stack import Stack
from lava_intsnn.field_checks import Checked, Within, shown
from lava_intsnn.formats import packed_ann, quantised_file
from lava_intsnn.storage import container
from lava_intsnn.storage.errors import FileFormatError

if TYPE_CHECKING:
    from lava_intsnn.conversion.ann.ann_training import AnnTraining

KIND, VERSION = "quantised-ann", 2  # 1 had neither teachers nor the newer fields of recipes

_FIX = "Use another copy of it, or train anew"
#: Fields of a run that are plain JSON values.
_PLAIN = ("preset", "data", "seed", "step", "correct", "loss", "seconds")


@checks_kinds
def save_ann(path: str | os.PathLike[str], training: AnnTraining) -> None:
    """Write a run to ``path`` atomically: a reader sees the old run or the new one.

    Raises
    ------
    FileFormatError, OSError
        If the file cannot be written; ``path`` then keeps its content.
    """
    network, arrays = quantised_file.fields(training.network())
    header = {
        **{name: getattr(training, name) for name in (*_PLAIN, "teacher")},
        "spec": dataclasses.asdict(training.spec),
        "recipe": dataclasses.asdict(training.recipe),
        "history": [dataclasses.asdict(record) for record in training.history],
        "network": network,
    }
    container.write(
        path, kind=KIND, version=VERSION, header=header, arrays={**arrays, **training.tensors}
    )


@checks_kinds
def load_ann(path: str | os.PathLike[str]) -> AnnTraining:
    """Read what :func:`save_ann` wrote, equal in every bit. Needs torch.

    Raises
    ------
    FileFormatError
        If the file is missing, damaged, foreign or too new, or its values do not fit each other.
    """
    try:
        from lava_intsnn.conversion.ann.ann_training import AnnEpoch, AnnTraining
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error}: going on with a run needs torch, pip install 'lava-intsnn[convert]'; "
            "load_quantised reads its network without",
            name=error.name,
        ) from None

    header, arrays = container.read(path, kind=KIND, max_version=VERSION)
    with container.understood(path, "run", _FIX):
        recipe = header["recipe"]
        training = AnnTraining(
            spec=_spec(header["spec"]),
            recipe=AnnRecipe(**{**recipe, "augment": Augmentation(**recipe["augment"])}),
            history=tuple(AnnEpoch(**record) for record in header["history"]),
            teacher=header.get("teacher", ""),
            tensors={name: a for name, a in arrays.items() if not name.startswith("ann.")},
            **{name: header[name] for name in _PLAIN},
        )
        training.model()
    return training


@dataclasses.dataclass(frozen=True)
class AnnFile(Checked, refusal=FileFormatError):
    """A quantised network and its origin: what of a run can be read without torch.

    Parameters
    ----------
    network : QuantisedNetwork
        As trained so far.
    spec : AnnSpec
    preset : str
        Its data set is that of the run; "" if it has none.
    epochs : int
        Complete epochs.
    """

    network: QuantisedNetwork
    spec: AnnSpec
    preset: str
    epochs: Annotated[int, Within(0, 100_000)]


@checks_kinds
def load_ann_file(path: str | os.PathLike[str]) -> AnnFile:
    """Read the frozen network of a run, or a packed one, and its origin. Needs no torch.

    Raises
    ------
    FileFormatError
        If the file is missing, damaged, foreign or too new, or its values do not fit each other.
    """
    packed = container.peek(path)[0] == packed_ann.KIND
    kind, newest = (packed_ann.KIND, packed_ann.VERSION) if packed else (KIND, VERSION)
    header, arrays = container.read(path, kind=kind, max_version=newest)
    with container.understood(path, "network", _FIX):
        network = header["network"]
        if packed:
            network, arrays = packed_ann.unpacked(header, arrays)
            epochs = header["epochs"]
        elif isinstance(header["history"], list):
            epochs = len(header["history"])
        else:
            raise TypeError(f"history = {shown(header['history'])}: must be an array")
        return AnnFile(
            network=quantised_file.from_fields(network, arrays),
            spec=_spec(header["spec"]),
            preset=header["preset"],
            epochs=epochs,
        )


@checks_kinds
def load_quantised(path: str | os.PathLike[str]) -> QuantisedNetwork:
    """Read the network of a run or a packed one; raises as :func:`load_ann_file` does."""
    return load_ann_file(path).network


def _spec(fields: dict[str, Any]) -> AnnSpec:
    return AnnSpec(
        **{**fields, "stack": Stack(**fields["stack"]), "pixels": Pixels(**fields["pixels"])}
    )
