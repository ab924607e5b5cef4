"""Files: exact, versioned, checked, written atomically, never pickled."""

from lava_intsnn.storage.errors import FileFormatError

__all__ = ["FileFormatError"]
