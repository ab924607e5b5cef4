"""NIR, the neuromorphic intermediate representation that most spiking toolkits read and write.

A graph is in continuous time and floating point. Other tools compute our spikes from it, apart from
rounding; the exact integers are in its metadata. Writing needs the package ``nir`` (extra ``nir``).
"""

from __future__ import annotations

from lava_intsnn.formats.nir.nir_read import (
    NirImport as NirImport,
    import_nir as import_nir,
    read_nir as read_nir,
)
from lava_intsnn.formats.nir.nir_write import export_nir as export_nir
from lava_intsnn.formats.nir.rounding_report import (
    LayerRounding as LayerRounding,
    NirReport as NirReport,
)

__all__ = ["LayerRounding", "NirImport", "NirReport", "export_nir", "import_nir", "read_nir"]
