"""The peers' networks against their equations, written out; each needs the extra ``bench``."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from peers.frame_peers import PEERS
from peers.frame_training import Settings, fit, logits

from lava_intsnn.data import Dataset
from lava_intsnn.recipe import Recipe

torch = pytest.importorskip("torch", reason="torch is not installed (extra: bench)")

SETTINGS = Settings(dropout=0.0, decay=0.75, readout_decay=0.5)


def patterns(n=120):
    """Return samples of three classes: two pairs of channels speak in turn, or together."""
    labels = np.arange(n) % 3
    counts = np.random.default_rng(0).integers(0, 2, (n, 6, 5))
    for row, label in zip(counts, labels):
        first, second = ((0, 3), (3, 0), (2, 2))[label]
        row[first : first + 2, :2] += 9
        row[second : second + 2, 2:4] += 9
    return Dataset(
        name="patterns",
        images=counts.reshape(n, -1).astype(np.uint8),
        labels=labels.astype(np.int32),
        n_classes=3,
        image_shape=(6, 5),
        split="train",
        frames=6,
    )


def needs(*names):
    for name in names:
        pytest.importorskip(name, reason=f"{name} is not installed (extra: bench)")


@pytest.fixture(autouse=True)
def same_weights():
    torch.manual_seed(0)


def currents(*shape):
    return 2 * torch.randn(*shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_recurrent_neurons_of_spikingjelly(reset):
    needs("spikingjelly")
    from peers.recurrent_frames import SpikingJellyHidden

    net = SpikingJellyHidden(7, replace(SETTINGS, reset=reset))
    x = currents(6, 4, 7)
    v, s = torch.zeros(4, 7), torch.zeros(4, 7)
    for current, found in zip(x, net(x)):
        v = 0.75 * v + current + s @ net.back.weight.T + net.back.bias
        s = (v >= 1).float()
        assert torch.equal(found, s)
        v = v * (1 - s) if reset == "zero" else v - s
    assert 0 < net(x).mean() < 1


def test_recurrent_neurons_of_snntorch():
    """Its neurons are reset a step after their spike."""
    needs("snntorch")
    from peers.recurrent_frames import SnnTorchHidden

    net = SnnTorchHidden(7, SETTINGS)
    back = net.neurons.recurrent
    x = currents(6, 4, 7)
    v, s = torch.zeros(4, 7), torch.zeros(4, 7)
    for current, found in zip(x, net(x)):
        fired = (v > 1).float()
        v = (0.75 * v + current + s @ back.weight.T + back.bias) * (1 - fired)
        s = (v > 1).float()
        assert torch.equal(found, s)
    assert 0 < net(x).mean() < 1


@pytest.mark.parametrize("library", ["snntorch", "spikingjelly"])
def test_readouts_leak_and_do_not_fire(library):
    needs(library)
    from peers import recurrent_frames

    kinds = dict(snntorch="SnnTorchReadout", spikingjelly="SpikingJellyReadout")
    net = getattr(recurrent_frames, kinds[library])(SETTINGS)
    x, v = currents(6, 4, 3), torch.zeros(4, 3)
    for current, found in zip(x, net(x)):
        v = 0.5 * v + current
        assert torch.allclose(found, v)


@pytest.mark.parametrize("longest", [0, 1, 3, 4])
def test_a_settled_delay_is_a_shift_by_whole_steps(longest):
    needs("DCLS")
    from peers.delay_frames import Delays

    net = Delays(5, 4, longest)
    net.settle()
    x = currents(6, 2, 5)
    weights, delays = net.synapses.weight[:, :, 0].detach(), net.delays
    found = set(delays.unique().tolist())
    assert found <= set(range(longest + 1))
    assert len(found) > longest / 2
    expected = torch.zeros(6, 2, 4)
    for o in range(4):
        for i in range(5):
            d = int(delays[o, i])
            expected[d:, :, o] += weights[o, i] * x[: 6 - d, :, i]
    assert torch.allclose(net(x), expected, atol=1e-5)


def test_kernels_narrow_and_delays_stay_in_range():
    needs("DCLS")
    from peers.delay_frames import Delays

    net = Delays(5, 4, 6)
    widths = []
    for share in (0.0, 0.5, 0.75, 1.0):
        with torch.no_grad():
            net.synapses.P.add_(9)
        net.spread(share)
        widths.append(float(net.synapses.SIG.mean()))
        assert 0 <= net.delays.min() <= net.delays.max() <= 6
    assert widths[0] > widths[1] > widths[2] == widths[3] == 0


def test_readings_of_the_potential():
    potentials = currents(6, 4, 3)
    assert torch.allclose(logits(potentials, "mean"), 2 * potentials.sum(0) / 6)
    assert torch.equal(logits(potentials, "max"), potentials.max(0).values)
    shares = torch.softmax(potentials, -1).sum(0)
    assert torch.allclose(logits(potentials, "softmax").exp(), shares, atol=1e-5)
    with pytest.raises(ValueError, match="must be mean, max or softmax"):
        logits(potentials, "last")


@pytest.mark.parametrize("peer", [p for p in PEERS if p.seeded], ids=lambda peer: peer.name)
def test_every_peer_learns_an_order_in_time(peer):
    """Counts of channels are the same in all classes, so a network must see time."""
    modules = {"scikit-learn": "sklearn", "dcls": "DCLS"}
    needs(*(modules.get(name, name) for name in peer.packages))
    data = patterns()
    trained = peer.fit(
        data,
        settings=replace(peer.settings, learning_rate=0.02, dropout=0.0),
        recipe=Recipe(epochs=25),
        batch=20,
        hidden=16,
        seed=0,
        threads=1,
    )
    assert np.mean(trained.predict(data) == data.labels) > 0.7
    assert len(trained.cpu) == len(trained.wall) == 25


def test_a_seed_repeats_a_training():
    def make(size, settings):
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(6 * 5, 3))

    def weights(seed):
        nets = []
        options = dict(settings=SETTINGS, recipe=Recipe(epochs=1), batch=20, hidden=1, threads=1)
        fit(lambda *a: nets.append(make(*a)) or nets[0], patterns(), seed=seed, **options)
        return nets[0][1].weight

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))
