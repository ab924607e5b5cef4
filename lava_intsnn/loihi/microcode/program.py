"""A compiled network: code, layout and schedule, without the numbers its synapses hold."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

from lava_intsnn.field_checks import Within, check_fields
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.loihi.limits.encoding import REGISTER_BITS
from lava_intsnn.loihi.microcode.errors import MicrocodeError, require_int, signed_range
from lava_intsnn.loihi.microcode.group import (
    Group,
    find,
    require_digest,
    require_name,
    require_unique,
)
from lava_intsnn.loihi.microcode.sum_of_products import LearningRule
from lava_intsnn.network import Conv, Layer, NetworkError, Neuron
from lava_intsnn.network.windows import Pair, Shape, Sides


@dataclass(frozen=True, kw_only=True)
class Input:
    """Spikes the host sends: ``n`` sources; payloads have ``bits`` signed bits, or 1: 0 or 1."""

    name: str
    n: Annotated[int, Within(1, 1 << 20)]
    bits: Annotated[int, Within(1, REGISTER_BITS)] = 1

    def __post_init__(self) -> None:
        check_fields(self, MicrocodeError)
        require_name("input", self.name)


@dataclass(frozen=True, kw_only=True)
class ConvGeometry:
    """Which synapses of a block share a weight: as :class:`~lava_intsnn.network.Conv`."""

    in_shape: Shape
    kernel: Sides
    stride: Sides
    padding: int | Pair
    dilation: Sides = 1
    groups: int = 1

    def __post_init__(self) -> None:
        check_fields(self, MicrocodeError)
        self.layer(self.groups)

    @classmethod
    def of(cls, layer: Layer) -> ConvGeometry | None:
        """Return the geometry of a layer that shares its weights, None for another."""
        if layer.kind != Conv.kind:
            return None
        return cls(**{field.name: getattr(layer, field.name) for field in fields(cls)})

    def layer(self, channels: int) -> Conv:
        """Return a convolution of this geometry: its shapes and its unfolding."""
        unused = Neuron(vth=1, window=0)
        try:
            return Conv(**vars(self), channels=channels, neuron=unused, lr_shift=0)
        except NetworkError as error:
            raise MicrocodeError(f"convolution: {error}") from None


@dataclass(frozen=True, kw_only=True)
class SynapseBlock:
    """Synapses from one source into one port of a group, at the group's core.

    Parameters
    ----------
    name : str
    source : str
        An input of the program, or ``group.axon``.
    group, port : str
        Where the weighted payloads are summed.
    shape : (int, int)
        Of the weights, ``(O, I)``: neurons of the group by neurons of the source; with ``conv``
        those of :class:`~lava_intsnn.network.Conv`.
    bits : int
        Signed width of a weight, two's complement: 2 to ``plastic_weight_bits`` of the limits.
    w_min, w_max : int
        Range the weights are in and are clamped to as they learn.
    weights_digest : str
        :func:`~.image.digest` of the weights the image holds.
    conv : ConvGeometry or None
    max_delay : int
        Largest delay of a synapse in steps, 0 without delays.
    delays_digest : str
        :func:`~.image.digest` of the delays, empty without delays.
    learning : LearningRule or None
    """

    name: str
    source: str
    group: str
    port: str
    shape: tuple[int, int]
    bits: int
    w_min: int
    w_max: int
    weights_digest: str
    conv: ConvGeometry | None = None
    max_delay: int = 0
    delays_digest: str = ""
    learning: LearningRule | None = None

    def __post_init__(self) -> None:
        check_fields(self, MicrocodeError)
        require_name("synapse block", self.name, dotted=True)
        here = f"synapse block {self.name}: "
        require_int(here + "bits", self.bits, 2, LOIHI2.plastic_weight_bits.value)
        low, high = signed_range(self.bits)
        require_int(here + "w_min", self.w_min, low, high)
        require_int(here + "w_max", self.w_max, self.w_min, high)
        require_int(here + "max_delay", self.max_delay, 0, LOIHI2.delay_max.value)
        for size in self.shape:
            require_int(here + "shape", size, 1, 1 << 20)
        require_digest(here + "weights_digest", self.weights_digest)
        if self.max_delay:
            require_digest(here + "delays_digest", self.delays_digest)
        elif self.delays_digest:
            raise MicrocodeError(here + "delays_digest without delays: leave it empty")
        if self.max_delay and (self.conv or self.learning):
            raise MicrocodeError(here + "only dense synapses that do not learn have delays")
        if self.conv and self.learning:
            raise MicrocodeError(here + "shared weights do not learn")


@dataclass(frozen=True, kw_only=True)
class Program:
    """Everything a core needs but the numbers its synapses hold (:class:`~.image.Image` adds them).

    Parameters
    ----------
    name : str
    period : int
        Steps of one sample, error phase included; the schedule repeats after it.
    inputs : tuple of Input
    groups : tuple of Group
        In the order a spike passes through them.
    blocks : tuple of SynapseBlock

    Raises
    ------
    MicrocodeError
        If a name is missing or given twice, a schedule leaves the period, or sizes do not match.
    """

    name: str
    period: Annotated[int, Within(1, 1 << 20)]
    inputs: tuple[Input, ...]
    groups: tuple[Group, ...]
    blocks: tuple[SynapseBlock, ...]

    def __post_init__(self) -> None:
        check_fields(self, MicrocodeError)
        require_name("program", self.name)
        require_unique("input or group", (*self.inputs, *self.groups))
        require_unique("synapse block", self.blocks)
        for group in self.groups:
            for slot in group.schedule:
                if slot.last >= self.period:
                    raise MicrocodeError(
                        f"group {group.name}: phase {slot.phase} at step {slot.last}: the period "
                        f"has {self.period} steps, 0..{self.period - 1}"
                    )
        for block in self.blocks:
            self._check_block(block)

    def group(self, name: str) -> Group:
        """Return the group called ``name``."""
        return find("group", name, self.groups)

    def block(self, name: str) -> SynapseBlock:
        """Return the synapse block called ``name``."""
        return find("synapse block", name, self.blocks)

    def blocks_into(self, group: str) -> tuple[SynapseBlock, ...]:
        """Return the synapse blocks at ``group``'s core, in the program's order."""
        return tuple(block for block in self.blocks if block.group == group)

    def source_size(self, source: str) -> tuple[int, int]:
        """Return the neurons of a source (an input or ``group.axon``) and its payload's width."""
        for inp in self.inputs:
            if inp.name == source:
                return inp.n, inp.bits
        for group in self.groups:
            for axon in group.axons:
                if f"{group.name}.{axon.name}" == source:
                    return group.n, axon.bits
        known = [i.name for i in self.inputs]
        known += [f"{g.name}.{axon.name}" for g in self.groups for axon in g.axons]
        raise MicrocodeError(f"source {source!r}: this program has {', '.join(known) or 'none'}")

    def _check_block(self, block: SynapseBlock) -> None:
        here = f"synapse block {block.name}: "
        n_in, _ = self.source_size(block.source)
        group = self.group(block.group)
        port = group.find("port", block.port)
        if port.host:
            raise MicrocodeError(here + f"port {port.name} of {group.name} is written by the host")
        if block.conv:
            geometry = block.conv.layer(block.shape[0])
            sizes = (geometry.n_out, geometry.n_in)
            if geometry.weight_shape != block.shape:
                raise MicrocodeError(
                    here + f"shape = {block.shape}: the geometry gives {geometry.weight_shape}"
                )
        else:
            sizes = block.shape
        if sizes != (group.n, n_in):
            raise MicrocodeError(
                here + f"{sizes[1]} sources onto {sizes[0]} neurons: {block.source} has {n_in} and "
                f"{group.name} {group.n}"
            )
        if block.learning:
            require_int(here + "update_step", block.learning.update_step, 0, self.period - 1)
