"""Presets with another error propagation or loss, for tables 4.1 and 4.2."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lava_intsnn.network import Network, Precision, with_local_readouts
from lava_intsnn.presets.mnist_presets import FLOAT_ALPHA

#: Propagation -> whether fp32 -> the fields of :class:`~lava_intsnn.network.Feedback` it needs.
FEEDBACK: dict[str, dict[bool, dict[str, Any]]] = {
    "direct": {False: {}, True: {}},
    # The paper's threshold of 1 is never reached by a single softmax error, which is below 1. From
    # 0.3 on, only labels are pushed, and always up; equal counts give each class 0.1.
    "final": {
        False: {"err_shift": 7},
        True: {"err_vth": round(0.2 * FLOAT_ALPHA), "err_shift": 8},
    },
    # threshold 1; the paper takes the mean over 15 steps, this is the sum over 10
    "feedback": {False: {"err_shift": 3}, True: {"err_vth": FLOAT_ALPHA, "err_shift": 5}},
}


def variant(
    name: str,
    precision: str | Precision | None = None,
    *,
    propagation: str | None = None,
    loss: str | None = None,
) -> Network:
    """Return preset ``name`` with ``propagation`` and ``loss`` in place of its own.

    Parameters
    ----------
    propagation : {"direct", "final", "feedback", "local"}, optional
        ``"local"`` gives each hidden layer a readout as the output layer is.
    loss : {"standard", "one_sided", "positive", "random", "softmax"}, optional

    Raises
    ------
    NetworkError
        If there is no such preset, propagation or loss.
    """
    from lava_intsnn.presets import preset

    network = preset(name).network(precision)
    if propagation == "local":
        network = with_local_readouts(network)
    elif propagation is not None and propagation != network.feedback.propagation:
        constants = FEEDBACK.get(propagation, {}).get(network.precision.floating, {})
        network = replace(
            network, feedback=replace(network.feedback, **{"propagation": propagation, **constants})
        )
    if loss is not None and loss != network.loss.kind:
        network = replace(network, loss=replace(network.loss, kind=loss))  # type: ignore[arg-type]
    return network
