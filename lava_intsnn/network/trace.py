"""How presynaptic traces decay: by a shift, or by a product and a shift."""

from __future__ import annotations

from typing import NamedTuple

from lava_intsnn.arithmetic import DECAY_BITS, DECAY_UNITY


class TraceRule(NamedTuple):
    """``t_pre = ((t_pre * keep) >> shift) + (s_in << bits)``, each shift rounding down (3.4).

    Parameters
    ----------
    keep, shift : int
        What is kept of the trace: ``keep / 2**shift``.
    bits : int
        Fractional bits of the trace: a spike adds ``2**bits``.
    """

    keep: int
    shift: int
    bits: int

    @classmethod
    def of(cls, *, shift: int = 0, decay: int | None = None, bits: int = 0) -> TraceRule:
        """Return the rule of a layer's ``trace_shift``, ``trace_decay`` and ``trace_bits``."""
        if decay is None:
            return cls(1, shift, 0)
        return cls(DECAY_UNITY - decay, DECAY_BITS, bits)

    @property
    def spike_is_trace(self) -> bool:
        """Whether the trace of binary spikes is the spike itself, all else being rounded away."""
        return self.bits == 0 and self.keep < 1 << self.shift

    def bounds(self, x: int, steps: int) -> tuple[int, int]:
        """Return the largest magnitude of a trace, and of its sum over ``steps``.

        ``x`` is the largest magnitude of the activity; beyond 1 it may be negative.
        """
        signed, product = x > 1, self.keep > 1
        t_pre = t_corr = most = 0
        for _ in range(steps):
            kept = t_pre * self.keep
            # a floor takes a negative trace away from zero: by products, further in every step
            kept = -(-kept >> self.shift) if signed and product else kept >> self.shift
            t_pre = kept + (x << self.bits)
            t_corr += t_pre
            most = max(most, t_pre)
        # by shifts, to no more than one below the mirror image of the positive trace
        below = int(signed and not product)
        return most + below, t_corr + below * steps
