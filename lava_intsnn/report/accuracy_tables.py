"""The paper's tables 4.1-4.5, C.1 and C.2 with ours beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lava_intsnn.costs import paper_tables
from lava_intsnn.markdown import table as markdown
from lava_intsnn.report.accuracy import Accuracies
from lava_intsnn.report.grid import COLUMNS, TITLES
from lava_intsnn.report.statistics import Comparison, Summary, larger, summary

Key = tuple[str, str]
#: Comparison for tables in which the paper compares nothing: each precision with fp32.
BASELINE = "fp32"


def summaries(found: Accuracies) -> dict[Key, Summary]:
    """Return a summary of every cell that was run."""
    return {key: summary(values) for key, values in found.values.items()}


def comparisons(found: Accuracies, table: str | None) -> dict[tuple[Key, Key], Comparison | None]:
    """Return the paper's comparisons of ``table``, and each cell against the row's fp32."""
    pairs = list(paper_tables.COMPARISONS.get(table or "", {}))
    if table not in ("4.1", "4.2"):
        for row, column in found.values:
            pair = ((row, column), (row, BASELINE))
            if column != BASELINE and pair not in pairs:
                pairs.append(pair)
    known = found.values
    return {(a, b): larger(known[a], known[b]) for a, b in pairs if a in known and b in known}


def document(found: Accuracies, table: str | None, *, title: str) -> str:
    """Return everything as Markdown.

    Parameters
    ----------
    table : str or None
        The table of the paper to print beside ours; None for none.
    """
    parts = [f"# {title}", _accuracy(found, table), _normality(found, table)]
    parts[2:2] = filter(None, [_speakers(found)])
    tests = _tests(found, table)
    if tests:
        parts.append(tests)
    if found.failed:
        lines = "\n".join(f"- {row}, {col}: {why}" for (row, col), why in found.failed.items())
        parts.append(f"Not run:\n\n{lines}")
    return "\n\n".join(parts) + "\n"


def as_data(found: Accuracies, table: str | None) -> dict[str, Any]:
    """Return everything as values JSON can hold."""
    paper = paper_tables.ACCURACY.get(table or "", {})
    quoted = paper_tables.QUOTED.get(table or "", {})
    stats = summaries(found)
    return {
        "table": table,
        "seeds": list(found.seeds),
        "cells": [
            {
                **asdict(cell),
                "accuracies": found.values.get(cell.key),
                "parts": found.parts.get(cell.key) or {},
                "failed": found.failed.get(cell.key),
                **(_fields(stats[cell.key]) if cell.key in stats else {}),
                "paper": paper.get(cell.key),
                "quoted": quoted.get(cell.key),
            }
            for cell in found.cells
        ],
        "comparisons": [
            {
                "larger": list(a),
                "smaller": list(b),
                "test": test.test if test else None,
                "p": test.p if test else None,
                "paper_p": paper_tables.COMPARISONS.get(table or "", {}).get((a, b)),
            }
            for (a, b), test in comparisons(found, table).items()
        ],
    }


def _fields(s: Summary) -> dict[str, float | None]:
    return {"mean": s.mean, "std": s.std, "shapiro_w": s.w, "shapiro_p": s.p_normal}


def _accuracy(found: Accuracies, table: str | None) -> str:
    paper = paper_tables.ACCURACY.get(table or "", {})
    ours = {key: (s.mean, s.std) for key, s in summaries(found).items()}
    columns = list(dict.fromkeys([*COLUMNS.get(table or "", ()), *(c.column for c in found.cells)]))
    rows = list(dict.fromkeys([*(row for row, _ in paper), *(c.row for c in found.cells)]))
    figures: dict[str, Mapping[Key, tuple[float, float | None]]] = {"paper": paper, "ours": ours}
    if not table:
        del figures["paper"]
    elif table in paper_tables.QUOTED:
        figures = {"quoted in the paper": paper_tables.QUOTED[table], **figures}
    lines = [
        [row, who, *(_pair(*known[row, c]) if (row, c) in known else "-" for c in columns)]
        for row in rows
        for who, known in figures.items()
    ]
    head = f"Table {table}, {TITLES[table]}: t" if table else "T"
    seeds = f"{len(found.seeds)} seed{'s' * (len(found.seeds) != 1)}"
    text = f"{head}est accuracy in percent, mean ± standard deviation; ours of {seeds}"
    text += ", the paper's of 10." if table else "."
    return f"{text}\n\n{markdown(['', '', *columns], lines)}"


def _speakers(found: Accuracies) -> str:
    """Return the accuracies on seen and unseen speakers, or "" where there are no such parts."""
    names = list(dict.fromkeys(name for parts in found.parts.values() for name in parts))
    stats = {
        key: {name: summary(values) for name, values in parts.items()}
        for key, parts in found.parts.items()
    }
    lines = [
        [f"{row} {column}", *(_pair(each[name].mean, each[name].std) for name in names)]
        for (row, column), each in stats.items()
        if each
    ]
    if not lines:
        return ""
    text = "Of that, on speakers that are not in the training data, and on those that are:"
    return f"{text}\n\n{markdown(['', *names], lines)}"


def _pair(mean: float, std: float | None) -> str:
    return f"{mean:.2f}" if std is None else f"{mean:.2f} ± {std:.2f}"


def _figures(*values: float | None) -> list[str]:
    return ["-" if value is None else f"{value:.4f}" for value in values]


def _normality(found: Accuracies, table: str | None) -> str:
    paper = paper_tables.NORMALITY.get(table or "", {})
    lines = []
    for (row, column), s in summaries(found).items():
        figures = _figures(*paper.get((row, column), (None, None)), s.w, s.p_normal)
        normal = ("yes" if s.normal else "no") if s.w is not None else "not tested"
        lines.append([f"{row} {column}", *figures, normal])
    header = ["series", "paper W", "paper p", "our W", "our p", "ours normal"]
    text = "Normality (Shapiro-Wilk, as in Table C.1; 3 seeds or more):"
    return f"{text}\n\n{markdown(header, lines)}"


def _tests(found: Accuracies, table: str | None) -> str:
    paper = paper_tables.COMPARISONS.get(table or "", {})
    lines = []
    for (a, b), test in comparisons(found, table).items():
        claim, theirs = f"{a[0]} {a[1]} > {b[0]} {b[1]}", _figures(paper.get((a, b)))
        if test:
            own = [test.test, *_figures(test.p), "yes" if test.significant else "no"]
        else:
            own = ["not tested", "-", "-"]
        lines.append([claim, *theirs, *own])
    if not lines:
        return ""
    header = ["claim", "paper p", "our test", "our p", "holds"]
    text = "Is the first larger (one-sided, paired by seed, as in Table C.2)?"
    return f"{text}\n\n{markdown(header, lines)}"
