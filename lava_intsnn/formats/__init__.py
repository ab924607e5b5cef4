"""Files: exact, versioned, checked, written atomically, never pickled."""

from __future__ import annotations

from lava_intsnn.formats.errors import FileFormatError

__all__ = ["FileFormatError"]
