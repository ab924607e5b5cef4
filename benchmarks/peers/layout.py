"""What torch wants to know of a layer, and how it wants the spikes laid out."""


def conv_arguments(layer):
    """Return a convolution's channels in and out, kernel, stride and padding."""
    return layer.in_shape[2], layer.channels, layer.kernel, layer.stride, layer.padding


def shaped(spikes, layer):
    """Return spikes ``(..., I)`` as ``layer`` takes them: a convolution images ``(..., C, H, W)``.

    An input neuron's index is ``(y * W + x) * C + c``; torch has channels first.
    """
    if layer.kind != "conv":
        return spikes
    return spikes.unflatten(-1, layer.in_shape).movedim(-1, -3)


def flattens(network, k):
    """Tell whether layer ``k`` is dense and follows a convolution."""
    kinds = [layer.kind for layer in network.layers]
    return k > 0 and kinds[k - 1 : k + 1] == ["conv", "dense"]
