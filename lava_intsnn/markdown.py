"""Markdown tables that read well as plain text too."""

from __future__ import annotations

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an aligned Markdown table; columns that hold numbers go to the right."""
    columns = list(zip(header, *rows))
    widths = [max(3, *(len(cell) for cell in column)) for column in columns]
    right = [bool(rows) and all(map(_is_number, column[1:])) for column in columns]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(cells, widths, right)
        )
        return "| " + " | ".join(padded) + " |"

    rule = ("-" * (w - 1) + ":" if number else "-" * w for w, number in zip(widths, right))
    return "\n".join([line(header), "| " + " | ".join(rule) + " |", *map(line, rows)])


def count(value: float) -> str:
    """Return ``12,345``, or a dash for 0."""
    return f"{value:,.0f}" if value else "-"


def _is_number(cell: str) -> bool:
    text = cell.replace(",", "").replace("±", "").replace("%", "").replace("x", "")
    return all(word in ("-", "") or _parses(word) for word in text.split(" "))


def _parses(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
