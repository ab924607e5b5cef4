"""Fixed random feedback: every hidden layer hears the output's error directly."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import kernel, saturate, shift_ceil
from lava_intsnn.network import Network


def random_weights(network: Network) -> dict[int, np.ndarray]:
    """Return the feedback weights, int32 ``(n_out, n_classes)``, of layers that hear of the error.

    None where feedback is not random.
    """
    if network.feedback.weights != "random":
        return {}
    hidden = range(network.first_plastic, len(network.layers) - 1)
    return {index: network.feedback_weights(index).astype(np.int32) for index in hidden}


@kernel
def random_feedback(e, f, fb_shift, v_fb_lim, active, v_fb):
    """Compute a hidden layer's feedback voltages ``saturate(ceil(F e / 2**fb_shift))``.

    Parameters
    ----------
    e : int32 (B, O)
        The output's error.
    f : int32 (n_out, O)
    fb_shift, v_fb_lim : int64
        Shift and limit of the hidden layer.
    active : bool (B,)
        Samples with an error; the others are left as they are.
    v_fb : int32 (B, 1, >= n_out), out
    """
    for b in range(e.shape[0]):
        if not active[b]:
            continue
        for h in range(f.shape[0]):
            total = np.int64(0)
            for o in range(f.shape[1]):
                total += np.int64(f[h, o]) * e[b, o]
            v_fb[b, 0, h] = saturate(shift_ceil(total, fb_shift), v_fb_lim)
