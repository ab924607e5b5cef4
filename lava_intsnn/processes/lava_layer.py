"""A guarded integer layer made of Lava's own Processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.process import AbstractProcess
from lava.proc.conv.process import Conv as LavaConv
from lava.proc.dense.process import Dense as LavaDense
from lava.proc.lif.process import LIFReset
from lava.utils.weightutils import SignMode

from lava_intsnn.network import Conv, Dense, Layer, NetworkError
from lava_intsnn.processes.layer_process import LayerProcess

_DECAY_UNITY = 4096  # unit of Loihi's 12-bit decays
_DENSE_BITS = 8
_MENDED = "see loihi.inference_network"


class LavaLayer(AbstractSubProcessModel):
    """Dense or Conv, and LIFReset, which send the spikes of ``proc`` one step later.

    Dense drops the lowest bit of weights of mixed sign, so it gets 2 W and halves the sum. Conv
    uses weights unchanged but mirrors the kernel, so the kernel is mirrored here, too. The current
    of LIFReset decays at once, and its voltage keeps ``2**-decay_shift`` of itself.

    Raises
    ------
    NetworkError
        If the layer is not guarded, learns, has a batch larger than 1, or more than 8 inference
        bits.
    """

    def __init__(self, proc: LayerProcess) -> None:
        spec = proc.spec
        if problems := undecomposable(proc):
            raise NetworkError(refusal(proc.name, problems))
        network, layer, neuron = spec.network, spec.layer, spec.layer.neuron
        w = network.precision.inference(proc.memory.w_shadow)
        graded = spec.max_count > 1  # otherwise Lava takes any nonzero input as a spike
        message_bits = spec.max_count.bit_length() if graded else 0
        self.synapses = lava_synapses(layer, w, message_bits)
        self.neurons = LIFReset(
            shape=(1, layer.n_out),
            vth=neuron.vth,
            du=_DECAY_UNITY - 1,
            dv=_DECAY_UNITY - (_DECAY_UNITY >> neuron.decay_shift),
            reset_interval=network.steps,
            reset_offset=(spec.schedule.offset + 2) % network.steps,
        )
        proc.s_in.reshape(self.synapses.s_in.shape).connect(self.synapses.s_in)
        self.synapses.a_out.reshape((1, layer.n_out)).connect(self.neurons.a_in)
        sent = self.neurons.s_out  # proc may take one sample, without a batch dimension
        (sent if sent.shape == proc.s_out.shape else sent.flatten()).connect(proc.s_out)
        proc.v.alias(self.neurons.v)


def _conv(layer: Conv, w: np.ndarray, message_bits: int, name: str | None) -> AbstractProcess:
    kernels = w.reshape(layer.channels, layer.kernel, layer.kernel, layer.in_shape[2])
    return LavaConv(
        weight=kernels[:, ::-1, ::-1],
        input_shape=layer.in_shape,
        stride=layer.stride,
        padding=layer.padding,
        num_message_bits=message_bits,
        name=name,
    )


def _dense(layer: Dense, w: np.ndarray, message_bits: int, name: str | None) -> AbstractProcess:
    return LavaDense(
        weights=w * 2,
        weight_exp=-1,
        num_weight_bits=_DENSE_BITS,
        sign_mode=SignMode.MIXED,
        num_message_bits=message_bits,
        name=name,
    )


_SYNAPSES: dict[str, Callable[..., AbstractProcess]] = {"conv": _conv, "dense": _dense}


def lava_synapses(
    layer: Layer, w: np.ndarray, message_bits: int, name: str | None = None
) -> AbstractProcess:
    """Return Lava's Dense or Conv with the inference weights ``w`` of ``layer``.

    Its sums are those of the layer, one step later. ``message_bits`` is 0 for binary spikes.
    """
    return _SYNAPSES[layer.kind](layer, w, message_bits, name)


def undecomposable(proc: LayerProcess) -> list[str]:
    """Return the reasons, if any, why Lava's Processes cannot replace ``proc``."""
    network, layer = proc.spec.network, proc.spec.layer
    plain = not (layer.recurrence or layer.max_delay)
    checks = {
        "recurrence or delays: Lava's Dense and Conv have neither": not plain,
        "learning is on: Lava's synapses do not learn this rule; give learning=False": bool(
            proc.memory.learning[0]
        ),
        f"batch = {network.batch}: Lava's synapses take one sample; give batch=1": (
            network.batch > 1
        ),
        f"inference weights have {network.precision.w_bits} bits: Lava's synapses have 8": (
            network.precision.w_bits > _DENSE_BITS
        ),
        f"guarded = False: Lava's LIF has guard bits; {_MENDED}": not layer.neuron.guarded,
        f"tie_break = True: spike counts alone decide; {_MENDED}": network.tie_break,
    }
    return [reason for reason, holds in checks.items() if holds]


def refusal(name: str, problems: Iterable[str]) -> str:
    """Return the error message for the ``problems`` of one or more layers, each listed once."""
    lines = "".join(f"\n- {problem}" for problem in dict.fromkeys(problems))
    return f"{name} cannot be decomposed:{lines}"
