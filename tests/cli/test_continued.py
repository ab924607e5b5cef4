"""Commands that go on from a file learn with the error scale that its next epoch has."""

from dataclasses import replace

import pytest

import lava_intsnn.cli.continued
import lava_intsnn.verification
from lava_intsnn import data, presets, reference
from lava_intsnn.cli import main
from lava_intsnn.formats.checkpoint import save
from lava_intsnn.random_keys import epoch_order, train_keys
from lava_intsnn.recipe import Recipe
from lava_intsnn.training.training_run import EpochRecord, start

LOIHI = presets.preset("digits-snn-loihi").network()
RECIPE = Recipe(epochs=4, lr_drops=(), error_drops=(25, 50))
SAMPLES = 12


@pytest.fixture
def run_so_far():
    """Two epochs are said to be done: the error has been halved twice."""
    run = start(LOIHI, RECIPE, data="0" * 16, preset=LOIHI.name)
    for epoch in (1, 2):
        record = EpochRecord(
            epoch=epoch,
            train_accuracy=0.0,
            validation_accuracy=None,
            saturated=(0.0, 0.0),
            seconds=1.0,
        )
        run = run.after(run.state, record)
    return run


def test_a_complete_run_keeps_the_error_of_its_last_epoch(run_so_far):
    hidden, output = LOIHI.layers
    once = replace(LOIHI, layers=(replace(hidden, fb_shift=1), output))
    recipe = replace(RECIPE, epochs=1, error_drops=(50, 90))  # two drops, of which none comes
    run = start(once, recipe, data="0" * 16)
    done = run.after(run.state, run_so_far.history[0])
    assert done.complete
    assert done.current_network == once


@pytest.mark.parametrize(
    ("module", "function", "words", "learned"),
    [
        (lava_intsnn.cli.continued, "continue_both", ["run", "--learning"], lambda r: r.lava),
        (lava_intsnn.verification, "verify", ["verify"], lambda r: r.state),
    ],
)
def test_going_on_after_the_error_was_halved(
    run_so_far, tmp_path, monkeypatch, module, function, words, learned
):
    path, results, original = tmp_path / "half.npz", [], getattr(module, function)
    save(path, run_so_far)

    def observed(*args, **options):
        results.append(original(*args, **options))
        return results[0]

    monkeypatch.setattr(module, function, observed)
    assert main([*words, str(path), "--samples", str(SAMPLES)]) == 0

    digits, state = data.digits("train"), run_so_far.state
    network = replace(
        LOIHI,
        loss=replace(LOIHI.loss, alpha=16),
        layers=(replace(LOIHI.layers[0], fb_shift=2), LOIHI.layers[1]),
    )
    for k in epoch_order(0, 2, len(digits))[:SAMPLES]:
        one = slice(k, k + 1)
        state, _ = reference.train_batch(
            network, state, digits.images[one], digits.labels[one], train_keys(0, 2, [k])
        )
    assert learned(results[0]).equals(state)
    assert not state.equals(replace(run_so_far.state, updates=SAMPLES))
