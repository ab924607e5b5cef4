"""The accuracy part of ``lava-intsnn report``."""

from __future__ import annotations

import argparse
import dataclasses

from lava_intsnn.cli.console import Console, Interrupted
from lava_intsnn.cli.samples import samples
from lava_intsnn.cli.subject import anew
from lava_intsnn.presets import PRESETS


def report_accuracy(console: Console, args: argparse.Namespace) -> None:
    """Train a grid of networks over seeds and print their accuracies beside the paper's."""
    from lava_intsnn.data.editions import edition
    from lava_intsnn.report.accuracy import run_grid
    from lava_intsnn.report.accuracy_tables import as_data, document
    from lava_intsnn.report.grid import TABLE_OF, cell_of, cells
    from lava_intsnn.storage.atomic import write_bytes

    training = anew(args)
    name = training.network.name
    table = args.table or TABLE_OF.get(name)
    if args.subject in PRESETS:
        precisions = tuple(args.precisions.split(",")) if args.precisions else None
        chosen_cells = cells(name, table=table, precisions=precisions)
    else:
        for option in ("table", "precisions"):
            if getattr(args, option):
                raise ValueError(
                    f"--{option}: only a preset has constants for every precision, and "
                    f"{args.subject} is none; leave it out"
                )
        table, chosen_cells = None, [cell_of(training.network, training.recipe)]
    train = samples(args, training, "train", limit=args.limit)
    names = train.classes or ()
    test = samples(args, dataclasses.replace(training, classes=names), "test")
    try:
        found = run_grid(
            chosen_cells,
            train,
            test,
            seeds=range(args.seeds or 3),
            epochs=args.epochs,
            folder=args.resume,
            threads=args.threads,
            progress=not args.quiet,
            say=console.say,
            own_data=train.name if args.data else "",
        )
    except KeyboardInterrupt:
        kept = f"the runs so far are in {args.resume}; the same command resumes them"
        lost = "nothing was saved; with --resume DIR every run is"
        raise Interrupted(kept if args.resume else lost) from None
    title = f"{name}: accuracy over {len(found.seeds)} seeds on {edition(test)}"
    text = document(found, table, title=title)
    console.say(f"\n{text}")
    if args.markdown:
        write_bytes(args.markdown, text.encode())
    if args.figure:
        from lava_intsnn.plot.plot_style import save
        from lava_intsnn.report.accuracy_figure import accuracy_figure

        save(accuracy_figure(found, table, title=title), args.figure)
    console.result(
        preset=name,
        epochs=args.epochs or training.recipe.epochs,
        data=edition(test),
        samples=len(train),
        file=args.markdown,
        figure=args.figure,
        **as_data(found, table),
    )
