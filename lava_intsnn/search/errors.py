"""What a search can be refused for."""

from __future__ import annotations


class SearchError(ValueError):
    """A search that cannot start or go on: names the cause and the fix."""
