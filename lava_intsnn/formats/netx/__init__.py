"""netx, lava-dl's HDF5 format of inference networks, written and read with h5py alone.

lava-dl loads them as ``lava.lib.dl.netx.hdf5.Network``, which runs on Lava's CPU models and, with
INRC's extension, on Loihi. Neither lava-dl nor torch is needed here.
"""

from __future__ import annotations

from lava_intsnn.formats.netx.netx_read import import_netx as import_netx
from lava_intsnn.formats.netx.netx_write import export_netx as export_netx

__all__ = ["export_netx", "import_netx"]
