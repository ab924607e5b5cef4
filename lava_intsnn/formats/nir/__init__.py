"""NIR, the neuromorphic intermediate representation that most spiking toolkits read and write.

It needs the package ``nir`` (extra ``nir``). A graph is in continuous time and floating point.
Other tools compute our spikes from it, apart from rounding; the exact integers are in its metadata.
"""

from __future__ import annotations

from lava_intsnn.formats.nir.nir_read import import_nir as import_nir
from lava_intsnn.formats.nir.nir_write import export_nir as export_nir

__all__ = ["export_nir", "import_nir"]
