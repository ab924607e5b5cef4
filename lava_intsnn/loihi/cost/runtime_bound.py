"""The max-affine model of run time: a step takes as long as its busiest part.

Timcheck 2026 (arXiv:2601.10035) measures on Loihi 2 that the largest of a few times, each linear
in a number of operations, is a lower bound that follows run time closely: updates of neurons in the
busiest core, its synaptic operations, its reads of synaptic memory, the messages of the busiest
link, and the barrier. The parts of a core overlap::

    t_step = max(t_barrier, max over cores and parts of n_operations * t_operation)

The form is theirs. The times of operations are those of :mod:`.figures`, as in the sum beside it.
Reads of memory and links are left out: of the first no time is public, and a core's own messages
stand for the second.
"""

from __future__ import annotations

from collections.abc import Iterable

from lava_intsnn.loihi.cost.counts import OperationCounts
from lava_intsnn.loihi.cost.figures import Figures, Range


def part_times(counts: OperationCounts, figures: Figures) -> dict[str, Range]:
    """Return the time of each part of a core for its operations in one step.

    Returns
    -------
    dict of str to Range
        ``"neurons"``, ``"synapses"``, ``"messages"`` and ``"learning"``: seconds.
    """
    return {
        "neurons": figures.active_update_time * counts.active_updates
        + figures.inactive_update_time * counts.inactive_updates,
        "synapses": figures.synaptic_op_time * counts.synaptic_ops,
        "messages": figures.spike_time
        * (counts.spikes_within + counts.spikes_between + counts.host_out),
        "learning": figures.learning_update_time * (counts.tag_updates + counts.weight_updates),
    }


def busiest(cores: Iterable[OperationCounts], figures: Figures) -> Range:
    """Return the least time that a step with these operations of its cores takes."""
    times = [part for core in cores for part in part_times(core, figures).values()]
    times.append(figures.barrier_time)
    return Range(
        low=max(each.low for each in times),
        value=max(each.value for each in times),
        high=max(each.high for each in times),
    )
