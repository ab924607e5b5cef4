"""The hidden layer as a Lava Process."""

from __future__ import annotations

from lava_intsnn.network import Dense
from lava_intsnn.processes.layer_keywords import hidden_keywords
from lava_intsnn.processes.layer_process import HiddenProcess


class IntDense(HiddenProcess):
    """Dense integer layer: synapses, integrate-and-fire neurons, traces and learning rule.

    One sample takes ``steps`` Lava time steps; all state is 0 at its first. Spikes leave in the
    step in which their cause arrives. The layer learns at a sample's last step if ``learning`` is
    on and ``fb_in`` is connected; the layer above must then learn, too.

    Ports
    -----
    s_in : (B, I)
        Binary spikes, or counts up to ``max_count``; other values raise ValueError.
    s_out : (B, O)
        Binary spikes.
    fb_in : (B, O)
        Feedback from the layer above: its ``fb_out``. With ``feedback_weights`` (B, n_classes), the
        output's error.
    fb_out : (B, I)
        Feedback for the layer below. With ``feedback_weights`` what ``fb_in`` brought.

    Vars
    ----
    v (B, O) membrane potential; w_shadow (O, I), with recurrence (O, I + O); w of the same shape,
    which follows from w_shadow: set that; vth, lr_shift, learning, updates (1,), to be set between
    samples. Moving weights through a Var takes seconds in Lava; :attr:`weights` reads them at once.

    Parameters
    ----------
    shape : (int, int)
        Neurons O and inputs I.
    vth, window, decay_shift, v_bits, guarded
        See :class:`lava_intsnn.network.Neuron`; ``window`` is ``2 * vth`` by default.
    neuron : Neuron
        A whole description, instead of those.
    w_shadow : int32 (O, I) or (O, I + O), optional
        Shadow weights to start from; drawn from ``seed`` and ``layer_index`` by default.
    precision : str or Precision
        Such as ``"16-8"``: widths of shadow and inference weights.
    lr_shift, clip, weight_decay_shift, trace_shift, fb_shift
        See :class:`lava_intsnn.network.Dense`; ``lr_shift`` is needed to learn.
    recurrence : Recurrence, optional
        Synapses from the layer onto itself; their weights are the last O columns.
    max_delay, delay_seed : int
        Fixed delays of the feed-forward synapses; see :class:`lava_intsnn.network.Dense`.
    max_count : int
        Largest value ``s_in`` may carry, 1..255: 1 is binary, more is graded input.
    feedback_weights : integer (O, n_classes), optional
        Fixed weights of the output's error, of magnitude up to 32767, instead of the transposed
        weights of the layer above; say :meth:`.Network.feedback_weights`. All layers must do the
        same, and ``time_gated`` be False.
    time_gated, v_fb_bits
        See :class:`lava_intsnn.network.Feedback`; ``time_gated`` must be the same in all layers,
        since it says how many messages feedback takes.
    rounding : Rounding
        Of the learning-rate shift.
    steps, batch : int
        T and B, the same in all Processes.
    learning : bool
    seed, layer_index, updates : int
        Key the stochastic rounding.
    offset : int
        Lava steps before the first sample arrives: 1 for each stock Dense in between.
    bounds : LayerBounds, optional
        What :meth:`Network.check` has proven of the layer in its network; allows narrower sums.
    name : str, optional
    log_config : LogConfig, optional

    Raises
    ------
    NetworkError
        On values out of range, or sums that could leave 64 bits.
    ValueError
        If ``w_shadow`` does not fit shape and precision.
    """

    kind, defaults = Dense, hidden_keywords(Dense)
