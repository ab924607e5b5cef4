"""The public texts the limits are read from."""

from __future__ import annotations

#: Source of a number that nobody has published.
OWN_CHOICE = "own choice"
#: Source of a number that the caller knows.
GIVEN = "given"
#: Short name -> the text it stands for.
SOURCES = {
    "Davies 2018": "M. Davies et al., Loihi: A Neuromorphic Manycore Processor with On-Chip "
    "Learning, IEEE Micro 38(1), 2018, doi:10.1109/MM.2018.112130359",
    "Intel 2021": "Intel Labs, Taking Neuromorphic Computing to the Next Level with Loihi 2, "
    "technology brief, 2021",
    "Intel 2024": "Intel newsroom, Hala Point, the largest neuromorphic system, April 2024",
    "nengo-loihi": "github.com/nengo/nengo-loihi: nengo_loihi/block.py, discretize.py, which ran "
    "on the chip",
    "lava lif": "lava-nc 0.10.0: lava/proc/lif/models.py, the bit-accurate model of Loihi's LIF",
    "lava#322": "github.com/lava-nc/lava/issues/322, open since 2022: current decay and threshold "
    "of Lava's bit-accurate LIF are reported to differ from a Loihi 1 chip's",
    "lava#658": "github.com/lava-nc/lava/issues/658, open since 2023: a request for traces that "
    "do not decay in LearningDense, in simulation and on hardware",
    "lava dense": "lava-nc 0.10.0: lava/proc/dense/process.py and lava/utils/weightutils.py",
    "lava learning": "lava-nc 0.10.0: lava/magma/core/learning/constants.py",
    "lava rule": "lava-nc 0.10.0: lava/magma/core/learning/product_series.py",
    "lava clp": "lava-nc 0.10.0: lava/proc/clp/prototype_lif/models.py",
    "lava-dl netx": "lava-dl 0.6.0: lava/lib/dl/netx/hdf5.py",
    OWN_CHOICE: "no public figure: this project's own conservative choice",
}
