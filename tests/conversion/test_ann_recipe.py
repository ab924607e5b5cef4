"""Averages, teachers, mixed labels, half precision, begun from another network: each as it says."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional as F  # noqa: E402

from lava_intsnn import data  # noqa: E402
from lava_intsnn.conversion import AnnRecipe, Augmentation, ConversionError, preset  # noqa: E402
from lava_intsnn.conversion.ann import (  # noqa: E402
    AnnRunning,
    QuantisedAnn,
    ann_learner,
    frozen,
    start,
)
from lava_intsnn.conversion.ann.ann_augment import ShownBatch  # noqa: E402
from lava_intsnn.conversion.ann.ann_learner import learning_rate  # noqa: E402
from lava_intsnn.conversion.ann.ann_loss import TEMPERATURE, batch_loss  # noqa: E402
from lava_intsnn.conversion.ann.ann_training import steps_of  # noqa: E402
from lava_intsnn.conversion.ann.ann_weights import weights_of  # noqa: E402
from lava_intsnn.conversion.ann.averaging import renew_statistics  # noqa: E402
from lava_intsnn.formats.ann_checkpoint import AnnFile, load_ann, save_ann  # noqa: E402
from lava_intsnn.formats.ann_start import load_ann_weights, load_teacher  # noqa: E402
from lava_intsnn.formats.packed_ann import save_packed  # noqa: E402

STACK = "6C3-P2-12"
EVERYTHING = AnnRecipe(
    epochs=2,
    batch=50,
    lr=3e-3,
    warmup=20,
    smoothing=10,
    decay=0.01,
    plain=50,
    average=3,
    distill=40,
    augment=Augmentation(shift=1, flip=True, contrast=10, tint=4, cutmix=40, cutout=3),
)


@pytest.fixture(scope="module")
def digits():
    return data.digits("train").head(200)


def begun(digits, recipe=EVERYTHING, **options):
    spec = preset("lenet-digits").spec(notation=STACK, **options)
    return start(spec, recipe, data=digits.fingerprint(), preset="lenet-digits", seed=4)


def last_of(run, digits, **options):
    *_, last = steps_of(run, digits, progress=False, **options)
    return last


@pytest.fixture(scope="module")
def teacher(digits):
    run = begun(digits, AnnRecipe(epochs=1, batch=50), weight_bits=32, level=7, ends="float")
    return last_of(run, digits).model().requires_grad_(False)


@pytest.mark.parametrize("half", [False, True])
def test_a_run_with_everything_ends_in_the_same_bits_wherever_it_is_cut(
    digits, teacher, tmp_path, half
):
    running = AnnRunning(half=half, teacher=teacher)
    whole = last_of(begun(digits), digits, running=running)
    assert ("scaler" in whole.tensors) == half
    for part in steps_of(begun(digits), digits, every=1, running=running, progress=False):
        if part.step not in (3, 4, 5):
            continue
        save_ann(tmp_path / "run.npz", part)
        last = last_of(load_ann(tmp_path / "run.npz"), digits, running=running)
        assert last.tensors.keys() == whole.tensors.keys()
        for name, array in whole.tensors.items():
            np.testing.assert_array_equal(last.tensors[name], array)
        assert [r.loss for r in last.history] == [r.loss for r in whole.history]
    assert all(np.isfinite(array).all() for array in whole.tensors.values())


def test_the_network_at_the_end_is_the_average_with_statistics_of_its_own(digits):
    recipe = replace(EVERYTHING, distill=0, average=4)
    first, last = steps_of(begun(digits, recipe), digits, progress=False)
    now = first.model().state_dict()
    assert torch.equal(now["readout"], torch.from_numpy(first.tensors["model.readout"]))
    end = last.model().state_dict()
    assert torch.equal(end["readout"], torch.from_numpy(last.tensors["average.readout"]))
    assert not torch.equal(end["readout"], torch.from_numpy(last.tensors["model.readout"]))
    assert int(end["norms.0.num_batches_tracked"]) == 4  # all 200 images, moved and mirrored


def test_batches_of_more_images_than_statistics_take_count_too(digits, monkeypatch):
    monkeypatch.setattr(ann_learner, "_STATISTICS", 20)
    recipe = AnnRecipe(epochs=1, batch=50, average=4)
    end = last_of(begun(digits, recipe), digits).model().state_dict()
    assert int(end["norms.0.num_batches_tracked"]) == 1


def test_the_average_of_few_batches_is_their_mean(digits):
    recipe = AnnRecipe(epochs=1, batch=50, average=100)
    seen = []
    for part in steps_of(begun(digits, recipe), digits, every=1, progress=False):
        seen.append(part.tensors["model.readout"].astype(np.float64))
    np.testing.assert_allclose(part.tensors["average.readout"], np.mean(seen, axis=0), atol=1e-6)


def test_statistics_anew_are_means_over_all_batches():
    torch.manual_seed(1)
    model = QuantisedAnn(preset("lenet-digits").spec(notation=STACK)).eval()
    batches = [torch.randint(0, 17, (30, 1, 8, 8)).float() for _ in range(3)]
    renew_statistics(model, batches)
    v = [
        F.conv2d(x * model.spec.pixels.unit, model._ends(model.convs[0].weight), padding=0)
        for x in batches
    ]
    wanted = torch.stack([part.mean(dim=(0, 2, 3)) for part in v]).mean(dim=0)
    torch.testing.assert_close(model.norms[0].running_mean, wanted)
    spread = torch.stack([part.var(dim=(0, 2, 3)) for part in v]).mean(dim=0)
    torch.testing.assert_close(model.norms[0].running_var, spread)
    assert not model.training
    assert model.norms[0].momentum == 0.1


def test_half_precision_convolves_small_integers_exactly():
    torch.manual_seed(2)
    model = QuantisedAnn(preset("lenet-digits").spec(notation=STACK)).train()
    x = torch.randint(0, 17, (20, 1, 8, 8)).float()
    with torch.no_grad():
        wanted = model.activations(x)
        model.half_precision = True
        found = model.activations(x)
    assert sum(float(a.sum()) for a in wanted) > 100
    assert all(torch.equal(a, b) for a, b in zip(found, wanted))


def test_losses_by_hand():
    logits = torch.tensor([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    logs = torch.log_softmax(logits, dim=1)
    labels, mates, share = torch.tensor([0, 1]), torch.tensor([2, 2]), torch.tensor([0.75, 1.0])
    shown = ShownBatch(torch.zeros(2, 1, 1, 1), labels, mates, share)
    recipe = AnnRecipe(epochs=1)
    wanted = -(0.75 * logs[0, 0] + 0.25 * logs[0, 2] + logs[1, 1]) / 2
    torch.testing.assert_close(batch_loss(logits, shown, recipe), wanted)
    smooth = replace(recipe, smoothing=30)
    plain = ShownBatch(shown.inputs, labels)
    wanted = -(0.7 * logs[[0, 1], [0, 1]] + 0.1 * logs.sum(dim=1)).mean()
    torch.testing.assert_close(batch_loss(logits, plain, smooth), wanted)
    told = torch.tensor([[0.0, 4.0, 0.0], [1.0, 1.0, 1.0]])
    p, q = (torch.softmax(x / TEMPERATURE, dim=1) for x in (told, logits))
    apart = (p * (p / q).log()).sum(dim=1).mean() * TEMPERATURE**2
    only = replace(recipe, distill=100)
    torch.testing.assert_close(batch_loss(logits, shown, only, told), apart)


def test_the_rate_rises_and_falls():
    recipe = AnnRecipe(epochs=1, lr=0.5, warmup=40)
    rates = [learning_rate(recipe, step, 10) for step in range(10)]
    assert rates[:5] == [0.125, 0.25, 0.375, 0.5, 0.5]
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert rates[-1] < 0.05


@pytest.mark.parametrize("ends", ["integer", "float"])
@pytest.mark.parametrize("bits", [2, 4, 32])
def test_a_frozen_network_gives_weights_that_freeze_to_it(bits, ends):
    torch.manual_seed(bits)
    spec = preset("lenet-digits").spec(notation=STACK, weight_bits=bits, ends=ends, level=1)
    model = QuantisedAnn(spec)
    with torch.no_grad():
        for norm in model.norms:
            norm.weight.normal_()
            norm.running_mean.normal_()
    network = frozen(model)
    again = QuantisedAnn(spec)
    state = {name: torch.from_numpy(a) for name, a in weights_of(network, spec).items()}
    again.load_state_dict(state, strict=False)
    found = frozen(again)
    assert np.array_equal(found.readout, network.readout)
    assert found.readout_unit == pytest.approx(network.readout_unit, rel=1e-5)
    for one, other in zip(found.layers, network.layers, strict=True):
        assert np.array_equal(one.weights, other.weights)
        assert np.array_equal(one.gamma, other.gamma)
        assert np.array_equal(one.mean, other.mean)
        assert one.unit == pytest.approx(other.unit, rel=1e-5)
    narrower = replace(spec, stack=replace(spec.stack, notation="5C3-P2-12"))
    with pytest.raises(ConversionError, match="name another file or stack"):
        weights_of(network, narrower)
    with pytest.raises(ConversionError, match="readout_unit"):
        weights_of(replace(network, readout_unit=float("nan")), spec)


def test_a_run_begins_with_another_and_is_taught_by_it(digits, tmp_path):
    run = last_of(begun(digits, replace(EVERYTHING, distill=0)), digits)
    save_ann(tmp_path / "run.npz", run)
    spec, name, weights = load_ann_weights(tmp_path / "run.npz")
    assert (spec, name) == (run.spec, "lenet-digits")
    assert np.array_equal(weights["readout"], run.tensors["average.readout"])
    taught = start(spec, EVERYTHING, data="", weights=weights)
    assert np.array_equal(taught.network().layers[1].weights, run.network().layers[1].weights)
    file = AnnFile(network=run.network(), spec=spec, preset=name, epochs=2)
    save_packed(tmp_path / "packed.npz", file)
    one, of_run = load_teacher(tmp_path / "run.npz")
    other, of_packed = load_teacher(tmp_path / "packed.npz")
    assert of_run != of_packed
    x = torch.from_numpy(digits.maps[:50].transpose(0, 3, 1, 2).astype(np.float32))
    torch.testing.assert_close(one(x), other(x), rtol=1e-3, atol=1e-3)


def test_what_does_not_fit_is_refused(digits):
    with pytest.raises(ConversionError, match="give the teacher"):
        next(steps_of(begun(digits), digits, progress=False))
    with pytest.raises(ConversionError, match="do not fit"):
        start(begun(digits).spec, EVERYTHING, data="", weights={"readout": np.zeros((1, 1), "f4")})
    for wrong, words in (
        (dict(decay=2.0), "0..1"),
        (dict(warmup=60), "0..50"),
        (dict(distill=101), "0..100"),
        (dict(average=-1), "average"),
    ):
        with pytest.raises(ConversionError, match=words):
            AnnRecipe(epochs=1, **wrong)
    with pytest.raises(ConversionError, match="or 32"):
        preset("lenet-digits").spec(weight_bits=16)


@pytest.mark.parametrize(
    ("name", "augment", "most"),
    [
        ("lenet-digits", Augmentation(cutout=9), 8),
        ("lenet-digits", Augmentation(shift=8), 7),
        ("vgg-cifar10", Augmentation(cutout=25), 24),  # of the part of 24 x 24, not of the image
    ],
)
def test_changes_larger_than_the_image_are_refused(name, augment, most):
    spec = preset(name).spec(notation="2C3-P2")
    with pytest.raises(ConversionError, match=f"must be in 0..{most}$"):
        start(spec, AnnRecipe(epochs=1, augment=augment), data="")
    largest = Augmentation(**{k: most for k, given in vars(augment).items() if given})
    start(spec, AnnRecipe(epochs=1, augment=largest), data="")


def test_a_part_of_an_image_may_move_as_far_as_the_image_goes():
    spec = preset("vgg-cifar10").spec(notation="2C3-P2")
    small = replace(
        spec, stack=replace(spec.stack, in_shape=(4, 4, 3)), pixels=replace(spec.pixels, crop=4)
    )
    start(small, AnnRecipe(epochs=1, augment=Augmentation(shift=14)), data="")


@pytest.mark.slow
def test_a_compiled_graph_learns_the_same(digits):
    recipe = AnnRecipe(epochs=1, batch=50)
    plain = last_of(begun(digits, recipe), digits)
    compiled = last_of(begun(digits, recipe), digits, running=AnnRunning(compiled=True))
    assert compiled.history[0].loss == pytest.approx(plain.history[0].loss, rel=0.05)
