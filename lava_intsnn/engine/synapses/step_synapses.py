"""What an executor asks of feed-forward synapses in the general form."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.engine.layer_kernel import LayerKernel


class Recorded(NamedTuple):
    """What samples are learned from.

    Parameters
    ----------
    x, gates : uint8 (n, T, I), (n, T, O)
        What happened at each step.
    v_fb : int32 (n, T or 1, >= O)
    active : bool (n,)
        Samples with an error.
    """

    x: np.ndarray
    gates: np.ndarray
    v_fb: np.ndarray
    active: np.ndarray


class StepSynapses:
    """Base of the kinds of synapses; see :func:`lava_intsnn.engine.synapses.synapses_of`."""

    def __init__(self, kernel: LayerKernel, *, steps: int, graded: bool) -> None:
        self.kernel, self.steps, self.graded = kernel, steps, graded
        #: What :meth:`delta` lets traces decay by; :class:`.OwnTraceSynapses` changes it.
        self.trace = kernel.layer.traces[0]
        self.w = kernel.w[: kernel.layer.fan_in]

    def read_weights(self) -> None:
        """Take the weights as they are now, before :meth:`sums`; single steps do so themselves."""

    def sums(self, x: np.ndarray, a: np.ndarray) -> None:
        """Write the synaptic sums of whole samples ``x (n, T, I)`` into ``a (n, T, width)``."""
        raise NotImplementedError

    def step_sums(self, s_in: np.ndarray, t: int, a: np.ndarray) -> None:
        """Write the synaptic sums of step ``t`` for ``s_in (n, I)`` into ``a (n, width)``."""
        self.read_weights()
        self.sums(s_in[:, None], a[:, None])

    def delta(self, seen: Recorded, delta: np.ndarray) -> None:
        """Add the updates of samples to ``delta (>= fan_in, P)``."""
        raise NotImplementedError
