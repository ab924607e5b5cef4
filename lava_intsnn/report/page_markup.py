"""Text, tables and figures as HTML. Everything is escaped; nothing is loaded from elsewhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from typing import Any

#: A browser loads nothing for the page, and runs nothing in it.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

_STYLE = """
:root { --ink: #1d2733; --faint: #5d6977; --line: #d4dae1; --blue: #2463a8; }
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif;
  color: var(--ink); background: #fff; margin: 0 auto; max-width: 62rem; padding: 2rem 1.5rem; }
h1 { font-size: 1.7rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; padding-top: .8rem;
  border-top: 1px solid var(--line); }
p { margin: .4rem 0; max-width: 48rem; overflow-wrap: anywhere; }
p.lead, p.note, figcaption { color: var(--faint); }
table { border-collapse: collapse; font-size: .86rem; margin: .6rem 0;
  font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .18rem .8rem .18rem 0; border-bottom: 1px solid #eef1f4;
  vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--faint); font-weight: 600; }
td.number, th.number { text-align: right; white-space: nowrap; }
.wide { overflow-x: auto; }
pre { font-size: .78rem; line-height: 1.4; background: #f6f8fa; padding: .8rem; overflow-x: auto; }
figure { display: inline-block; margin: .4rem 1rem .4rem 0; vertical-align: top; max-width: 100%; }
img { max-width: 100%; height: auto; }
.figures { display: flex; flex-wrap: wrap; gap: .5rem; align-items: flex-start; }
"""


def document(title: str, sections: Sequence[tuple[str, str]], *, lead: str) -> str:
    """Return a page.

    Parameters
    ----------
    title, lead : str
        Text.
    sections : sequence of (str, str)
        Headings, which are text, and their HTML.
    """
    parts = [f"<h2>{escape(heading)}</h2>\n{content}" for heading, content in sections]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<h1>{escape(title)}</h1>\n<p class="lead">{escape(lead)}</p>\n'
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def paragraph(text: str, *, note: bool = False) -> str:
    """Return text as a paragraph."""
    return f"<p{' class=note' * note}>{escape(text)}</p>"


def preformatted(text: str) -> str:
    """Return text that is aligned for a terminal."""
    return f"<pre>{escape(text)}</pre>"


def table(rows: Sequence[Sequence[str]], *, header: bool = True) -> str:
    """Return rows of text as a table; columns of numbers are right-aligned."""
    from lava_intsnn.markdown import is_number

    body = rows[1:] if header else rows
    right = [all(is_number(row[k]) for row in body) and header for k in range(len(rows[0]))]
    lines = []
    for index, row in enumerate(rows):
        tag = "th" if header and index == 0 else "td"
        cells = (
            f"<{tag}{' class=number' * number}>{escape(cell)}</{tag}>"
            for cell, number in zip(row, right)
        )
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return '<div class="wide"><table>\n' + "\n".join(lines) + "\n</table></div>"


def from_markdown(text: str) -> str:
    """Return the HTML of Markdown of our own: paragraphs, lists and tables, without markup."""
    parts = []
    for block in text.strip().split("\n\n"):
        lines = block.split("\n")
        if all(line.startswith("|") for line in lines):
            cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
            parts.append(table([cells[0], *cells[2:]]))
        elif all(line.startswith("- ") for line in lines):
            items = "".join(f"<li>{escape(line[2:])}</li>" for line in lines)
            parts.append(f"<ul>{items}</ul>")
        else:
            parts.append(paragraph(block))
    return "\n".join(parts)


def figures(drawn: Sequence[tuple[Any, str]]) -> str:
    """Return matplotlib's figures side by side, each with a text for those who cannot see it."""
    return f'<div class="figures">{"".join(_image(*one) for one in drawn)}</div>'


def _image(figure: Any, alternative: str) -> str:
    """Return a figure as an image in the page: a vector graphic, or pixels if it were too large."""
    from matplotlib import rc_context

    from lava_intsnn.plot.plot_style import forget

    buffer, kind = io.BytesIO(), "svg+xml"
    with rc_context({"svg.hashsalt": "lava_intsnn"}):  # the same figure gives the same bytes
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    if buffer.tell() > _LARGEST_VECTOR:
        buffer, kind = io.BytesIO(), "png"
        figure.savefig(buffer, format="png", dpi=160)
    forget(figure)
    data = base64.b64encode(buffer.getvalue()).decode()
    width = round(figure.get_figwidth() * 72)
    return (
        f'<figure><img alt="{escape(alternative)}" width="{width}" '
        f'src="data:image/{kind};base64,{data}"></figure>'
    )


#: Bytes beyond which a figure is stored as pixels.
_LARGEST_VECTOR = 400_000
