"""The paper's step as printed, on int32 torch tensors, with every eligibility trace stored."""

import torch


def make_literal(network, w_shadow):
    """Return ``step(spikes, labels) -> deltas``: the summed updates of both layers.

    ``network`` has two layers and feedback without time gates; ``w_shadow`` are its shadow weights.
    """
    shift = network.precision.w_shift
    w = [torch.from_numpy(weights >> shift).int() for weights in w_shadow]
    w_float = [weights.float() for weights in w]  # products stay below 2**24: exact
    neurons = [layer.neuron for layer in network.layers]
    alpha = network.loss.alpha

    def step(spikes, labels):
        n_steps, batch, _ = spikes.shape
        v = [torch.zeros(batch, len(weights), dtype=torch.int32) for weights in w]
        t_pre = [torch.zeros(batch, weights.shape[1], dtype=torch.int32) for weights in w]
        t_corr = [torch.zeros(batch, *weights.shape, dtype=torch.int32) for weights in w]
        count = torch.zeros(batch, len(w[-1]), dtype=torch.int32)
        for t in range(n_steps):
            s = spikes[t].int()
            for k, neuron in enumerate(neurons):
                a = (s.float() @ w_float[k].T).int()
                v[k] = (v[k] >> neuron.decay_shift) + a
                g = ((v[k] - neuron.vth).abs() < neuron.window).int()
                t_pre[k] = (t_pre[k] >> network.layers[k].trace_shift) + s
                t_corr[k] += g[:, :, None] * t_pre[k][:, None, :]
                fired = v[k] > neuron.vth
                v[k] = torch.where(fired, 0, v[k])
                s = fired.int()
            count += s
        onehot = torch.nn.functional.one_hot(labels, count.shape[1]).int()
        err = ((count * alpha) >> network.count_shift) - alpha * onehot
        if network.loss.kind == "one_sided":
            err = torch.where(onehot == 1, err.clamp(max=0), err)
        v_fb = (err.double() @ w[1].double()).int()
        return [
            (v_fb[:, :, None] * t_corr[0]).sum(0),
            (err[:, :, None] * t_corr[1]).sum(0),
        ]

    return step
