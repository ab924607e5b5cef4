"""`IntDense`, the dense hidden layer as a Lava Process."""

from __future__ import annotations

from lava_intsnn.network import Dense
from lava_intsnn.processes.layer_keywords import hidden_keywords
from lava_intsnn.processes.layer_process import HiddenProcess


class IntDense(HiddenProcess):
    """Dense integer layer: synapses, integrate-and-fire neurons, traces and learning rule.

    One sample takes ``steps`` Lava time steps; all state is 0 at the first one. Spikes are sent in
    the step in which the input that causes them arrives. The layer learns at a sample's last step
    if ``learning`` is on and ``fb_in`` is connected. The layer above must then learn, too.

    Ports
    -----
    s_in : (B, I)
        Binary spikes, or counts up to ``max_count``. Other values raise ValueError.
    s_out : (B, O)
        Binary spikes.
    fb_in : (B, O)
        Feedback from the ``fb_out`` of the layer above. With ``feedback_weights`` it is
        (B, n_classes), the output's error.
    fb_out : (B, I)
        Feedback for the layer below. With ``feedback_weights`` it passes on the message of
        ``fb_in``.

    Vars
    ----
    v (B, O) membrane potential; w_shadow (O, I), with recurrence (O, I + O); w of the same shape,
    the top bits of w_shadow, which can be set instead; vth, lr_shift, learning, updates (1,), which
    can be set between samples. Lava needs seconds to transfer weights through a Var, while
    :attr:`weights` reads them at once.

    Parameters
    ----------
    shape : (int, int)
        Numbers of neurons O and inputs I.
    vth, window, decay_shift, v_bits, guarded
        See :class:`lava_intsnn.network.Neuron`; ``window`` is ``2 * vth`` by default.
    neuron : Neuron or CUBA
        A complete description of the neurons, in place of these keywords.
    w_shadow : int32 (O, I) or (O, I + O), optional
        Initial shadow weights, by default drawn from ``seed`` and ``layer_index``, made smaller by
        ``init_shift`` and centred by ``init_centred``.
    precision : str or Precision
        Widths of shadow and inference weights, for example ``"16-8"``.
    lr_shift, clip, normalise, weight_decay_shift, trace_shift, trace_decay, trace_bits, fb_shift
        See :class:`lava_intsnn.network.Dense`; ``lr_shift`` is required to learn.
    plastic : bool
        False for frozen weights, which need no ``lr_shift`` and no error; connected to feedback,
        the layer passes it on.
    recurrence : Recurrence, optional
        Synapses from the layer to itself. Their weights are the last O columns.
    max_delay, delay_seed, delay_source
        Fixed delays of the feed-forward synapses; see :class:`lava_intsnn.network.Dense`.
    delays : integer (O, I), optional
        The delays themselves, with ``delay_source="state"``.
    pool : Pool, optional
        Sums or averages windows of the input first; see :class:`lava_intsnn.network.Pool`.
    max_count : int
        Largest value that ``s_in`` may carry, 1..255: 1 for binary spikes, more for graded input.
    feedback_weights : integer (O, n_classes), optional
        Fixed weights of the output's error, of magnitude up to 32767, in place of the transposed
        weights of the layer above, for example from :meth:`.Network.feedback_weights`. All layers
        must then have them, with ``time_gated=False``.
    time_gated, v_fb_bits
        See :class:`lava_intsnn.network.Feedback`; ``time_gated`` must be the same in all layers,
        because it determines the number of feedback messages.
    points, loss_window
        Where errors come from, ``points`` and ``window`` of the IntReadout's
        :class:`lava_intsnn.network.Loss`.
    rounding : Rounding
        Rounding of the learning-rate shift.
    steps, batch : int
        T and B, the same in all Processes. With ``batch=None`` samples come one at a time, and
        ``s_in`` is (I,), ``s_out`` (O,), as in Lava's own Processes.
    learning : bool
    seed, layer_index, updates : int
        Keys of the stochastic rounding.
    offset : int
        Lava steps before the first sample arrives: 1 for each of Lava's own Dense in between.
    bounds : LayerBounds, optional
        The bounds that :meth:`Network.check` proved for the layer in its network. They allow
        narrower sums.
    name : str, optional
    log_config : LogConfig, optional

    Raises
    ------
    NetworkError
        If a value is out of range, or a sum could exceed 64 bits.
    ValueError
        If ``w_shadow`` does not fit shape and precision.
    """

    kind, defaults = Dense, hidden_keywords(Dense)
