"""What a run begins with or is taught by: the weights of another run, or of a packed network."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.ann_spec import AnnSpec
from lava_intsnn.formats.ann_checkpoint import KIND, load_ann, load_ann_file
from lava_intsnn.storage.container import peek

if TYPE_CHECKING:
    from lava_intsnn.conversion.ann.model import QuantisedAnn


@checks_kinds
def load_ann_weights(
    path: str | os.PathLike[str],
) -> tuple[AnnSpec, str, dict[str, npt.NDArray]]:
    """Return specification, preset and weights of a run of `convert train`, or a packed network.

    Weights and batch-norm statistics have the names of the torch module's state. Those of a run
    are its floats; of a packed network, floats that quantise to its integers. Needs torch.

    Raises
    ------
    FileFormatError
        If the file is missing, damaged, foreign or too new, or its values do not fit each other.
    ConversionError
        If the network does not fit its specification.
    """
    from lava_intsnn.conversion.ann.ann_weights import weights_of

    if peek(path)[0] == KIND:
        run = load_ann(path)
        state = run.model().state_dict()
        return run.spec, run.preset, {name: tensor.numpy() for name, tensor in state.items()}
    file = load_ann_file(path)
    return file.spec, file.preset, weights_of(file.network, file.spec)


@checks_kinds
def load_teacher(path: str | os.PathLike[str]) -> tuple[QuantisedAnn, str]:
    """Return the network of :func:`load_ann_weights` as a module, and a fingerprint of it."""
    from lava_intsnn.conversion.ann.ann_training import start
    from lava_intsnn.conversion.ann_spec import AnnRecipe

    spec, _, weights = load_ann_weights(path)
    digest = hashlib.sha256(repr(spec).encode())
    for name in sorted(weights):
        digest.update(name.encode() + weights[name].tobytes())
    model = start(spec, AnnRecipe(epochs=1), data="", weights=weights).model()
    return model.requires_grad_(False), digest.hexdigest()[:16]
