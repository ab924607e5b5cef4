"""The quantised network in torch, against hand-computed values and its own integers."""

from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st

torch = pytest.importorskip("torch")

from lava_intsnn import data  # noqa: E402
from lava_intsnn.conversion import ConversionError, preset  # noqa: E402
from lava_intsnn.conversion.ann.ann_learner import learning_rate  # noqa: E402
from lava_intsnn.conversion.ann.ann_training import accuracy, start, steps_of  # noqa: E402
from lava_intsnn.conversion.ann.model import QuantisedAnn, frozen  # noqa: E402
from lava_intsnn.conversion.ann.quantisers import (  # noqa: E402
    quantised_activation,
    quantised_weight,
    weight_codes,
)
from lava_intsnn.conversion.ann_spec import AnnRecipe, AnnSpec  # noqa: E402
from lava_intsnn.conversion.stack import Stack  # noqa: E402
from lava_intsnn.formats.ann_checkpoint import (  # noqa: E402
    load_ann,
    load_ann_file,
    save_ann,
)
from lava_intsnn.storage.errors import FileFormatError  # noqa: E402


@pytest.fixture(scope="module")
def digits():
    return data.digits("train").head(300)


@pytest.fixture
def run(digits):
    """Two epochs of four batches each."""
    chosen = preset("lenet-digits")
    recipe = replace(chosen.recipe, epochs=2, batch=75)
    return start(chosen.spec(level=1), recipe, data=digits.fingerprint(), preset=chosen.name)


def finished(training, digits, **options):
    *_, last = steps_of(training, digits, progress=False, **options)
    return last


def same(a, b):
    """Whether two runs hold the same bits (wall time aside)."""
    return set(a.tensors) == set(b.tensors) and all(
        np.array_equal(a.tensors[name], b.tensors[name]) for name in a.tensors
    )


def test_ternary_weights_by_hand():
    w = torch.tensor([0.9, -0.5, 0.2, 0.0])  # mean magnitude 0.4, delta 0.28
    codes, unit = weight_codes(w, 2)
    assert codes.tolist() == [1, -1, 0, 0]
    assert unit == 1.0


def test_eight_bit_weights_by_hand():
    w = torch.tensor([1.0, -1.0, 1.0, 3.0])  # mean 1.5, step 3 / sqrt(127) = 0.2662
    codes, unit = weight_codes(w, 8)
    assert unit == pytest.approx(3 / 127**0.5)
    assert codes.tolist() == [4, -4, 4, 11]


@given(bits=st.integers(2, 8), seed=st.integers(0, 1000))
@family(60)
def test_weights_stay_in_their_bits_and_pass_the_gradient_on(bits, seed):
    w = torch.randn(50, generator=torch.Generator().manual_seed(seed)).requires_grad_()
    codes, unit = weight_codes(w, bits)
    top = 2 ** (bits - 1) - 1
    assert torch.equal(codes, codes.round())
    assert codes.abs().max() <= top
    shown = quantised_weight(w, bits)
    assert torch.equal(shown.detach(), codes * unit)
    (shown * torch.arange(50.0)).sum().backward()
    assert torch.equal(w.grad, torch.arange(50.0))


def test_activations_by_hand():
    y = torch.tensor([-1.0, 0.2, 0.25, 0.5, 0.74, 0.76, 4.2, 9.0], requires_grad=True)
    a = quantised_activation(y, level=1, max_count=None)
    # ties go up: the nudge
    assert a.tolist() == [0, 0, 0.5, 0.5, 0.5, 1.0, 4.0, 9.0]
    a.sum().backward()
    assert y.grad.tolist() == [0, 1, 1, 1, 1, 1, 1, 1]
    assert quantised_activation(y, level=0, max_count=4).tolist() == [0, 0, 0, 1, 1, 1, 4, 4]


@pytest.mark.parametrize("ends", ["integer", "float"])
@pytest.mark.parametrize(
    ("notation", "padding", "scale"),
    [("4C3-P2-8C3-20", "same", "centred"), ("4C3-P2-6", "valid", "standardised")],
)
@pytest.mark.parametrize("bits", [2, 4])
def test_torch_in_float64_and_the_frozen_integers_agree_everywhere(
    ends, notation, padding, scale, bits
):
    from lava_intsnn.conversion.pixels import Pixels

    rng = np.random.default_rng(5)
    spec = AnnSpec(
        name="small",
        stack=Stack(notation, (8, 8, 3), 5, padding),
        pixels=Pixels(scale, crop=8),
        level=1,
        weight_bits=bits,
        ends=ends,
    )
    torch.manual_seed(3)
    model = QuantisedAnn(spec)
    images = rng.integers(0, 256, (20, 10, 10, 3), dtype=np.uint8)
    x = torch.from_numpy(spec.pixels.integers(images).transpose(0, 3, 1, 2).astype(np.float32))
    with torch.no_grad():
        for norm in model.norms:  # both signs, and none
            norm.weight.copy_(torch.randn(norm.weight.shape))
            norm.weight[0] = 0
            norm.bias.copy_(torch.randn(norm.weight.shape))
        for _ in range(30):
            model.train()(x)
        if ends == "float":  # what float weights are frozen to
            for w in (model.convs[0].weight, model.readout):
                w.copy_(torch.round(w.double() * 2**24) / 2**24)
        network = frozen(model)
        exact = model.double().eval()
        found = exact.activations(x.double())
        logits = exact(x.double())
    counts = network.counts(images)
    assert sum(int(n.sum()) for n in counts[1:]) > 100
    for layer, n, a in zip(network.layers, counts, found):
        assert np.array_equal(n / 2.0**layer.level, a.permute(0, 2, 3, 1).numpy())
    assert np.array_equal(network.logits(counts[-1]).argmax(1), logits.argmax(1).numpy())


