"""NIR, the neuromorphic intermediate representation that most spiking toolkits read and write.

Needs the package ``nir`` (extra ``nir``). A graph is in continuous time and floating point; other
tools get our spikes from it but for rounding, and the exact integers travel in its metadata.
"""

from __future__ import annotations

from lava_intsnn.formats.nir.nir_read import import_nir
from lava_intsnn.formats.nir.nir_write import export_nir

__all__ = ["export_nir", "import_nir"]
