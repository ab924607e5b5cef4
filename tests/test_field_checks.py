"""Every field of every description: what is of the wrong type is refused, naming class and field.

The descriptions are found by walking the package, so that a new one without the check fails here.
"""

import copy
import dataclasses
import importlib
import json
import pkgutil
import re
import types
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest

import lava_intsnn
from lava_intsnn import presets
from lava_intsnn.arithmetic import Rounding
from lava_intsnn.conversion.ann_presets import ANN_PRESETS
from lava_intsnn.conversion.ann_spec import AnnRecipe, Augmentation
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.noise import Noise
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.quantised import QuantisedLayer, QuantisedNetwork
from lava_intsnn.conversion.spiking_network import SpikingLayer, SpikingNetwork
from lava_intsnn.conversion.stack import Stack
from lava_intsnn.data.dataset import Dataset
from lava_intsnn.data.errors import DataError
from lava_intsnn.field_checks import MAX_TEXT
from lava_intsnn.formats.ann_checkpoint import AnnFile
from lava_intsnn.formats.program_file import Compiled
from lava_intsnn.loihi.core_schedule import CoreSchedule
from lava_intsnn.loihi.learning_engine.tick_schedule import TickSchedule
from lava_intsnn.loihi.microcode import compile as compile_program
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.network import (
    Conv,
    Dense,
    Feedback,
    FrameEncoder,
    Loss,
    Network,
    NetworkError,
    Neuron,
    Precision,
    RateEncoder,
    Recurrence,
)
from lava_intsnn.recipe import Recipe
from lava_intsnn.search.errors import SearchError
from lava_intsnn.search.space import Parameter
from lava_intsnn.state import State, initial_state
from lava_intsnn.storage.errors import FileFormatError
from lava_intsnn.training.training_run import EpochRecord, Training
