"""The float32 twin on the memory of a Process; see :mod:`lava_intsnn.floating`."""
