"""The synapses into a layer as synapse blocks and the numbers they hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.loihi.limits.held_weights import bits_of_weights
from lava_intsnn.loihi.microcode.compiler.learning import learning_rule
from lava_intsnn.loihi.microcode.compiler.part import Part
from lava_intsnn.loihi.microcode.errors import signed_range
from lava_intsnn.loihi.microcode.image import SynapseData, digest
from lava_intsnn.loihi.microcode.names import FEEDBACK, RECURRENT, SPIKE, SUM, block_name
from lava_intsnn.loihi.microcode.program import ConvGeometry, SynapseBlock
from lava_intsnn.loihi.microcode.sum_of_products import LearningRule


@dataclass(frozen=True)
class SynapseSource:
    """A block and its data."""

    block: SynapseBlock
    data: SynapseData


def synapses_of(
    part: Part,
    w: np.ndarray,
    *,
    source: str,
    error_source: str = "",
    feedback_weights: np.ndarray | None = None,
    delays: np.ndarray | None = None,
) -> tuple[SynapseSource, ...]:
    """Return all synapses into a layer.

    Parameters
    ----------
    part : Part
    w : integer array, of the layer's weight shape
        Inference weights, which in a layer that learns are the shadow weights.
    source, error_source : str
        What brings spikes, and what brings the error to a hidden layer that learns.
    feedback_weights : int64 (n_out, n_classes), optional
        Of such a layer.
    delays : integer (n_out, n_in), optional
        Those of the state.
    """
    layer = part.layer
    delays = layer.delays(delays) if layer.max_delay else None
    rule = learning_rule(part) if part.plastic else None
    forward = w[:, : layer.fan_in]
    found = [
        _synapses(
            part,
            SUM,
            source,
            forward,
            conv=ConvGeometry.of(layer),
            delays=delays,
            max_delay=layer.max_delay,
            learning=rule,
        )
    ]
    if part.recurrence:
        own = f"{part.name}.{SPIKE}"
        found.append(_synapses(part, RECURRENT, own, w[:, layer.fan_in :]))  # (3.23)
    if feedback_weights is not None:
        found.append(_synapses(part, FEEDBACK, error_source, feedback_weights))
    return tuple(found)


def _synapses(
    part: Part,
    port: str,
    source: str,
    w: np.ndarray,
    *,
    conv: ConvGeometry | None = None,
    delays: np.ndarray | None = None,
    max_delay: int = 0,
    learning: LearningRule | None = None,
) -> SynapseSource:
    # None: the image names the weight that does not fit
    bits = bits_of_weights(w, LOIHI2) or LOIHI2.weight_bits.value
    w_min, w_max = signed_range(bits)
    block = SynapseBlock(
        name=block_name(part.name, port),
        source=source,
        group=part.name,
        port=port,
        shape=(w.shape[0], w.shape[1]),
        bits=bits,
        w_min=w_min,
        w_max=w_max,
        weights_digest=digest(w),
        conv=conv,
        max_delay=max_delay,
        delays_digest="" if delays is None else digest(delays),
        learning=learning,
    )
    return SynapseSource(block, SynapseData(w, delays))
