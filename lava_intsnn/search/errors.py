"""The error that a search raises."""

from __future__ import annotations


class SearchError(ValueError):
    """A search cannot start or continue; the message names the cause and the fix."""
