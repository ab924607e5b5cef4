"""File storage that is exact, versioned, checksummed, atomic and free of pickle."""

from lava_intsnn.storage.errors import FileFormatError

__all__ = ["FileFormatError"]
