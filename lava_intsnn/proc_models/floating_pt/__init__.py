"""The float32 twin on a Process's memory; see :mod:`lava_intsnn.floating`."""
