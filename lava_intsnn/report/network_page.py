"""A page about one network: what it is, what it has learned, what it does and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.network.data_fit import check_data
from lava_intsnn.report import page_markup as markup
from lava_intsnn.report.network_tables import layer_rows, settings_rows, width_rows
from lava_intsnn.training.training_run import Training

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.training.evaluation import Evaluation

#: Samples whose widths and activity are measured in the reference, which is slow.
MEASURED = 16


@dataclass(frozen=True)
class _Subject:
    """What the sections read: ``network`` as it learns now, and the result on ``test``, if any."""

    training: Training
    network: Network
    test: Dataset | None
    result: Evaluation | None
    about: str
    data: str


@checks_kinds
def network_page(
    training: Training,
    *,
    test: Dataset | None = None,
    about: str = "",
    data: str = "",
    target: str = "loihi2",
    threads: int | None = None,
) -> str:
    """Return a page about a run or an untrained network, as HTML that needs no other file.

    Parameters
    ----------
    training : Training
        What :func:`lava_intsnn.load` returns, or a run that has not begun.
    test : Dataset, optional
        Samples for accuracy, confusion, raster, used widths and activity. Without them these
        sections say that they are missing.
    about, data : str
        What the network is, and the name of its data, for the description.
    target : {"loihi1", "loihi2"}
        Chip of the pre-flight.
    threads : int, optional
        Of the engine.

    Returns
    -------
    str
        HTML. Every text that comes from a file is escaped, figures are part of the page, and a
        browser loads and runs nothing for it.

    Raises
    ------
    ValueError
        If the test data do not fit the network, or there is no such target.
    """
    from lava_intsnn.loihi import limits_of
    from lava_intsnn.training.evaluation import evaluate

    limits_of(target)
    network, state = training.current_network, training.state
    result = None
    if test is not None:
        check_data(network, test)
    if test is not None and state.updates:
        result = evaluate(network, state, test, threads=threads)
    subject = _Subject(training, network, test, result, about, data)
    sections: list[tuple[str, Callable[[_Subject], str]]] = [
        ("Network", _description),
        ("Learning", _learning),
        ("One sample", _sample),
        ("Test data", _tested),
        ("Weights", _weights),
        ("Widths", _widths),
        ("Memory", _memory),
        ("Energy", _energy),
        (f"On {target}", lambda subject: _preflight(subject, target)),
    ]
    made = []
    for heading, make in sections:
        try:
            made.append((heading, make(subject)))
        except (NetworkError, _Missing) as error:
            made.append((heading, markup.paragraph(str(error), note=True)))
    return markup.document(f"{network.name} {network.precision}", made, lead=_lead(subject))


class _Missing(Exception):
    """Why a section is empty."""


def _lead(subject: _Subject) -> str:
    training = subject.training
    parts = [subject.about or "-".join(map(str, subject.network.shape))]
    if training.state.updates:
        epochs = f"{training.epoch} of {training.recipe.epochs} epochs"
        parts.append(f"{epochs} learned, {training.state.updates:,} updates")
    else:
        parts.append("untrained")
    if subject.result is not None and subject.test is not None:
        on = f"{len(subject.test):,} samples of {subject.test.name} {subject.test.split}"
        parts.append(f"{subject.result.accuracy:.2f} % of {on}")
    return "; ".join(part for part in parts if part)


def _description(subject: _Subject) -> str:
    network = subject.network
    bounds = None if network.precision.floating else network.check()
    data = subject.data or (subject.test.name if subject.test else "not known")
    settings = settings_rows(network, subject.training.recipe, bounds, data=data)
    return markup.table(settings, header=False) + markup.table(layer_rows(network))


def _learning(subject: _Subject) -> str:
    from lava_intsnn.plot import learning_curve
    from lava_intsnn.plot.plot_style import new_figure

    history = subject.training.history
    if not history:
        raise _Missing("No epoch of this network was recorded.")
    figure = new_figure(9.0, 3.2)
    left, right = figure.subplots(1, 2)
    learning_curve(history, axes=left)
    learning_curve(history, axes=right, saturation=True)
    last = history[-1]
    told = f"After epoch {last.epoch}: {last.train_accuracy:.2f} % while learning"
    if last.validation_accuracy is not None:
        told += f", {last.validation_accuracy:.2f} % of held-out samples"
    return markup.figures([(figure, "learning curve")]) + markup.paragraph(f"{told}.")


def _sample(subject: _Subject) -> str:
    from lava_intsnn.plot import raster
    from lava_intsnn.random_keys import eval_keys

    network, state, test = subject.network, subject.training.state, _test_of(subject)
    right = np.flatnonzero(subject.result.predictions == test.labels) if subject.result else [0]
    chosen = int(right[0]) if len(right) else 0
    key = eval_keys(state.seed, len(test))[chosen]
    label = int(test.labels[chosen])
    axes = raster(network, state, test.images[chosen], label=label, key=key)
    return markup.figures([(axes[0].figure, f"spikes of a sample of class {label}")])


def _tested(subject: _Subject) -> str:
    from lava_intsnn.plot import confusion

    test, result = _test_of(subject), subject.result
    if result is None:
        raise _Missing("The network is untrained, so it was not tested.")
    axes = confusion(test.labels, result.predictions, n_classes=subject.network.n_classes)
    wrong = int((result.predictions != test.labels).sum())
    told = f"{wrong:,} of {len(test):,} samples are taken for another class."
    return markup.figures([(axes.figure, "confusion matrix")]) + markup.paragraph(told)


def _weights(subject: _Subject) -> str:
    from lava_intsnn.plot import weight_fields, weights

    network, state, test = subject.network, subject.training.state, subject.test
    drawn: list[tuple[Any, str]] = [
        (weights(network, state, layer=k).figure, f"weights of layer {k}")
        for k in range(len(network.layers))
    ]
    shape = test.image_shape if test is not None and not network.graded else None
    try:
        fields = weight_fields(network, state, image_shape=shape)
        drawn.append((fields.figure, "weights as images"))
    except ValueError:  # the inputs are no image
        pass
    return markup.figures(drawn)


def _widths(subject: _Subject) -> str:
    from lava_intsnn.plot.width_plot import draw_widths
    from lava_intsnn.reference.recording import used_widths

    network, test = subject.network, subject.test
    if network.precision.floating:
        raise _Missing("fp32: every state is a float32, so no width is declared.")
    table = markup.table(width_rows(network.check()))
    if test is None:
        return table
    part = test.head(MEASURED)
    found = used_widths(network, subject.training.state, part.images, part.labels)
    told = f"Used by {len(part)} samples of {test.name} {test.split}, in the reference:"
    drawn = markup.figures([(draw_widths(found).figure, "widths used and declared")])
    return markup.paragraph(told) + drawn + table


def _memory(subject: _Subject) -> str:
    from lava_intsnn.costs.memory import memory
    from lava_intsnn.report.cost_tables import memory_sections

    return markup.from_markdown(memory_sections(memory(subject.network)))


def _energy(subject: _Subject) -> str:
    from lava_intsnn.costs.activity import full_activity, measured_activity
    from lava_intsnn.costs.energy import energy
    from lava_intsnn.costs.operations import operations
    from lava_intsnn.report.cost_tables import energy_assumptions, energy_table

    network, test = subject.network, subject.test
    if network.precision.floating:
        raise _Missing("fp32: energy is counted for integers, beside float32.")
    activity = full_activity(network)
    if test is not None:
        part = test.head(MEASURED)
        activity = measured_activity(network, subject.training.state, part)
    pair = (operations(network, activity, floating=floating) for floating in (False, True))
    text = f"{energy_table(energy(*pair))}\n\n{energy_assumptions()}\n- activity: {activity.source}"
    return markup.from_markdown(text)


def _preflight(subject: _Subject, target: str) -> str:
    from lava_intsnn.costs.activity import full_activity
    from lava_intsnn.loihi import estimate, limits_of, preflight
    from lava_intsnn.network.guarded import inference_network

    parts = []
    if subject.network.precision.floating:
        raise _Missing("fp32: chips compute in integers.")
    guarded = inference_network(replace(subject.network, batch=1))
    for network, learning in ((subject.network, True), (guarded, False)):
        report = preflight(network, target=target, learning=learning)
        parts.append(markup.preformatted(report.text()))
        if report.fits:
            cost = estimate(
                report.network,
                report.placement,
                limits=limits_of(target),
                learning=learning,
                activity=full_activity(network),
            )
            parts.append(markup.preformatted(cost.text()))
    note = (
        "Inference with neurons as Lava's model of the chip's LIF computes them, one sample at a "
        "time:"
    )
    parts.insert(len(parts) - 1 - report.fits, markup.paragraph(note))
    return "\n".join(parts)


def _test_of(subject: _Subject) -> Dataset:
    if subject.test is None:
        raise _Missing("No test data were given.")
    return subject.test
