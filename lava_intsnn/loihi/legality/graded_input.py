"""Input that is more than spikes."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.loihi.legality.change import in_rule
from lava_intsnn.loihi.legality.finding import Finding, Question
from lava_intsnn.network import FrameEncoder

#: Bits of a graded input this compiler's programs take: a byte of a sample.
INPUT_BITS = 8


def graded_input(question: Question) -> Iterator[Finding]:
    """Refuse counts of more bits than the target's graded spikes carry."""
    encoder = question.network.encoder
    if not isinstance(encoder, FrameEncoder):
        return
    # a binary spike says 0 or 1, and a signed payload spends a bit on its sign
    bits = max(1, min(INPUT_BITS, question.target.graded_spike_bits.value - 1))
    top = (1 << bits) - 1
    if encoder.max_count > top:
        yield Finding(
            layer=None,
            what="largest input max_count",
            found=str(encoder.max_count),
            allowed=f"at most {top}",
            nearest=str(top),
            binds="hardware",
            mend=in_rule("encoder", max_count=top),
        )
