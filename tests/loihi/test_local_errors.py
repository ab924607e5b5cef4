"""Local errors on Loihi: each readout sends its error to the layers of its own branch."""

import numpy as np
import pytest
from equal_chip import assert_the_chip_learns
from families import family
from hypothesis import given
from local_readouts import legal_local_cases
from random_case import seeded_case
from same_bits import assert_same_results

from lava_intsnn import loihi, networks, reference
from lava_intsnn.costs.activity import full_activity
from lava_intsnn.data import Dataset
from lava_intsnn.loihi.cost.counts import COUNT_KINDS
from lava_intsnn.loihi.cost.estimate import estimate
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.loihi.mapping import partition
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.network import with_local_readouts

NEAR = with_local_readouts(networks.dense((20, 12, 9, 4)))
LEGAL = loihi.nearest_legal(NEAR, target="loihi2", learning=True)


@given(legal_local_cases(max_size=10))
@family(200, quick=6)
def test_the_chip_learns_the_same_bits(case):
    assert_the_chip_learns(case)


def test_the_nearest_legal_network_has_legal_readouts():
    found = loihi.check(NEAR, target="loihi2", learning=True)
    assert {finding.layer for finding in found} == {None, *range(5)}  # 3 and 4 are local
    assert not loihi.check(LEGAL, target="loihi2", learning=True)
    assert LEGAL.feedback.propagation == "local"
    assert all(readout.lr_shift == 8 for readout in LEGAL.local)
    assert LEGAL.local[0].neuron.vth == LEGAL.layers[-1].neuron.vth
    # they are asked nothing where they do not run
    inference = loihi.nearest_legal(NEAR, target="loihi2", learning=False)
    assert inference.local == NEAR.local


def test_each_readout_has_cores_labels_and_hearers_of_its_own():
    learning = partition(LEGAL, limits=LOIHI2, learning=True)
    assert [placed.neurons for placed in learning.layers] == [12, 9, 4, 4, 4]
    labels = [placed.cores[0].axons_in.label for placed in learning.layers]
    assert labels == [0, 0, 4, 4, 4]
    errors = [placed.cores[0].axons_out.feedback for placed in learning.layers]
    assert errors == [0, 0, 0, 4, 4]  # the output's error is heard nowhere
    spikes = [placed.cores[0].axons_out.forward for placed in learning.layers]
    assert spikes == [24, 18, 0, 0, 0]  # to the layer above and to the readout
    assert len(partition(LEGAL, limits=LOIHI2, learning=False).layers) == 3


@pytest.mark.parametrize("learning", [True, False])
def test_a_profile_counts_at_most_what_the_estimate_does(learning):
    case = seeded_case(LEGAL, samples=3, seed=2)
    data = Dataset.from_arrays(case.images, case.labels)
    found = loihi.profile(LEGAL, case.state, data, learning=learning)
    placement = partition(LEGAL, limits=LOIHI2, learning=learning)
    options = {"limits": LOIHI2, "learning": learning, "activity": full_activity(LEGAL)}
    cost = estimate(LEGAL, placement, **options)
    assert cost.steps == found.steps
    told = (12 + 9) * learning  # updates in the step in which hidden layers hear of the error
    for kind in COUNT_KINDS:
        most = getattr(cost.total, kind) + told * (kind == "active_updates")
        assert np.all(found.of(kind).sum(axis=(1, 2)) <= most), kind
    labels = found.of("host_in")[:, :, 2:].sum(axis=(0, 2))  # the last readout is one step late
    at = np.flatnonzero(labels).tolist()
    assert at == ([LEGAL.steps, LEGAL.steps + 1] if learning else [])
    assert found.of("active_updates").sum() == 3 * (cost.total.active_updates + told)


def test_a_chip_that_only_runs_knows_no_local_weights():
    case = seeded_case(LEGAL, samples=3, seed=2)
    image = loihi.compile(LEGAL, case.state, learning=False)
    with loihi.VirtualChip(image, network=LEGAL) as chip:
        oracle = reference.infer_batch(LEGAL, case.state, case.images, case.keys)
        assert_same_results(chip.infer_batch(case.images, case.keys), oracle)
        with pytest.raises(MicrocodeError, match="local readouts"):
            chip.state()