def test_integer_ends_hold_eight_bits_and_nothing_is_float(run):
    network = run.network()
    for w in (network.layers[0].weights, network.readout):
        assert w.dtype == np.int8
        assert np.abs(w.astype(int)).max() > 1
    assert all(set(np.unique(layer.weights)) == {-1, 0, 1} for layer in network.layers[1:])


def test_it_learns_and_the_exact_accuracy_is_that_of_torch():
    train, test = data.digits("train"), data.digits("test")
    chosen = preset("lenet-digits")
    recipe = replace(chosen.recipe, epochs=4)
    last = finished(start(chosen.spec(), recipe, data=train.fingerprint()), train)
    exact = last.network().accuracy(test.maps, test.labels)
    assert exact > 88
    assert abs(exact - accuracy(last.model(), test)) < 0.6  # one or two of 360


def test_a_run_cut_anywhere_ends_in_the_same_bits(run, digits, tmp_path):
    whole = finished(run, digits)
    for cut in (1, 3, 4, 6):
        for part in steps_of(run, digits, every=1, progress=False):
            if part.step == cut:
                break
        save_ann(tmp_path / "run.npz", part)
        last = finished(load_ann(tmp_path / "run.npz"), digits)
        assert same(last, whole), cut
        assert [r.train_accuracy for r in last.history] == [r.train_accuracy for r in whole.history]
        assert [r.loss for r in last.history] == [r.loss for r in whole.history]


def test_a_file_holds_the_run_and_its_frozen_network(run, digits, tmp_path):
    last = finished(run, digits)
    save_ann(tmp_path / "run.npz", last)
    assert same(load_ann(tmp_path / "run.npz"), last)
    file = load_ann_file(tmp_path / "run.npz")
    assert (file.preset, file.epochs, file.spec) == ("lenet-digits", 2, last.spec)
    for found, expected in zip(file.network.layers, last.network().layers):
        for name in ("weights", "gamma", "beta", "mean", "var"):
            a, b = getattr(found, name), getattr(expected, name)
            assert a.dtype == b.dtype
            assert np.array_equal(a, b)
        assert (found.unit, found.level, found.max_count, found.amplitude) == (
            expected.unit,
            expected.level,
            expected.max_count,
            expected.amplitude,
        )


def test_files_that_are_damaged_or_something_else_are_refused(run, tmp_path):
    save_ann(tmp_path / "run.npz", run)
    content = (tmp_path / "run.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(content[: len(content) // 2])
    with pytest.raises(FileFormatError, match="truncated or damaged"):
        load_ann(tmp_path / "cut.npz")
    broken = {**run.tensors, "model.readout": np.zeros((3, 3), np.float32)}
    with pytest.raises(ConversionError, match="do not fit"):
        save_ann(tmp_path / "odd.npz", replace(run, tensors=broken))
    assert not (tmp_path / "odd.npz").exists()


def test_other_data_are_refused(run, digits):
    with pytest.raises(ConversionError, match="fingerprint"):
        next(steps_of(run, digits.head(200), progress=False))


def test_learning_rates_fall_as_they_say():
    cosine, steps = AnnRecipe(epochs=1, lr=0.5), AnnRecipe(epochs=1, lr=0.5, schedule="steps")
    assert [learning_rate(cosine, s, 4) for s in (0, 2)] == [0.5, pytest.approx(0.25)]
    assert [learning_rate(steps, s, 4) for s in range(4)] == [0.5, 0.5, 0.05, 0.05]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (dict(level=8), "0..7"),
        (dict(weight_bits=1), "2..8"),
        (dict(ends="both"), "integer, float"),
        (dict(notation="32X5"), "nCk"),
    ],
)
def test_wrong_values_are_named(options, words):
    with pytest.raises(ConversionError, match=words):
        preset("lenet-digits").spec(**options)
