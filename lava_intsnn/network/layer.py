"""What every kind of layer has: neurons, and how the synapses into them learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from lava_intsnn.arithmetic import DECAY_UNITY
from lava_intsnn.field_checks import Checked, Within
from lava_intsnn.network.cuba import CUBA
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.leaky_readout import LeakyReadout
from lava_intsnn.network.neuron import Neuron
from lava_intsnn.network.per_neuron import numbers, require_share, spread
from lava_intsnn.network.pool import Pool
from lava_intsnn.network.recurrence import Recurrence
from lava_intsnn.network.trace import TraceRule
from lava_intsnn.network.windows import Shape


@dataclass(frozen=True, kw_only=True)
class WeightBlock:
    """Columns of a layer's weight matrix that share a source and a learning shift.

    Parameters
    ----------
    source : {"input", "recurrence"}
        Where the synapses come from.
    first, last : int
        The columns ``first .. last - 1``.
    lr_shift : int or None
        Their learning shift; None where the weights are fixed.
    """

    source: Literal["input", "recurrence"]
    first: int
    last: int
    lr_shift: int | None

    @property
    def fan_in(self) -> int:
        """Synapses of the block into one neuron."""
        return self.last - self.first


_Shift = Annotated[int, Within(0, 30)]
_Decay = Annotated[int, Within(0, DECAY_UNITY)]


@dataclass(frozen=True, kw_only=True)
class Layer(Checked, refusal=NetworkError):
    """Base of :class:`~.dense.Dense` and :class:`~.conv.Conv`.

    Parameters
    ----------
    neuron : Neuron, CUBA or LeakyReadout
        What the postsynaptic neurons compute.
    lr_shift : int
        Learning rate as a right shift of the summed update (3.17).
    plastic : bool
        False for a frozen layer, whose weights never change: it has no traces, no update, and only
        its inference weights count. Feedback passes through it to layers below that learn.
    clip : int
        Largest step a weight takes in one update, applied after the shift.
    init_shift : int
        Right shift of the initial weights, recurrent ones included, which leaves them room to grow:
        without it the layer with the smallest fan-in starts with weights that fill their range.
        Trained weights are what they are: the shift matters to a new state alone.
    init_centred : bool
        Raise the initial weights by half a unit of the inference weights, so that these, which are
        rounded down, have a mean of 0. At 4 bits the half unit is large beside the weights, and
        without it a layer of many inputs may begin silent. fp32, which rounds nothing, ignores it.
    normalise : bool
        Divide the update of each column of the weight matrix, hence of each presynaptic neuron, by
        its largest magnitude before the learning shift: ``delta_oi`` becomes ``delta_oi * 2**15 /
        max_o |delta_oi|``, rounded toward zero. The largest step of every column is then
        ``2**(15 - lr_shift)``, however rarely its input is active, which is what a weight's own
        learning rate does for the optimizers of deep learning. A column of recurrent weights that
        learn belongs to the neuron that sent the spike, and a column behind a pool to a window. In
        a convolution a column is one weight of the kernel, at one position and input channel, and
        its update is divided by the largest one of all filters, those of other groups included.
        Only weights are normalised: delays that learn follow their own slope as it is.
    weight_decay_shift : int or None
        ``rho`` of ``W - d - (W >> rho)`` (3.18); None for no decay.
    trace_shift : int or tuple of int
        Decay of the presynaptic trace ``t_pre = (t_pre >> trace_shift) + s_in``. For binary spikes
        any shift above 0 makes the trace the spike itself; 0 counts spikes. A tuple has a number
        for each neuron, as those of :class:`~.neuron.Neuron` do: its synapses see a trace that
        decays as its potential does. The layer keeps a trace of each input for each number that
        differs.
    trace_decay : int, tuple of int or None
        Decay of the trace by a product, as :class:`~.cuba.CUBA` decays, in place of
        ``trace_shift``: ``t_pre = ((t_pre * (4096 - trace_decay)) >> 12) + (s_in << trace_bits)``.
        A tuple is as for ``trace_shift``.
    trace_bits : int
        Fractional bits of such a trace: with too few of them nothing is left after a step.
        ``t_corr`` and the updates grow by as many bits, which ``lr_shift`` takes off again.
    fb_shift : int
        Right shift of the feedback this layer receives; chained feedback through several layers
        needs it (8 or 9) to stay in range.
    pool : Pool or None
        Windows of the input that are summed, or averaged, before the synapses see them. The weight
        matrix then has a column for each window that a neuron sees.
    """

    neuron: Neuron | CUBA | LeakyReadout
    lr_shift: Annotated[int, Within(0, 36)]
    clip: Annotated[int, Within(1, (1 << 30) - 1)] = 2048
    init_shift: Annotated[int, Within(0, 15)] = 0
    init_centred: bool = False
    normalise: bool = False
    weight_decay_shift: Annotated[int, Within(1, 30)] | None = None
    trace_shift: _Shift | tuple[_Shift, ...] = 1
    trace_decay: _Decay | tuple[_Decay, ...] | None = None
    trace_bits: Annotated[int, Within(0, 16)] = 0
    fb_shift: Annotated[int, Within(0, 30)] = 0
    plastic: bool = True
    pool: Pool | None = None

    #: Name of the kind of synapses, by which executors choose theirs and JSON names the layer.
    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.trace_bits and self.trace_decay is None:
            raise NetworkError(
                f"trace_bits = {self.trace_bits} with trace_decay = None: a trace that decays by "
                "trace_shift has no fractional bits; give trace_decay, or leave trace_bits at 0"
            )
        shared = {name: getattr(self.neuron, name) for name in self.neuron.per_neuron}
        shared |= {"trace_shift": self.trace_shift, "trace_decay": self.trace_decay}
        for name, values in shared.items():
            require_share(name, values, rows=self.rows, neurons=self.n_out)

    if TYPE_CHECKING:  # fields of Dense, which a property would keep from being set

        @property
        def n_in(self) -> int:
            """Presynaptic neurons."""

        @property
        def n_out(self) -> int:
            """Postsynaptic neurons."""

    @property
    def rows(self) -> int:
        """Rows of the weight matrix: one for each set of weights that neurons do not share."""
        return self.n_out

    @property
    def trace(self) -> TraceRule:
        """How the presynaptic traces decay, where they do so alike for all neurons.

        Raises
        ------
        NetworkError
            If they do not; see :attr:`traces`.
        """
        if len(self.traces) > 1:
            raise NetworkError(
                f"trace_{'shift' if self.trace_decay is None else 'decay'} has "
                f"{len(self.traces)} numbers that differ: give one number"
            )
        return self.traces[0]

    @property
    def traces(self) -> tuple[TraceRule, ...]:
        """How presynaptic traces decay: a rule for each number that differs, slowest first."""
        shift, decay, bits = self.trace_shift, self.trace_decay, self.trace_bits
        if decay is None:
            return tuple(TraceRule.of(shift=each) for each in sorted(set(numbers(shift))))
        each = sorted(set(numbers(decay)))
        return tuple(TraceRule.of(decay=one, bits=bits) for one in each)

    def trace_of(self) -> np.ndarray:
        """Return which of :attr:`traces` the synapses of each neuron see, int64 ``(n_out,)``."""
        held = self.trace_shift if self.trace_decay is None else self.trace_decay
        _, found = np.unique(spread(held, self.n_out), return_inverse=True)
        return found.reshape(-1)

    @property
    def fan_in(self) -> int:
        """Feed-forward synapses into one neuron."""
        raise NotImplementedError

    @property
    def fan_out(self) -> int:
        """Most feed-forward synapses out of one presynaptic neuron."""
        raise NotImplementedError

    @property
    def sharing(self) -> int:
        """Neurons that share one weight."""
        return self.n_out // self.rows

    @property
    def groups(self) -> int:
        """Groups of rows, each of which sees inputs of its own."""
        return 1

    @property
    def recurrence(self) -> Recurrence | None:
        """Synapses from the layer to itself, where its kind has any."""
        return None

    @property
    def learns_recurrence(self) -> bool:
        """Whether the layer has recurrent synapses that learn."""
        return bool(self.plastic and self.recurrence and self.recurrence.learned)

    @property
    def max_delay(self) -> int:
        """Longest delay of a feed-forward synapse in steps."""
        return 0

    @property
    def delay_source(self) -> str:
        """Where delays come from: ``"seed"`` or ``"state"``."""
        return "seed"

    @property
    def delays_in_state(self) -> bool:
        """Whether delays stand in the :class:`~lava_intsnn.state.State`, as weights do."""
        return self.delay_source == "state"

    @property
    def delay_lr_shift(self) -> int | None:
        """Learning rate of delays as a right shift; None where they stay."""
        return None

    @property
    def delay_bits(self) -> int:
        """Fractional bits of the delays in the state."""
        return 0

    @property
    def delay_clip(self) -> int:
        """Largest step a shadow delay takes in one update."""
        return 0

    @property
    def d_shadow_max(self) -> int:
        """Largest shadow delay."""
        return 0

    @property
    def learns_delays(self) -> bool:
        """Whether the layer has delays that learn."""
        return self.plastic and self.delay_lr_shift is not None

    def shadow_delays(self, delays: np.ndarray) -> np.ndarray:
        """Return shadow delays, int64, whose delay in use is ``delays``."""
        return delays.astype(np.int64)

    def delays(self, given: np.ndarray | None = None) -> np.ndarray:
        """Return the delay of each feed-forward synapse in steps, int64 ``(rows, fan_in)``.

        ``given`` are the shadow delays of the state, where it has any.
        """
        return np.zeros((self.rows, self.fan_in), np.int64)

    @property
    def seen_max(self) -> int:
        """Largest activity that a synapse sees for input of 1: that of a whole window of a pool."""
        return self.pool.size if self.pool else 1

    @property
    def _pool_overlap(self) -> int:
        return self.pool.windows.overlap if self.pool else 1

    def _check_pool(self, in_shape: Shape) -> None:
        """Raise NetworkError unless the pool takes windows of an input of ``in_shape``."""
        if self.pool and self.pool.in_shape != in_shape:
            raise NetworkError(
                f"pool in_shape = {self.pool.in_shape} in a layer with in_shape = {in_shape}: make "
                "them equal; a layer's in_shape is that of its input, before the pool"
            )

    @property
    def in_image(self) -> Shape | None:
        """Height, width and channels of the input, where the layer sees it as an image."""
        return None

    @property
    def out_image(self) -> Shape | None:
        """Height, width and channels of the output, where it is an image."""
        return None

    @property
    def blocks(self) -> tuple[WeightBlock, ...]:
        """The columns of the weight matrix by their source: input first, then recurrence."""
        lr_shift = self.lr_shift if self.plastic else None
        blocks = [WeightBlock(source="input", first=0, last=self.fan_in, lr_shift=lr_shift)]
        if self.recurrence:
            learned = self.recurrence.lr_shift if self.learns_recurrence else None
            last = self.fan_in + self.n_out
            blocks.append(
                WeightBlock(source="recurrence", first=self.fan_in, last=last, lr_shift=learned)
            )
        return tuple(blocks)

    @property
    def weight_shape(self) -> tuple[int, int]:
        """Shape of the weight matrix, the columns of all blocks included."""
        return self.rows, self.blocks[-1].last
