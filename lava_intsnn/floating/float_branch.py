"""Learning in float32: the layers below a readout, from its error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lava_intsnn.floating.float_layer import FloatLayer, messages_of, parts_of
from lava_intsnn.floating.float_readout import FloatReadout
from lava_intsnn.network import Branch
from lava_intsnn.sample_batch import Batch


class FloatBranch:
    """The layers from the input to a readout, which learn from its error.

    Attributes
    ----------
    readout : FloatReadout
        What the last of them says.
    """

    def __init__(self, branch: Branch, cores: list[FloatLayer]) -> None:
        self.network = branch.network
        self.readout = FloatReadout(branch.network)
        self._cores = [cores[index] for index in branch.members]
        self._parts = parts_of(branch.network)

    def say(self, s: np.ndarray, k: int, t: int) -> None:
        """Take the spikes ``s (R, O)`` of the readout, of samples ``k`` in step ``t``."""
        fires = self.network.readout is None
        self.readout.s[t, self._parts[k]] = s if fires else self._cores[-1].blocks[k].neurons.v

    def step(self, s_below: np.ndarray, k: int, t: int) -> None:
        """Advance the readout, alone, on the spikes of the layer below it."""
        self.say(self._cores[-1].blocks[k].step(s_below, t, record=True), k, t)

    def learn(self, batch: Batch, on_all: Callable[[Callable[[int], None], int], int]) -> None:
        """Update the layers from the samples just run.

        ``on_all(work, n)`` does ``work(k)`` for each block of ``n`` samples.
        """
        n, cores, lowest = len(batch), self._cores, self.network.first_plastic
        spare = self.network.batch - n
        labels = np.concatenate([batch.labels.astype(np.int64), np.full(spare, -1)])
        self.readout.compare(labels, np.concatenate([batch.keys, np.zeros(spare, np.uint64)]))
        top = cores[-1].from_error(*self.readout.pushed())
        deltas: list[list[list[np.ndarray]]] = [[[]] * len(self._parts) for _ in cores]

        def work(k: int) -> None:
            v_fb = top[:, self._parts[k]]
            for index in range(len(cores) - 1, lowest - 1, -1):
                block = cores[index].blocks[k]
                deltas[index][k] = block.deltas(cores[index].at_steps(v_fb, self._parts[k]))
                if index > lowest:
                    count = range(messages_of(self.network))
                    v_fb = cores[index - 1].from_messages(block.message(v_fb, t) for t in count)

        blocks = on_all(work, n)
        for core, delta in zip(cores[lowest:], deltas[lowest:]):
            core.update(delta[:blocks], lr_boost=batch.lr_boost)
