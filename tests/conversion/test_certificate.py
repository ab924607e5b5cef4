"""The certificate: nothing to report on exact conversions, everything on others."""

import json
from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from random_conversion import quantised_networks

from lava_intsnn.conversion.certificate import SHOWN, certify
from lava_intsnn.conversion.converter import convert
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.quantised import QuantisedLayer, QuantisedNetwork


def chain(*, gamma, channels=1, readout=((1,), (-1,))):
    """A 1x1 image whose byte, up to 4, the encoder counts, and a layer round(gamma * 3 * count)."""

    def layer(weights, gamma, **changes):
        n = len(weights)
        fields = {"beta": np.zeros(n), "mean": np.zeros(n), "var": np.ones(n), "eps": 0.0}
        return QuantisedLayer(weights, unit=1.0, gamma=np.full(n, gamma), **fields | changes)

    return QuantisedNetwork(
        name="chain",
        in_shape=(1, 1, 1),
        pixels=Pixels(),
        layers=(
            layer(np.ones((1, 1, 1, 1), np.int8), 1.0, max_count=4),
            layer(np.full((channels, 1, 1, 1), 3, np.int8), gamma),
        ),
        readout=np.array(readout, dtype=np.int8),
    )


def image(*values):
    return np.array(values, dtype=np.uint8).reshape(-1, 1, 1, 1)


def moved(network, layer, channel, level, by):
    """The network with one threshold elsewhere."""
    thresholds = network.layers[layer].thresholds.copy()
    thresholds[channel, level - 1] += by
    layers = list(network.layers)
    layers[layer] = replace(layers[layer], thresholds=thresholds)
    return replace(network, layers=tuple(layers))


@family(200, quick=6)
@given(quantised_networks(), st.integers(1, 3))
def test_exact_conversions_are_certified(case, batch):
    ann, images = case
    found = certify(ann, convert(ann, levels=256), images, batch=batch)
    assert found.ok, found.text()
    assert found.images == len(images)
    for index, (row, counts) in enumerate(zip(found.layers, ann.counts(images))):
        assert (row.layer, row.neurons, row.largest) == (index, counts.size, counts.max())
        assert (row.mismatches, row.share, row.beyond, row.first) == (0, 0, 0, ())
    assert found.predictions == found.logits == found.unsettled == 0
    assert "are equal on" in found.text()


def test_a_threshold_elsewhere_is_found_where_it_matters():
    """Counts 0, 3, 6, 9, 12: only a byte of 2 reaches level 6 exactly."""
    ann = chain(gamma=1.0)
    network = moved(convert(ann, levels=16), 1, 0, 6, 1)
    found = certify(ann, network, image(0, 1, 2, 3, 4, 2), batch=4)
    assert not found.ok
    encoder, row = found.layers
    assert encoder.mismatches == 0
    assert (row.neurons, row.mismatches, row.share) == (6, 2, 1 / 3)
    assert [(m.image, m.y, m.x, m.channel, m.ann, m.snn) for m in row.first] == [
        (2, 0, 0, 0, 6, 5),
        (5, 0, 0, 0, 6, 5),
    ]
    assert (found.predictions, found.logits) == (0, 2)
    assert certify(ann, network, image(0, 1, 3, 4)).ok
    text = found.text()
    assert "NOT equal on 6 images" in text
    assert (
        "layer 1, image 5, y 0, x 0, channel 0: 6 in the quantised network, 5 in the spiking one"
        in text
    )


def test_classes_that_differ_are_counted():
    ann = chain(gamma=1.0)
    network = convert(ann, levels=16)
    turned = replace(network, readout=network.readout[::-1].copy())
    found = certify(ann, turned, image(0, 1, 2))
    assert not found.ok
    assert all(row.mismatches == 0 for row in found.layers)
    # with no spike at all every logit is zero
    assert (found.predictions, found.logits) == (2, 2)
    assert "classes that differ: 2; images with other logits: 2" in found.text()


