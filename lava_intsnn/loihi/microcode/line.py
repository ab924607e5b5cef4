"""One line of a listing: its tokens, and errors that name the line and the token."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.loihi.microcode.isa import NAME

T = TypeVar("T")

_INTEGER = re.compile(r"-?\d+")
_TOKEN = re.compile(r",|[^\s,]+")


def read_lines(text: str) -> list[Line]:
    """Return the lines that hold more than a comment, which starts with ``;``."""
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        tokens = _TOKEN.findall(line.split(";", 1)[0])
        if tokens:
            lines.append(Line(number, tokens))
    return lines


class Line:
    """The tokens of line ``number``; the first is its keyword, the others are read in order."""

    def __init__(self, number: int, tokens: list[str]) -> None:
        self.number = number
        self.keyword = tokens[0]
        self._tokens = tokens[1:]
        self._at = 0
        # Operands are separated by commas, the words of declarations are not.
        self._commas = "," in tokens

    def wrong(self, token: str, allowed: str) -> MicrocodeError:
        """Return the error that ``token`` stands where ``allowed`` must be."""
        return MicrocodeError(f"line {self.number}: {token!r}: must be {allowed}")

    def keyword_of(self, words: Iterable[str]) -> str:
        """Return the keyword if it is one of ``words``."""
        if self.keyword not in (allowed := list(words)):
            raise self.wrong(self.keyword, " or ".join(allowed))
        return self.keyword

    def word(self, allowed: str) -> str:
        """Return the next token; ``allowed`` says what it must be if there is none."""
        if self._at and self._commas:
            self._comma()
        return self._next(allowed)

    def _next(self, allowed: str) -> str:
        if self._at >= len(self._tokens) or self._tokens[self._at] == ",":
            token = self._tokens[self._at] if self._at < len(self._tokens) else "end of line"
            raise self.wrong(token, allowed)
        self._at += 1
        return self._tokens[self._at - 1]

    def _comma(self) -> None:
        found = self._tokens[self._at] if self._at < len(self._tokens) else "end of line"
        if found != ",":
            raise self.wrong(found, "a comma before the next operand")
        self._at += 1

    def after(self, word: str) -> Line:
        """Go past the token ``word``."""
        if (found := self.word(repr(word))) != word:
            raise self.wrong(found, repr(word))
        return self

    def optional(self, word: str) -> bool:
        """Go past the token ``word`` if it is the next one; return whether it is."""
        found = self._tokens[self._at : self._at + 1] == [word]
        self._at += found
        return found

    @property
    def goes_on(self) -> bool:
        """Whether there are tokens left."""
        return self._at < len(self._tokens)

    def name(self) -> str:
        """Return the next token, a name."""
        token = self.word("a name")
        if not NAME.fullmatch(token):
            raise self.wrong(token, "a name: letters, digits, '_' and '-', not a digit first")
        return token

    def integer(self, after: str = "") -> int:
        """Return the next token, an integer, going past the word ``after`` before."""
        if after:
            self.after(after)
        token = self.word("an integer")
        if not _INTEGER.fullmatch(token):
            raise self.wrong(token, "an integer")
        return int(token)

    def span(self, after: str = "") -> tuple[int, int]:
        """Return the next token, ``FIRST..LAST``."""
        if after:
            self.after(after)
        token = self.word("FIRST..LAST")
        ends = token.split("..")
        if len(ends) != 2 or not all(map(_INTEGER.fullmatch, ends)):
            raise self.wrong(token, "FIRST..LAST, two integers")
        return int(ends[0]), int(ends[1])

    def sizes(self, n: int) -> tuple[int, ...]:
        """Return the next token, ``n`` integers with ``x`` between."""
        token = self.word("sizes")
        sizes = token.split("x")
        if len(sizes) != n or not all(map(_INTEGER.fullmatch, sizes)):
            raise self.wrong(token, f"{n} integers with x between, as in {'x'.join('987'[:n])}")
        return tuple(map(int, sizes))

    def sides(self, after: str = "") -> int | tuple[int, ...]:
        """Return the next token, an integer or two with ``x`` between."""
        if after:
            self.after(after)
        pair = "x" in "".join(self._tokens[self._at : self._at + 1])
        return self.sizes(2) if pair else self.integer()

    def one_of(self, words: Iterable[str]) -> str:
        """Return the next token, one of ``words``."""
        allowed = ", ".join(words)
        if (token := self.word(allowed)) not in words:
            raise self.wrong(token, f"one of {allowed}")
        return token

    def rest(self) -> str:
        """Return all tokens that are left."""
        tokens = self._tokens[self._at :]
        self._at = len(self._tokens)
        return " ".join(tokens)

    def finish(self, read: Callable[[Line], T]) -> T:
        """Return what ``read`` makes of the line, which must leave no token."""
        result = read(self)
        if self._at < len(self._tokens):
            raise self.wrong(self._tokens[self._at], "the end of the line, or a comment after ';'")
        return result

    def build(self, make: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Return ``make(...)``, adding the line to what it refuses."""
        try:
            return make(*args, **kwargs)
        except MicrocodeError as error:
            raise MicrocodeError(f"line {self.number}: {error}") from None
