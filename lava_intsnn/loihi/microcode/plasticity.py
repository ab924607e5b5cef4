"""Runs the learning rule of one synapse block."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lava_intsnn.arithmetic import draw, round_shift, shift_floor
from lava_intsnn.loihi.microcode.errors import MicrocodeError, signed_range
from lava_intsnn.loihi.microcode.sum_of_products import (
    POST_FACTORS,
    PRE_FACTORS,
    X1_MAX,
    LearningRule,
    SumOfProducts,
)
from lava_intsnn.loihi.microcode.synapse_memory import SynapseMemory


class Plasticity:
    """Traces and tags of a block whose synapses learn, and its rule.

    Arrays of synapses are ``(I, O)``, as the weights of :class:`~.synapse_memory.SynapseMemory`.
    """

    def __init__(self, rule: LearningRule, synapses: SynapseMemory) -> None:
        self._rule, self._synapses = rule, synapses
        n_out, n_in = synapses.block.shape
        self._x0 = np.zeros(n_in, np.int64)
        self._x1 = np.zeros(n_in, np.int64)
        self._tag = np.zeros((n_in, n_out), np.int64)
        #: Synapses of each neuron, ``(O,)``, whose tag, whose weight the rule has visited: its
        #: factors were not all 0.
        self.tag_visits = np.zeros(n_out, np.int64)
        self.weight_visits = np.zeros(n_out, np.int64)

    @property
    def tag_updates(self) -> int:
        """Synapses whose tag the rule has visited."""
        return int(self.tag_visits.sum())

    @property
    def weight_updates(self) -> int:
        """Synapses whose weight the rule has visited."""
        return int(self.weight_visits.sum())

    def tags(self) -> np.ndarray:
        """Return the tags, int64 ``(O, I)``."""
        return self._tag.T.copy()

    def clear(self) -> None:
        """Set traces and tags to 0."""
        self._x0[:] = 0
        self._x1[:] = 0
        self._tag[:] = 0

    def step(
        self, step: int, payload: np.ndarray, traces: Mapping[str, np.ndarray], key: np.uint64
    ) -> None:
        """Do what the rule does in ``step`` of the period.

        Parameters
        ----------
        payload : int64 (I,)
            What arrived in this step.
        traces : dict of str to int64 (O,)
            Postsynaptic traces after this step's phase.
        key : uint64
            Key of the update's random bits.
        """
        rule = self._rule
        if rule.tag_first <= step <= rule.tag_last:
            if step == rule.tag_first:
                self.clear()
            self._update_tags(payload, traces)
        if step == rule.update_step:
            self._update_weights(traces, key)

    def _update_tags(self, payload: np.ndarray, traces: Mapping[str, np.ndarray]) -> None:
        self._x0 = (payload != 0).astype(np.int64)
        self._x1 = shift_floor(self._x1, np.int64(self._rule.x1_shift)) + payload
        if self._x1.min() < 0 or self._x1.max() > X1_MAX:
            worst = self._x1[np.argmax(np.abs(self._x1))]
            raise MicrocodeError(
                f"synapse block {self._synapses.block.name}: presynaptic trace {worst}: must be in "
                f"0..{X1_MAX}; narrow the payload or decay faster"
            )
        i, o = self._active(self._rule.dt, traces)
        if not len(i) or not len(o):
            return
        self.tag_visits[o] += len(i)
        at = np.ix_(i, o)
        new = self._tag[at] + self._sum(self._rule.dt, i, o, traces)
        low, high = signed_range(self._rule.tag_bits)
        if new.min() < low or new.max() > high:
            worst = new.min() if new.min() < low else new.max()
            raise MicrocodeError(
                f"synapse block {self._synapses.block.name}: tag {worst}: must be in "
                f"{low}..{high}, tag_bits = {self._rule.tag_bits}; scale dt down"
            )
        self._tag[at] = new

    def _update_weights(self, traces: Mapping[str, np.ndarray], key: np.uint64) -> None:
        rule, block = self._rule, self._synapses.block
        i, o = self._active(rule.dw, traces)
        if not len(i) or not len(o):
            return
        self.weight_visits[o] += len(i)
        total = self._sum(rule.dw, i, o, traces)
        row, column = np.nonzero(total)  # 0 stays 0 under any rounding
        at = (i[row], o[column])
        with np.errstate(over="ignore"):
            random = draw(key, (at[0] * block.shape[0] + at[1]).astype(np.uint64))
        change = -round_shift(
            -total[row, column], np.int64(rule.dw.shift), int(rule.rounding), random
        )
        new = self._synapses.columns[at] + change
        self._synapses.columns[at] = np.clip(new, block.w_min, block.w_max)

    def _active(
        self, rule: SumOfProducts, traces: Mapping[str, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the sources and the neurons between which the rule is not 0 for sure."""
        x = {"x0": self._x0, "x1": self._x1}
        n_in, n_out = self._tag.shape
        pre, post = np.zeros(n_in, bool), np.zeros(n_out, bool)
        for product in rule.products:
            pre |= _nonzero([x[f] for f in product.factors if f in PRE_FACTORS], n_in)
            post |= _nonzero([traces[f] for f in product.factors if f in POST_FACTORS], n_out)
        return np.flatnonzero(pre), np.flatnonzero(post)

    def _sum(
        self, rule: SumOfProducts, i: np.ndarray, o: np.ndarray, traces: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """Return the sum in units of ``2**-rule.shift`` for sources ``i``, neurons ``o``."""
        at = np.ix_(i, o)
        total: np.ndarray = np.zeros((len(i), len(o)), np.int64)
        for product in rule.products:
            term: np.ndarray = np.array(product.mantissa << (product.exponent + rule.shift))
            for factor in product.factors:
                term = term * self._factor(factor, at, i, o, traces)
            total = total + term
        return total

    def _factor(
        self,
        factor: str,
        at: tuple[np.ndarray, ...],
        i: np.ndarray,
        o: np.ndarray,
        traces: Mapping[str, np.ndarray],
    ) -> np.ndarray:
        if factor in traces:
            return traces[factor][o][None, :]
        if factor == "t":
            return self._tag[at]
        if factor == "w":
            return self._synapses.columns[at].astype(np.int64)
        return (self._x0 if factor == "x0" else self._x1)[i][:, None]


def _nonzero(factors: list[np.ndarray], n: int) -> np.ndarray:
    """Return where none of the factors is 0, everywhere if there are none."""
    result = np.ones(n, bool)
    for factor in factors:
        result &= factor != 0
    return result
