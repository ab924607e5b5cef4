"""The estimator: scikit-learn's own checks, equality with our loop, and learning on."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import lava_intsnn as ls
from lava_intsnn.data import Dataset

PLACE = "the rate code draws a sample's random bits by its place in X, as ls.evaluate does"
#: Checks of scikit-learn that are not met, each with the reason.
EXPECTED_FAILURES = {
    "check_methods_subset_invariance": PLACE,
    "check_methods_sample_order_invariance": PLACE,
}


@parametrize_with_checks(
    [ls.IntSNNClassifier(hidden=(16,), epochs=10, batch=8, scale="feature", threads=1)],
    expected_failed_checks=lambda _: EXPECTED_FAILURES,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:600], y[:600]


def as_data(X, y):
    """Return samples with values in 0..16 as a data set."""
    return Dataset(
        name="X",
        images=np.round(X * 255 / 16).astype(np.uint8),
        labels=y.astype(np.int32),
        n_classes=10,
        image_shape=(1, 64),
        split="train",
    )


def test_cross_validation_in_a_pipeline_equals_our_own_loop(digits):
    X, y = digits
    folds = StratifiedKFold(3)
    pipeline = make_pipeline(
        MinMaxScaler((0, 16)), ls.IntSNNClassifier(hidden=(40,), epochs=3, scale=(0, 16))
    )
    ours = []
    for t, v in folds.split(X, y):
        scaler = MinMaxScaler((0, 16)).fit(X[t])
        known, held_out = (
            as_data(np.clip(scaler.transform(X[part]), 0, 16), y[part]) for part in (t, v)
        )
        network = ls.networks.dense((64, 40, 10), data=known)
        state = ls.train(network, known, epochs=3, progress=False)
        ours.append(ls.evaluate(network, state, held_out).accuracy / 100)
    assert cross_val_score(pipeline, X, y, cv=folds).tolist() == pytest.approx(ours, abs=1e-12)


@pytest.mark.slow
def test_two_processes_score_as_one(digits):
    X, y = digits
    found = [
        cross_val_score(ls.IntSNNClassifier(hidden=(20,), epochs=1), X, y, cv=2, n_jobs=n)
        for n in (1, 2)
    ]
    np.testing.assert_array_equal(*found)


def test_a_grid_search_finds_the_better_of_two(digits):
    X, y = digits
    search = GridSearchCV(ls.IntSNNClassifier(epochs=2), {"hidden": [1, 50]}, cv=2)
    assert search.fit(X, y).best_params_ == {"hidden": 50}


def test_labels_of_any_type_come_back(digits):
    X, y = digits
    names = np.array([f"digit {k}" for k in range(10)])
    fitted = ls.IntSNNClassifier(epochs=2).fit(X, names[y])
    assert set(fitted.predict(X)) <= set(names)
    numbers = ls.IntSNNClassifier(epochs=2).fit(X, y * 7 - 3)
    np.testing.assert_array_equal(names[(numbers.predict(X) + 3) // 7], fitted.predict(X))


def test_scores_rank_as_predictions_do(digits):
    X, y = digits
    fitted = ls.IntSNNClassifier(epochs=1).fit(X, y)
    predicted = fitted.predict(X)
    np.testing.assert_array_equal(fitted.decision_function(X).argmax(axis=1), predicted)
    shares = fitted.predict_proba(X)
    np.testing.assert_array_equal(shares.argmax(axis=1), predicted)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    counts = ls.evaluate(fitted.network_, fitted.state_, as_data(X, y)).counts
    np.testing.assert_array_equal(np.floor(fitted.decision_function(X)), counts)


def test_a_stream_in_pieces_is_one_stream(digits):
    X, y = digits
    whole, pieces = (ls.IntSNNClassifier(batch=16, scale=(0, 16)) for _ in range(2))
    pieces.network = whole.network = ls.networks.dense((64, 30, 10), batch=16)
    whole.partial_fit(X[:320], y[:320], classes=range(10))
    pieces.partial_fit(X[:96], y[:96], classes=range(10))
    pieces = pickle.loads(pickle.dumps(pieces))  # noqa: S301
    pieces.partial_fit(X[96:320], y[96:320])
    assert whole.state_.equals(pieces.state_)
    assert whole.state_.updates == 20


def test_learning_on_keeps_what_fit_has_learned(digits):
    X, y = digits
    fitted = ls.IntSNNClassifier(epochs=20).fit(X, y)
    began = fitted.score(X, y)
    scores = [fitted.partial_fit(X, y).score(X, y) for _ in range(3)]
    assert began > 0.97
    assert min(scores) > began - 0.01


def test_a_fit_begins_anew_and_a_clone_knows_nothing(digits):
    X, y = digits
    fitted = ls.IntSNNClassifier(epochs=1).fit(X, y)
    first = fitted.state_
    assert fitted.partial_fit(X, y).fit(X, y).state_.equals(first)
    with pytest.raises(NotFittedError):
        clone(fitted).predict(X)


def test_a_given_network_has_an_output_for_each_class_and_no_other(digits):
    X, y = digits
    five = ls.IntSNNClassifier(network=ls.presets.digits_snn(), epochs=1)
    with pytest.raises(ValueError, match="5 classes, network 'digits-snn' 10 outputs: make the la"):
        five.fit(X[y < 5], y[y < 5])
    with pytest.raises(ValueError, match="takes 64: give it samples of 64 values"):
        five.fit(X[:, :9], y)
    five.partial_fit(X[y < 5], y[y < 5], classes=range(10))
    assert five.predict_proba(X).shape == (600, 10)


def test_convolutions_need_the_shape_of_an_image(digits):
    X, y = digits
    with pytest.raises(ValueError, match="filters without image_shape"):
        ls.IntSNNClassifier(filters=("4x3",)).fit(X, y)
    options = {"filters": ("4x3",), "image_shape": (8, 8), "hidden": (), "epochs": 1}
    fitted = ls.IntSNNClassifier(**options).fit(X, y)
    assert fitted.network_.shape == (64, 144, 10)


@pytest.mark.parametrize(
    "scale",
    [
        "range", (1, 1), (2, 1), (0, "1"), 5, (0, np.inf), (-np.inf, 1), (np.nan, 1), (False, True),
        (-1.7e308, 1.7e308), (0, 1e-310), (0, 10**400), (0, 1, 2), np.array([2, 1]),
    ],
)  # fmt: skip
def test_scales_that_make_no_sense_are_refused(digits, scale):
    with pytest.raises(ValueError, match=r"scale = .* must be 'data', 'feature' or two finite num"):
        ls.IntSNNClassifier(scale=scale).fit(*digits)


@pytest.mark.parametrize("scale", ["data", "feature"])
def test_samples_that_span_more_than_a_float_are_refused(scale):
    X = np.array([[-1.7e308, 0.0], [1.7e308, 1.0]])
    with pytest.raises(ValueError, match=r"X reaches from -1.7e\+308 to 1.7e\+308, too far"):
        ls.IntSNNClassifier(scale=scale).fit(X, [0, 1])


def test_parameters_may_be_numpys(digits):
    X, y = digits
    plain = {"hidden": (16,), "filters": ("4x3",), "image_shape": (8, 8), "scale": (0, 16)}
    arrays = {name: np.array(value) for name, value in plain.items()}
    fitted = [ls.IntSNNClassifier(epochs=1, **given).fit(X, y) for given in (plain, arrays)]
    assert fitted[0].network_ == fitted[1].network_
    assert fitted[0].state_.equals(fitted[1].state_)
    numbers = {"hidden": 16, "epochs": 1, "steps": 10, "batch": 16, "random_state": 3, "threads": 1}
    fitted = [
        ls.IntSNNClassifier(**{name: kind(n) for name, n in numbers.items()}).fit(X, y)
        for kind in (int, np.int64)
    ]
    assert fitted[0].state_.equals(fitted[1].state_)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hidden": "16"}, "hidden = '16': give sizes"),
        ({"hidden": 16.5}, "hidden = 16.5: give sizes"),
        ({"filters": "4x3", "image_shape": (8, 8)}, "filters = '4x3': name .* in a list"),
        ({"image_shape": "88"}, "image_shape = '88': must be"),
        ({"image_shape": (7, 8)}, r"image_shape \(7, 8\)"),
    ],
)
def test_parameters_without_a_meaning_are_refused(digits, given, message):
    with pytest.raises(ValueError, match=message):
        ls.IntSNNClassifier(**given).fit(*digits)


def test_scales_by_hand():
    X = np.array([[0.0, -10.0], [1.0, 30.0], [0.5, 10.0]])
    fitted = {
        scale: ls.IntSNNClassifier(hidden=(), epochs=1, scale=scale).fit(X, [0, 1, 1])
        for scale in ("data", "feature", (0, 2))
    }
    inside = {scale: clf._scale.bytes_of(X).tolist() for scale, clf in fitted.items()}
    assert inside["data"] == [[64, 0], [70, 255], [67, 128]]
    assert inside["feature"] == [[0, 0, 255, 255], [255, 255, 0, 0], [128, 128, 127, 127]]
    assert inside[0, 2] == [[0, 0], [128, 255], [64, 255]]
    beyond = np.array([[-5.0, 99.0]])
    assert fitted["feature"]._scale.bytes_of(beyond).tolist() == [[0, 255, 255, 0]]


def test_bytes_stay_bytes():
    X = np.array([[7, 9], [200, 3]], np.uint8)
    fitted = ls.IntSNNClassifier(hidden=(), epochs=1).fit(X, [0, 1])
    np.testing.assert_array_equal(fitted._scale.bytes_of(X), X)
    # numbers of another type would be stretched to the whole range
    np.testing.assert_array_equal(fitted._scale.bytes_of(X.astype(float)), X)


@pytest.mark.parametrize("value", [0.5, 7.0, -3.0, 0.0])
@pytest.mark.parametrize("learn", ["fit", "partial_fit"])
def test_data_of_one_value_are_told_with_that_value(value, learn):
    classes = {"classes": [0, 1]} if learn == "partial_fit" else {}
    said = rf"scale = 'data': every value of X is {value:g}, .*scale=\(low, high\)"
    with pytest.raises(ValueError, match=said):
        getattr(ls.IntSNNClassifier(epochs=1), learn)(
            np.full((20, 8), value), [0, 1] * 10, **classes
        )
