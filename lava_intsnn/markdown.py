"""Tables as plain text, or as Markdown that is aligned and readable without rendering."""

from __future__ import annotations

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an aligned Markdown table. Columns of numbers are right-aligned."""
    lines, widths, right = _aligned([header, *rows], least=3)
    separator = ["-" * (w - 1) + ":" if number else "-" * w for w, number in zip(widths, right)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (lines[0], separator, *lines[1:]))


def plain_table(rows: Sequence[Sequence[str]], *, indent: int = 2) -> str:
    """Return ``rows`` in columns for a terminal. The first row is the header."""
    lines, _, _ = _aligned(rows)
    return "\n".join((" " * indent + "  ".join(cells)).rstrip() for cells in lines)


def _aligned(
    rows: Sequence[Sequence[str]], *, least: int = 0
) -> tuple[list[list[str]], list[int], list[bool]]:
    """Return padded cells, the width of each column, and whether it is right-aligned."""
    columns = list(zip(*rows))
    widths = [max(least, *map(len, column)) for column in columns]
    right = [len(rows) > 1 and all(map(is_number, column[1:])) for column in columns]
    lines = [
        [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, right)
        ]
        for row in rows
    ]
    return lines, widths, right


def count(value: float) -> str:
    """Return ``12,345``, or a dash for 0."""
    return f"{value:,.0f}" if value else "-"


def is_number(cell: str) -> bool:
    """Whether a cell holds numbers only, with units or without."""
    text = cell.replace(",", "").replace("±", "").replace("%", "").replace("x", "")
    return all(word in ("-", "") or _parses(word) for word in text.split(" "))


def _parses(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
