"""The search: the same trials in any order, in any number of processes, in any number of calls."""

import sqlite3
from dataclasses import replace

import pytest

from lava_intsnn import data, presets
from lava_intsnn.network import Network
from lava_intsnn.recipe import Recipe
from lava_intsnn.search import SearchError, Task, apply, search, select, space_of
from lava_intsnn.search.study import importances, opened
from lava_intsnn.training.epochs import epochs_of
from lava_intsnn.training.training_run import start

optuna = pytest.importorskip("optuna", reason="optuna is not installed (extra: search)")

TRAIN, VALIDATION = data.digits("train").head(300).split_validation(100)
TASK = Task(
    network=presets.digits_snn(),
    recipe=Recipe(epochs=2),
    train=TRAIN,
    validation=VALIDATION,
    seed=4,
)
#: Thresholds from about 6e6 on leave the potential's width, so that some trials are refused.
SPACE = select(
    space_of(TASK.network),
    only=["hidden.vth", "output.lr_shift", "weight_decay_shift", "alpha"],
    ranges={"hidden.vth": (100, 1 << 29)},
)
TRIALS = 12


def results(found):
    """Everything but the time it took."""
    return [replace(outcome, seconds=0.0) for outcome in found.outcomes]


@pytest.fixture(scope="module")
def whole():
    return search(TASK, SPACE, trials=TRIALS)


def test_a_trial_is_a_training_run_with_its_values(whole):
    outcome = whole.ranked[1]
    network = apply(TASK.network, outcome.values)
    run = start(network, TASK.recipe, data=TRAIN.fingerprint(), seed=4)
    *_, run = epochs_of(run, TRAIN, validation=VALIDATION, progress=False)
    assert outcome.history == tuple(record.validation_accuracy for record in run.history)
    assert outcome.accuracy == outcome.history[-1]
    assert outcome.train_accuracy == run.history[-1].train_accuracy


def test_refused_networks_count_and_say_why(whole):
    assert [o.index for o in whole.outcomes] == list(range(TRIALS))
    refused = [o for o in whole.outcomes if o.accuracy is None]
    assert 0 < len(refused) < TRIALS
    for outcome in refused:
        assert outcome.values["hidden.vth"] > 1 << 22
        assert f"vth = {outcome.values['hidden.vth']} with v_bits = 24" in outcome.reason
    assert all(not o.reason for o in whole.outcomes if o not in refused)


def test_the_best_is_the_best(whole):
    accuracies = [o.accuracy for o in whole.outcomes if o.accuracy is not None]
    assert whole.best.accuracy == max(accuracies)
    assert whole.network == apply(TASK.network, whole.best.values)
    assert Network.from_json(whole.network.to_json()) == whole.network


def test_two_jobs_find_what_one_finds(whole, tmp_path):
    found = search(TASK, SPACE, trials=TRIALS, jobs=2, storage=tmp_path / "s.db")
    assert results(found) == results(whole)
    again = search(TASK, SPACE, trials=TRIALS, storage=tmp_path / "s.db", on_trial=pytest.fail)
    assert results(again) == results(whole)
    fewer = search(TASK, SPACE, trials=5, storage=tmp_path / "s.db", on_trial=pytest.fail)
    assert results(fewer) == results(whole)[:5]


class Stop(Exception):
    pass


def stop_after(n):
    """Return a callback that fails at the ``n``-th trial."""

    def callback(outcome, done):
        if len(done) == n:
            raise Stop

    return callback


@pytest.mark.parametrize("sampler", ["quasi", "random", "tpe"])
def test_a_search_in_three_parts_is_one_search(sampler, tmp_path):
    options = dict(sampler=sampler, trials=14)
    one = search(TASK, SPACE, **options)
    file = tmp_path / "s.db"
    with pytest.raises(Stop):
        search(TASK, SPACE, **options, storage=file, on_trial=stop_after(3))
    search(TASK, SPACE, sampler=sampler, trials=8, storage=file)
    parts = search(TASK, SPACE, **options, storage=file)
    assert results(parts) == results(one)
    study = optuna.load_study(study_name="digits-snn-16-8", storage=f"sqlite:///{file}")
    states = [trial.state.name for trial in study.trials]
    assert len(states) == 14
    assert states.count("PRUNED") == sum(o.accuracy is None for o in one.outcomes) > 0
    assert states.count("COMPLETE") == 14 - states.count("PRUNED")
    assert study.best_value == one.best.accuracy


def test_equal_values_are_trained_once(tmp_path, monkeypatch):
    import lava_intsnn.search.search_run as module

    ran = []
    real = module.run_trial
    monkeypatch.setattr(
        module, "run_trial", lambda task, k, v, **o: ran.append(k) or real(task, k, v, **o)
    )
    space = select(space_of(TASK.network), only=["hidden.decay_shift"])
    file = tmp_path / "s.db"
    found = search(TASK, space, trials=9, storage=file)
    assert len(ran) == 4
    by_value = {}
    for outcome in found.outcomes:
        value = outcome.values["hidden.decay_shift"]
        assert by_value.setdefault(value, outcome.history) == outcome.history
    assert len(search(TASK, space, trials=12, storage=file).outcomes) == 12
    assert len(ran) == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 5}, "seed 4 \\(now 5\\)"),
        ({"recipe": Recipe(epochs=3)}, "epochs 2 \\(now 3\\)"),
        ({"network": presets.digits_snn(precision="16-4")}, "precision 16-8 \\(now 16-4\\)"),
        ({"network": replace(TASK.network, tie_break=False)}, "constants "),
        ({"train": TRAIN.head(150)}, "training samples 200 \\(now 150\\)"),
        ({"validation": VALIDATION.head(50)}, "validation samples 100 \\(now 50\\)"),
    ],
)
def test_a_study_of_something_else_is_refused(kept, change, said):
    with pytest.raises(SearchError, match=f"study 'same' in .* was made with {said}"):
        search(replace(TASK, **change), SPACE, trials=1, storage=kept, study="same")
    search(TASK, SPACE, trials=1, storage=kept, study="same", on_trial=pytest.fail)


