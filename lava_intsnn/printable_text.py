"""Text from files of others, made safe to print: one line, without control characters."""

from __future__ import annotations

#: Characters of a foreign text that are shown; the rest is cut.
SHOWN = 200


def printable(text: object, *, shown: int = SHOWN) -> str:
    r"""Return foreign text as it may stand in a message.

    A control character could colour, move or retitle a terminal, and a line break could forge a
    line of ours. Each character that is not printable, line breaks and lone surrogates included,
    becomes its escape, such as ``\x1b``.

    Parameters
    ----------
    text : object
        Its ``str`` is meant.
    shown : int
        Longer texts are cut after as many characters, and end in ``...``.

    Returns
    -------
    str
    """
    whole = str(text)
    clean = "".join(map(_escaped, whole[:shown]))
    return clean if len(whole) <= shown else f"{clean}..."


def printable_lines(text: str) -> str:
    """Return a message of ours, which may have several lines, with everything else escaped."""
    return "".join(c if c in "\n\t" or c.isprintable() else _escaped(c) for c in text)


class PrintableError(ValueError):
    """Base of errors whose message may quote what a file holds.

    Control characters of the message are escaped, its own line breaks and tabs kept.
    """

    def __init__(self, message: object = "", *more: object) -> None:
        super().__init__(printable_lines(str(message)), *more)


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
