"""Table B.5 line by line: the paper's activity coefficients beside measured ones."""

from __future__ import annotations

from dataclasses import dataclass

from lava_intsnn.costs import paper_tables
from lava_intsnn.costs.activity import LIKE, Activity
from lava_intsnn.network import Network

#: Coefficient -> what it is a share of, the layer and the field of its measured share.
_MEASURED = {
    "A_I": ("input", 0, "inputs"),
    "A_rec": ("recurrent input", 0, "recurrent"),
    "A_hidW": ("hidden weights", 0, "weights"),
    "A_recW": ("recurrent weights", 0, "recurrent_weights"),
    "A_hidS": ("hidden spikes", 0, "spikes"),
    "A_outW": ("output weights", 1, "weights"),
    "A_outS": ("output spikes", 1, "spikes"),
}


@dataclass(frozen=True, kw_only=True)
class ActivityLine:
    """A coefficient of Table B.5: ``printed`` for MP 16-8 and FP32, and ``measured``, 0..1."""

    name: str
    share_of: str
    printed: tuple[float, float]
    measured: float


def table_b_5(network: Network, measured: Activity) -> list[ActivityLine]:
    """Compare Table B.5 with the activity of ``network``; empty if the paper has no such network.

    Parameters
    ----------
    measured : Activity
        Of a network with two layers, as :func:`lava_intsnn.costs.activity.measured_activity`
        returns it.
    """
    like = LIKE.get(network.name)
    if like is None or len(measured.layers) != 2:
        return []
    lines = []
    for name, printed in paper_tables.ACTIVITY[like].items():
        share_of, layer, field = _MEASURED[name]
        if layer == 0 and field.startswith("recurrent") and not _recurrent(network):
            continue
        found = getattr(measured.layers[layer], field)
        lines.append(ActivityLine(name=name, share_of=share_of, printed=printed, measured=found))
    return lines


def _recurrent(network: Network) -> bool:
    return getattr(network.layers[0], "recurrence", None) is not None
