"""The converted all-integer spiking network with dynamic threshold adaptation (Zou et al. 2024).

A quantised network is trained in torch (:mod:`.ann`, extra ``dl``), and its batch norms become
tables of integer thresholds. The resulting spiking network equals it neuron by neuron. The names
below are loaded when first used; only training needs torch, only running in Lava needs Lava.

>>> from lava_intsnn import conversion
>>> conversion.Stack("32C5-P2-64C5-P2-1000", (28, 28, 1), 10).macs
5623568
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lava_intsnn.lazy import loader, public_names

if TYPE_CHECKING:
    from lava_intsnn.conversion import ann as ann
    from lava_intsnn.conversion.ann_presets import PRESETS as PRESETS, preset as preset
    from lava_intsnn.conversion.ann_spec import (
        AnnRecipe as AnnRecipe,
        AnnSpec as AnnSpec,
        Augmentation as Augmentation,
    )
    from lava_intsnn.conversion.certificate import Certificate as Certificate, certify as certify
    from lava_intsnn.conversion.converter import convert as convert
    from lava_intsnn.conversion.errors import ConversionError as ConversionError
    from lava_intsnn.conversion.logs import logs_of as logs_of
    from lava_intsnn.conversion.noise import Noise as Noise
    from lava_intsnn.conversion.pixels import Pixels as Pixels
    from lava_intsnn.conversion.quantised import (
        QuantisedLayer as QuantisedLayer,
        QuantisedNetwork as QuantisedNetwork,
    )
    from lava_intsnn.conversion.result import Result as Result
    from lava_intsnn.conversion.spiking_engine import infer as infer, infer_batches as infer_batches
    from lava_intsnn.conversion.spiking_network import (
        SpikingLayer as SpikingLayer,
        SpikingNetwork as SpikingNetwork,
    )
    from lava_intsnn.conversion.spiking_reference import infer_image as infer_image
    from lava_intsnn.conversion.stack import Stack as Stack
    from lava_intsnn.formats.ann_checkpoint import (
        load_ann as load_ann,
        load_ann_file as load_ann_file,
        load_quantised as load_quantised,
        save_ann as save_ann,
    )
    from lava_intsnn.formats.packed_ann import save_packed as save_packed
    from lava_intsnn.formats.spiking import (
        load_spiking as load_spiking,
        save_spiking as save_spiking,
    )
    from lava_intsnn.systems.converted_system import build as build, run_in_lava as run_in_lava
    from lava_intsnn.trained.bundled_ann import (
        PretrainedAnn as PretrainedAnn,
        pretrained_ann as pretrained_ann,
    )

#: Public name -> the module that defines it. No module may have the name of a function, because
#: importing the module would replace the function.
_HOME = public_names(__file__)

__all__ = list(_HOME)

__getattr__, __dir__ = loader(__name__, _HOME)
