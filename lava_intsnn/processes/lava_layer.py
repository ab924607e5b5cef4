"""A guarded integer layer made of Lava's own Processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.process import AbstractProcess
from lava.proc.conv.process import Conv as LavaConv
from lava.proc.dense.process import Dense as LavaDense
from lava.proc.lif.process import LIFReset
from lava.utils.weightutils import SignMode

from lava_intsnn.arithmetic import DECAY_UNITY
from lava_intsnn.network import CUBA, Conv, Dense, Layer, NetworkError, Neuron, NeuronKind
from lava_intsnn.network.cuba import numbers, spread
from lava_intsnn.processes.layer_process import LayerProcess

_DENSE_BITS = 8
#: Smallest mantissa of a bias in Lava's LIF: 13 bits, signed.
BIAS_MIN = -(1 << 12)
_MENDED = "see loihi.inference_network"


class LavaLayer(AbstractSubProcessModel):
    """Dense or Conv, and LIFReset, which send the spikes of ``proc`` one step later.

    Dense drops the lowest bit of weights of mixed sign, so it gets 2 W and halves the sum. Conv
    uses weights unchanged but mirrors the kernel, so the kernel is mirrored here, too. LIFReset
    adds 1 to ``du``, the decay of its current; that of guarded neurons is gone at once.

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
            **_NEURONS[neuron.kind](neuron, layer.n_out),
            reset_interval=network.steps,
            reset_offset=(spec.schedule.offset + 2) % network.steps,
        )
        proc.s_in.reshape(self.synapses.s_in.shape).connect(self.synapses.s_in)
        self.synapses.a_out.reshape((1, layer.n_out)).connect(self.neurons.a_in)
        sent = self.neurons.s_out  # proc may take one sample, without a batch dimension
        (sent if sent.shape == proc.s_out.shape else sent.flatten()).connect(proc.s_out)
        proc.v.alias(self.neurons.v)
        if neuron.kind == CUBA.kind:
            proc.u.alias(self.neurons.u)


def _conv(layer: Conv, w: np.ndarray, message_bits: int, name: str | None) -> AbstractProcess:
    windows = layer.windows
    kernels = w.reshape(layer.channels, *windows.kernel, -1)
    return LavaConv(
        weight=kernels[:, ::-1, ::-1],
        input_shape=layer.in_shape,
        stride=windows.stride,
        padding=windows.padding,
        dilation=windows.dilation,
        groups=layer.groups,
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


def _guarded(neuron: Neuron, n: int) -> dict[str, Any]:
    vth, voltage_decay = (numbers(each)[0] for each in (neuron.vth, neuron.voltage_decay))
    return {"vth": vth, "du": DECAY_UNITY - 1, "dv": voltage_decay}


def _cuba(neuron: CUBA, n: int) -> dict[str, Any]:
    alike = (neuron.vth, neuron.current_decay, neuron.voltage_decay)
    vth, current_decay, voltage_decay = (numbers(values)[0] for values in alike)
    return {
        "vth": vth,
        "du": current_decay - 1,
        "dv": voltage_decay,
        "bias_mant": spread(neuron.bias_mant, n).reshape(1, n),
        "bias_exp": neuron.bias_exp,
    }


#: Kind of neuron -> the parameters of LIFReset that compute it.
_NEURONS: dict[str, Callable[..., dict[str, Any]]] = {"lif": _guarded, "cuba": _cuba}


def _unlike_lavas(neuron: NeuronKind) -> Iterator[str]:
    """Yield what of a neuron Lava's LIF does not compute."""
    if neuron.kind not in _NEURONS:
        yield f"neurons of kind {neuron.kind!r}: Lava's LIF is another equation"
    elif not neuron.guarded:
        yield f"guarded = False: Lava's LIF has guard bits; {_MENDED}"
    for name in neuron.own_numbers:
        if name != "bias_mant" and len(set(numbers(getattr(neuron, name)))) > 1:
            yield f"{name} differs from neuron to neuron: Lava's LIF has one for all"
    if not isinstance(neuron, CUBA):
        return
    if neuron.reset != "hard" or neuron.refractory > 1:
        yield "reset 'soft' or a refractory delay: Lava's LIF has neither"
    if min(numbers(neuron.current_decay)) == 0:
        yield "current_decay = 0: Lava adds 1 to the decay of its currents"
    if not BIAS_MIN <= min(numbers(neuron.bias_mant)) <= max(numbers(neuron.bias_mant)) < -BIAS_MIN:
        yield "bias_mant: Lava's LIF has 13 bits, signed"


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
    checks = {
        "recurrence or delays: Lava's Dense and Conv have neither": bool(
            layer.recurrence or layer.max_delay
        ),
        "a pool: Lava's Dense and Conv have none": layer.pool is not None,
        "learning is on: Lava's synapses do not learn this rule; give learning=False": bool(
            proc.memory.learning[0]
        ),
        f"batch = {network.batch}: Lava's synapses take one sample; give batch=1": (
            network.batch > 1
        ),
        f"inference weights have {network.precision.w_bits} bits: Lava's synapses have 8": (
            network.precision.w_bits > _DENSE_BITS
        ),
    }
    found = [reason for reason, holds in checks.items() if holds] + [*_unlike_lavas(layer.neuron)]
    if network.tie_break:
        found.append(f"tie_break = True: spike counts alone decide; {_MENDED}")
    return found


def refusal(name: str, problems: Iterable[str]) -> str:
    """Return the error message for the ``problems`` of one or more layers, each listed once."""
    lines = "".join(f"\n- {problem}" for problem in dict.fromkeys(problems))
    return f"{name} cannot be decomposed:{lines}"