def test_counts_beyond_the_table_are_a_finding_of_their_own():
    ann = chain(gamma=1.0)
    found = certify(ann, convert(ann, levels=8), image(2, 3, 4))
    row = found.layers[1]
    assert (row.mismatches, row.beyond, row.largest, row.levels) == (2, 2, 12, 8)
    assert [(m.ann, m.snn) for m in row.first] == [(9, 8), (12, 8)]
    assert "layer 1: 2 counts are above its 8 levels: convert with more levels, at least 12" in (
        found.text()
    )


def test_too_few_steps_are_said():
    ann = chain(gamma=1.0)
    network = convert(ann, levels=16)
    found = certify(ann, network, image(4), steps=5)
    assert not found.ok
    assert found.unsettled == 1
    assert found.layers[1].first[0].snn == 5
    assert "1 images still spiked in the last step: run more steps" in found.text()
    settled = certify(ann, network, image(1, 4))
    # 12 spikes, one a step
    assert (settled.ok, settled.settled_at, settled.unsettled) == (True, 12, 0)
    with pytest.raises(ConversionError, match="steps = 17"):
        certify(ann, network, image(1), steps=17)


def test_counts_that_would_still_change_are_not_certified():
    """Theta_13 is 12 instead of 13: after 12 steps the count is the ANN's 12, then it is 13."""
    ann = chain(gamma=1.0)
    wrong = moved(convert(ann, levels=16), 1, 0, 13, -1)
    assert [m.snn for m in certify(ann, wrong, image(4)).layers[1].first] == [13]
    found = certify(ann, wrong, image(4, 0), steps=12)
    assert [row.mismatches for row in found.layers] == [0, 0]
    assert (found.predictions, found.logits, found.unsettled) == (0, 0, 1)
    assert not found.ok
    assert "NOT equal" not in found.text()
    assert "equal so far" in found.text()


def test_few_mismatches_are_kept_of_many():
    ann = chain(gamma=1.0, channels=50, readout=np.ones((2, 50)))
    network = convert(ann, levels=16)
    for channel in range(50):
        network = moved(network, 1, channel, 6, 1)
    row = certify(ann, network, image(2, 2), batch=1).layers[1]
    assert row.mismatches == 100
    assert [m.channel for m in row.first] == list(range(SHOWN))


def test_their_rounding_is_not_certified():
    """y = 0.3 v: at v = 6, 12 the authors' thresholds 2, 5.33, 8.67, 12 are met too late."""
    ann = chain(gamma=0.3)
    images = image(0, 1, 2, 3, 4)
    assert certify(ann, convert(ann), images).ok
    assert certify(ann, convert(ann, thresholds="compact"), images).ok
    assert ann.counts(images)[1].ravel().tolist() == [0, 1, 2, 3, 4]
    wrong = chain(gamma=0.28)
    assert wrong.counts(images)[1].ravel().tolist() == [0, 1, 2, 3, 3]
    found = certify(wrong, convert(wrong, thresholds="use-int"), images)
    # theta_1 = 1.79 is rounded to 2: theta_3 = 9.14 instead of 8.93
    assert [(m.image, m.ann, m.snn) for m in found.layers[1].first] == [(3, 3, 2)]


def test_json_has_everything():
    ann = chain(gamma=1.0)
    found = certify(ann, moved(convert(ann, levels=16), 1, 0, 6, 1), image(2))
    read = json.loads(json.dumps(found.to_dict()))
    assert read["ok"] is False
    assert read["layers"][1]["mismatches"] == 1
    assert read["layers"][1]["first"][0]["snn"] == 5


def test_progress_is_reported():
    seen = []
    ann = chain(gamma=1.0)
    certify(ann, convert(ann), image(*range(5)), batch=2, progress=lambda *done: seen.append(done))
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_what_cannot_be_compared_is_refused():
    ann = chain(gamma=1.0)
    other = chain(gamma=1.0, channels=2, readout=np.ones((2, 2)))
    with pytest.raises(ConversionError, match="cannot be compared: give the spiking network that"):
        certify(ann, convert(other), image(1))
    with pytest.raises(ConversionError, match="0 images in batches of 200"):
        certify(ann, convert(ann), image())
    with pytest.raises(ConversionError, match="1 images in batches of 0"):
        certify(ann, convert(ann), image(1), batch=0)
