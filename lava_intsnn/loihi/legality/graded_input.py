"""Input that is more than spikes."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.loihi.legality.change import refuse
from lava_intsnn.loihi.legality.finding import Finding, Question
from lava_intsnn.loihi.limits.encoding import INPUT_BITS
from lava_intsnn.network import FrameEncoder


def graded_input(question: Question) -> Iterator[Finding]:
    """Refuse counts of more bits than the target's graded spikes carry."""
    network = question.network
    if not isinstance(network.encoder, FrameEncoder):
        return
    # a binary spike says 0 or 1, and a signed payload spends a bit on its sign
    bits = max(1, min(INPUT_BITS, question.target.graded_spike_bits.value - 1))
    top = (1 << bits) - 1
    if network.encoder.max_count > top:
        what = "largest input max_count"
        yield refuse(network, "encoder", "max_count", to=top, allowed=f"at most {top}", what=what)
