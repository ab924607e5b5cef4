"""A search on folds: the mean decides, hopeless trials stop, and nothing depends on the jobs."""

from dataclasses import replace

import pytest

from lava_intsnn import data, presets
from lava_intsnn.augmenting import Augment
from lava_intsnn.data import DataError
from lava_intsnn.recipe import Recipe
from lava_intsnn.search import SearchError, Task, apply, recipe_space_of, search, select, space_of
from lava_intsnn.search.recipe_space import with_values
from lava_intsnn.search.trial import run_trial
from lava_intsnn.search.trial_blocks import BLOCK, blocks_of
from lava_intsnn.training.epochs import epochs_of
from lava_intsnn.training.training_run import start

optuna = pytest.importorskip("optuna", reason="optuna is not installed (extra: search)")

DIGITS = data.digits("train").head(150)
TASK = Task(network=presets.digits_snn(), recipe=Recipe(epochs=2), train=DIGITS, folds=3, seed=4)
#: From about 6e6 on thresholds are refused; high ones learn little, and are stopped.
SPACE = select(
    space_of(TASK.network),
    only=["hidden.vth", "output.lr_shift"],
    ranges={"hidden.vth": (100, 1 << 27)},
)
TRIALS = BLOCK + 4
MARGIN = 1.5


def results(found):
    """Everything but the time it took."""
    return [replace(outcome, seconds=0.0) for outcome in found.outcomes]


@pytest.fixture(scope="module")
def whole():
    """Every trial in full."""
    return search(TASK, SPACE, trials=TRIALS, margin=100)


@pytest.fixture(scope="module")
def pruned():
    return search(TASK, SPACE, trials=TRIALS, margin=MARGIN)


def test_a_trial_trains_a_network_for_each_fold_and_counts_their_mean(whole):
    outcome = whole.ranked[1]
    network = apply(TASK.network, outcome.values)
    figures = []
    for train, held in DIGITS.folds(3, seed=4):
        run = start(network, TASK.recipe, data=train.fingerprint(), seed=4)
        *_, run = epochs_of(run, train, validation=held, progress=False)
        figures.append(tuple(record.validation_accuracy for record in run.history))
    assert outcome.folds == tuple(figures)
    assert outcome.history == tuple(sum(epoch) / 3 for epoch in zip(*figures))
    assert outcome.accuracy == outcome.history[-1]


def test_trials_stop_where_the_full_figures_say(whole, pruned):
    """The rule once more, on what every trial would have reached."""
    full = {o.index: o.last_of_folds for o in whole.outcomes if not o.reason}
    assert not any(o.stopped for o in whole.outcomes)
    mean = {k: sum(figures) / 3 for k, figures in full.items()}
    ran = {}
    for k, figures in full.items():
        first = 0 if k == 0 else 1 + BLOCK * ((k - 1) // BLOCK)
        earlier = [i for i in full if i < first and ran[i] == 3]
        ran[k] = 3
        if earlier:
            best = full[min(earlier, key=lambda i: (-mean[i], i))]
            low = [n for n in (1, 2) if sum(figures[:n]) / n < sum(best[:n]) / n - MARGIN]
            ran[k] = min(low, default=3)
    found = {o.index: len(o.folds) for o in pruned.outcomes if o.folds}
    assert found == ran
    assert {1, 3} <= set(ran.values())
    for outcome in pruned.outcomes:
        if outcome.folds:
            assert outcome.last_of_folds == full[outcome.index][: len(outcome.folds)]
            assert outcome.stopped == (len(outcome.folds) < 3) == (outcome.accuracy is None)
    stopped = next(o for o in pruned.outcomes if o.stopped)
    assert stopped.reason.startswith(f"stopped after fold {len(stopped.folds)} of 3: ")


@pytest.mark.slow
def test_neither_jobs_nor_interruptions_change_a_result(pruned, tmp_path):
    file = tmp_path / "s.db"
    options = dict(margin=MARGIN, storage=file)
    seen = []

    def stop(outcome, done):
        seen.append(outcome.index)
        if len(done) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(TASK, SPACE, trials=TRIALS, jobs=2, on_trial=stop, **options)
    search(TASK, SPACE, trials=6, **options)
    parts = search(TASK, SPACE, trials=TRIALS, **options)
    assert results(parts) == results(pruned)
    again = search(TASK, SPACE, trials=TRIALS, on_trial=pytest.fail, **options)
    assert results(again) == results(pruned)  # with the folds of every trial
    with pytest.raises(SearchError, match=r"margin 1.5 \(now 3.0\)"):
        search(TASK, SPACE, trials=1, margin=3.0, storage=file)


def test_blocks_do_not_depend_on_how_many_trials_there_are():
    assert blocks_of(range(12), compared=True) == [[0], [*range(1, 9)], [9, 10, 11]]
    assert blocks_of([11, 3, 0], compared=True) == [[0], [3], [11]]
    assert blocks_of(range(3), compared=False) == [[0, 1, 2]]


def test_the_picture_shows_stopped_trials(pruned):
    from lava_intsnn.search.search_figure import figure_of

    panel = figure_of(pruned).get_axes()[0]
    trained, refused, stopped = panel.collections[:3]
    counts = [len(marks.get_offsets()) for marks in (trained, refused, stopped)]
    assert counts[0] == len(pruned.ranked)
    assert counts[2] == sum(o.stopped for o in pruned.outcomes) > 0
    assert sum(counts) == TRIALS


def test_augmentation_is_searched_like_a_constant():
    task = replace(TASK, recipe=Recipe(epochs=1, augment=3), folds=2)
    space = {p.name: p for p in recipe_space_of(task.recipe, task.network)}
    assert list(space) == [
        *("augment.shift", "augment.channel_mask", "augment.mix", "augment.turn", "augment.cutout")
    ]
    assert space["augment.cutout"].high == 4  # half of the 8 rows
    assert (space["augment.shift"].default, space["augment.shift"].high) == (3, 8)
    spoken = recipe_space_of(task.recipe, presets.preset("fsdd-snn").network())
    assert not {"augment.turn", "augment.cutout"} & {p.name for p in spoken}
    values = {"augment.shift": 1, "augment.mix": 40, "augment.turn": 9, "augment.cutout": 2}
    recipe = with_values(task.recipe, values)
    assert recipe == Recipe(epochs=1, augment=Augment(shift=1, mix=40, turn=9, cutout=2))
    by_hand = run_trial(replace(task, recipe=recipe), 5, {})
    found = run_trial(task, 5, values)
    assert found.folds == by_hand.folds
    assert found.folds != run_trial(task, 5, {}).folds
    refused = run_trial(task, 5, {"augment.mix": 101})
    assert "mix = 101" in refused.reason


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"folds": 0}, SearchError, "folds = 0 and validation = None: give one of them"),
        ({"validation": DIGITS}, SearchError, "folds = 3 and validation = Dataset"),
        ({"folds": 151}, DataError, "151 folds of digits"),
        ({"by": "speakers"}, DataError, "names no speakers"),
        ({"by": "classes"}, SearchError, "by = 'classes': must be one of speakers, samples"),
        ({"folds": 0, "validation": DIGITS, "by": "samples"}, SearchError, "without folds"),
    ],
)
def test_tasks_that_cannot_be_compared_are_refused(change, error, said):
    with pytest.raises(error, match=said):
        replace(TASK, **change)


def test_a_margin_out_of_range_is_refused():
    with pytest.raises(SearchError, match=r"margin -1.5: must be in 0\.\.100"):
        search(TASK, SPACE, trials=1, margin=-1.5)
