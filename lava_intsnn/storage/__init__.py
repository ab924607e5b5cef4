"""File storage that is exact, versioned, checksummed, atomic and free of pickle."""

from lava_intsnn.storage.errors import FileFormatError as FileFormatError

__all__ = ["FileFormatError"]
