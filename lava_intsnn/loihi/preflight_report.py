"""The pre-flight report: whether a network is legal on a chip, and what of the chip it uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.loihi.legality import Finding, check, nearest_legal
from lava_intsnn.loihi.limits import MOST_AXONS, Limits, limits_of, with_axons
from lava_intsnn.loihi.limits.sources import GIVEN, OWN_CHOICE
from lava_intsnn.loihi.mapping import Core, Overflow, Placement, partition
from lava_intsnn.markdown import plain_table
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.state import State


class LegalityError(NetworkError):
    """A network that a target cannot hold; ``preflight`` is the whole report."""

    def __init__(self, preflight: Preflight) -> None:
        self.preflight = preflight
        count = len(preflight.findings)
        lines = "\n".join(f"- {finding}" for finding in preflight.findings)
        super().__init__(
            f"{preflight.heading}, {count} choice{'s' * (count != 1)} to mend:\n{lines}"
        )


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What a target says to a network.

    Parameters
    ----------
    network : Network
        As asked for.
    target : str
    learning : bool
    findings : tuple of Finding
        Every illegal choice, then what does not fit the cores.
    mapped : Network
        What ``placement`` places: the network itself if its choices are legal, else with the
        nearest legal ones in their place.
    placement : Placement
    warnings : tuple of Finding
        What exceeds our own guess of an unpublished number, which refuses nothing.
    """

    network: Network
    target: str
    learning: bool
    findings: tuple[Finding, ...]
    mapped: Network
    placement: Placement
    warnings: tuple[Finding, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether the network can be compiled as it is."""
        return not self.findings

    @property
    def heading(self) -> str:
        """One line that says what was asked and answered."""
        mode = "learning" if self.learning else "inference"
        answer = "fits" if self.fits else "does not fit"
        return f"{self.network.name} on {self.target}, {mode}: {answer}"

    def require(self) -> Preflight:
        """Return the report of a network that fits.

        Raises
        ------
        LegalityError
            If it does not: the message lists everything found.
        """
        if not self.fits:
            raise LegalityError(self)
        return self

    def text(self) -> str:
        """Return the report as aligned tables for a terminal."""
        parts = [self.heading]
        if self.findings:
            parts += ["", plain_table([_FINDINGS, *map(_finding_cells, self.findings)], indent=0)]
        if self.warnings:
            parts += ["", *map(_warning_text, self.warnings)]
        if self.placement.layers:
            of = "" if self.mapped == self.network else ", with the nearest legal choices"
            parts += ["", f"Cores{of}", self.placement.text()]
            if self.placement.cores:
                parts += ["", plain_table([_CORES, *self._core_rows()], indent=0)]
        return "\n".join(parts)

    def to_json(self) -> dict[str, Any]:
        """Return the report as a dict that :func:`json.dumps` takes."""
        return {
            "network": self.network.name,
            "target": self.target,
            "learning": self.learning,
            "fits": self.fits,
            "findings": [_finding_json(finding) for finding in self.findings],
            "warnings": [_finding_json(warning) for warning in self.warnings],
            "mapped_as_given": self.mapped == self.network,
            "placement": asdict(self.placement),
        }

    def _core_rows(self) -> Iterator[Sequence[str]]:
        """Yield a row for each run of cores that hold the same."""
        for cells, run in groupby(self.placement.cores, key=self._core_cells):
            cores = list(run)
            first, last = (f"{core.chip}:{core.index}" for core in (cores[0], cores[-1]))
            name = first if first == last else f"{first} .. {last}"
            yield (name, *cells)

    def _core_cells(self, core: Core) -> tuple[str, ...]:
        synapses = core.synapses + core.recurrent_synapses + core.feedback_synapses
        numbers = (core.layer, core.neurons, synapses, core.axons_in.total, core.axons_out.total)
        share = f"{100 * core.bytes / self.placement.core_bytes:.1f} %"
        return (*(f"{number:,}" for number in numbers), f"{core.bytes:,}", share)


@checks_kinds
def preflight(
    network: Network,
    *,
    target: str = "loihi2",
    learning: bool = True,
    state: State | None = None,
    axons: int | None = None,
) -> Preflight:
    """Ask whether ``network`` is legal on ``target`` and fits its cores.

    Parameters
    ----------
    network : Network
    target : {"loihi1", "loihi2"}
    learning : bool
        Whether it shall learn there, or only run.
    state : State, optional
        Trained weights; see :func:`~.legality.check`.
    axons : int, optional
        Input and output axons of a core, each. No number is published for Loihi 2. By default
        cores have 4096, as those of Loihi 1, and a neuron with more inputs than that is placed
        with a warning; a number given here is a limit.

    Raises
    ------
    NetworkError
        If there is no such target, or its number of axons is published.
    """
    limits = with_axons(limits_of(target), axons)
    findings = check(network, target=limits, learning=learning, state=state)
    mapped = nearest_legal(network, target=limits, learning=learning) if findings else network
    placement, warnings = _placed(mapped, limits, learning)
    return Preflight(
        network=network,
        target=target,
        learning=learning,
        findings=(*findings, *(overflow_finding(each, limits) for each in placement.overflows)),
        mapped=mapped,
        placement=placement,
        warnings=warnings,
    )


#: Resources of which a core may have more than we chose: nobody has said how many there are.
_GUESSED = {"axons in": "axons_in_per_core", "axons out": "axons_out_per_core"}


def _placed(
    network: Network, limits: Limits, learning: bool
) -> tuple[Placement, tuple[Finding, ...]]:
    """Place ``network``; where a guess of ours is in its way, warn and let memory alone limit."""
    warnings: list[Finding] = []
    while True:
        placement = partition(network, limits=limits, learning=learning)
        guessed = [each for each in placement.overflows if each.resource in _GUESSED]
        guessed = [each for each in guessed if _is_ours(each, limits)]
        if not guessed:
            return placement, tuple(warnings)
        warnings += [_exceeds_guess(each) for each in guessed]
        for field in {_GUESSED[each.resource] for each in guessed}:
            lifted = replace(getattr(limits, field), value=MOST_AXONS)
            limits = replace(limits, **{field: lifted})


def _exceeds_guess(overflow: Overflow) -> Finding:
    return Finding(
        layer=overflow.layer,
        what=overflow.resource,
        found=f"{overflow.need:,}",
        allowed=f"{overflow.have:,}, our own choice: no figure is public",
        nearest="cores are filled up to their memory instead; --axons N, or axons=N, is a limit",
        binds="compiler",
    )


def _warning_text(warning: Finding) -> str:
    return (
        f"warning: layer {warning.layer} needs {warning.found} {warning.what} of a core, more than "
        f"{warning.allowed}; {warning.nearest}"
    )


#: Resource of the mapping -> field of the limits it is held against.
_RESOURCES = {
    "neurons": "neurons_per_core",
    "axons in": "axons_in_per_core",
    "axons out": "axons_out_per_core",
    "neuron state": "state_bytes_per_neuron",
    "memory": "synaptic_memory_bytes",
    "synaptic memory": "synaptic_memory_bytes",
    "cores": "cores_per_chip",
}


def overflow_finding(overflow: Overflow, limits: Limits) -> Finding:
    """Return what does not fit as a finding; sizes have no legal neighbour."""
    field = _RESOURCES.get(overflow.resource)
    ours = _is_ours(overflow, limits)
    given = field is not None and getattr(limits, field).source == GIVEN
    return Finding(
        layer=overflow.layer,
        what=overflow.resource,
        found=f"{overflow.need:,}",
        allowed=f"at most {overflow.have:,}"
        + ", our choice: no figure is public" * ours
        + ", as given" * given,
        nearest="a smaller network" if overflow.layer is None else "fewer inputs or outputs",
        binds="compiler" if ours or given else "hardware",
    )


def _is_ours(overflow: Overflow, limits: Limits) -> bool:
    """Whether the limit that is exceeded is our own choice."""
    field = _RESOURCES.get(overflow.resource)
    return field is not None and getattr(limits, field).source == OWN_CHOICE


_FINDINGS = ("where", "choice", "found", "allowed", "nearest legal", "who refuses")
_CORES = ("core", "layer", "neurons", "synapses", "axons in", "axons out", "bytes", "of memory")


def _finding_cells(finding: Finding) -> Sequence[str]:
    where = "network" if finding.layer is None else f"layer {finding.layer}"
    nearest = finding.nearest if finding.mend else f"none; {finding.nearest}"
    return where, finding.what, finding.found, finding.allowed, nearest, finding.binds


def _finding_json(finding: Finding) -> dict[str, Any]:
    texts = ("layer", "what", "found", "allowed", "nearest")
    has_neighbour = finding.mend is not None
    found = {name: getattr(finding, name) for name in texts}
    return {**found, "has_neighbour": has_neighbour, "binds": finding.binds}