def test_another_space_or_sampler_is_refused(kept):
    options = dict(trials=1, storage=kept, study="same")
    with pytest.raises(SearchError, match="sampler quasi \\(now random\\)"):
        search(TASK, SPACE, sampler="random", **options)
    with pytest.raises(SearchError, match="space .*another --study or --storage"):
        search(TASK, SPACE[:1], **options)
    assert len(search(TASK, SPACE[:1], trials=1, storage=kept, study="other").outcomes) == 1


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    file = tmp_path_factory.mktemp("study") / "s.db"
    search(TASK, SPACE, trials=1, storage=file, study="same")
    return file


def test_storages_that_cannot_be_used(tmp_path):
    (tmp_path / "text.db").write_text("no database" * 100)
    url = f"sqlite:///{tmp_path}/foreign.db"
    optuna.create_study(storage=url, study_name="x").optimize(lambda trial: 1.0, n_trials=1)
    for storage, said in [
        (tmp_path / "text.db", "cannot be used: .*not a database"),
        (tmp_path / "missing" / "s.db", "there is no folder"),
        (tmp_path, "is a folder"),
        (url, "was not made by a sweep"),
        ("nonsense://host/x", "cannot be used"),
    ]:
        with pytest.raises(SearchError, match=said):
            search(TASK, SPACE, trials=1, storage=storage, study="x")


def test_one_search_at_a_time_in_a_file(tmp_path):
    file = tmp_path / "s.db"
    with (
        opened(file, "one", {}, SPACE),
        pytest.raises(SearchError, match="another sweep is at work"),
    ):
        search(TASK, SPACE, trials=1, storage=file)
    assert len(search(TASK, SPACE, trials=1, storage=file).outcomes) == 1


def test_a_worker_that_dies_ends_the_search_and_costs_no_finished_trial(whole, tmp_path):
    # unpickling a data set of this class fails, so that no worker gets to work
    broken = replace(TASK, train=Poison(**vars(TRAIN)))
    file = tmp_path / "s.db"
    search(TASK, SPACE, trials=2, storage=file)
    with pytest.raises(SearchError, match="a worker process died"):
        search(broken, SPACE, trials=TRIALS, jobs=2, storage=file)
    with sqlite3.connect(file) as database:
        assert database.execute("select count(*) from trials").fetchone() == (2,)


class Poison(data.Dataset):
    def __reduce__(self):
        return exit, (1,)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sampler": "grid"}, "must be quasi, random, tpe"),
        ({"sampler": "tpe", "jobs": 2}, "waits for all earlier ones"),
        ({"trials": 0}, "at least 1"),
        ({"jobs": 0}, "at least 1"),
        ({"space": ()}, "the space is empty"),
    ],
)
def test_options_that_do_not_go_together(options, said):
    given = {"space": SPACE, "trials": 1, **options}
    with pytest.raises(SearchError, match=said):
        search(TASK, **given)


def test_if_all_networks_are_refused_it_says_so():
    space = select(
        space_of(TASK.network), only=["output.vth"], ranges={"output.vth": (1 << 27, 1 << 29)}
    )
    found = search(TASK, space, trials=3)
    with pytest.raises(SearchError, match="all 3 networks were refused, the first because vth"):
        _ = found.best


def test_importance_finds_the_parameter_that_matters(whole):
    shares = importances(SPACE, whole.outcomes)
    done = [o for o in whole.outcomes if o.accuracy is not None]
    if len(done) < 10:
        assert shares == {}
    made_up = [
        replace(
            done[0], index=k, values={**o.values, "alpha": 32 << (k % 5)}, accuracy=float(k % 5)
        )
        for k, o in enumerate([*done, *done, *done])
    ]
    shares = importances(SPACE, made_up)
    assert next(iter(shares)) == "alpha"
    assert shares["alpha"] > 0.8


def test_the_picture_shows_every_trial_in_every_panel(whole, tmp_path):
    from lava_intsnn.plot.plot_style import save
    from lava_intsnn.search.search_figure import figure_of

    figure = figure_of(whole, importance={"alpha": 0.5})
    panels = figure.get_axes()
    assert len(panels) == len(SPACE)
    for axes, parameter in zip(panels, SPACE):
        assert axes.get_title(loc="left").startswith(parameter.name)
        trained, refused = axes.collections[:2]
        assert sorted(trained.get_offsets()[:, 1]) == sorted(
            o.accuracy for o in whole.outcomes if o.accuracy is not None
        )
        assert len(refused.get_offsets()) == sum(o.accuracy is None for o in whole.outcomes)
    assert panels[-1].get_title(loc="left") == "alpha   50 %"
    save(figure, tmp_path / "p.png", dpi=40)
    assert (tmp_path / "p.png").stat().st_size > 5000
