"""Networks by name, in every precision, with the recipes that train them."""

from __future__ import annotations

from lava_intsnn.network import Network, NetworkError, Precision
from lava_intsnn.presets.digits_presets import DIGITS
from lava_intsnn.presets.loihi_presets import LOIHI
from lava_intsnn.presets.mnist_presets import MNIST
from lava_intsnn.presets.preset import Preset, from_float, scaled
from lava_intsnn.presets.spoken_presets import SPOKEN
from lava_intsnn.presets.variants import variant

__all__ = [
    "PRESETS",
    "Preset",
    "digits_snn",
    "digits_snn_loihi",
    "from_float",
    "fsdd_delay",
    "fsdd_rsnn",
    "fsdd_snn",
    "mnist_csnn",
    "mnist_csnn_paper",
    "mnist_snn",
    "mnist_snn_loihi",
    "mnist_snn_loihi_400",
    "mnist_snn_paper",
    "preset",
    "scaled",
    "shd_rsnn",
    "shd_snn",
    "variant",
]

PRESETS: dict[str, Preset] = {preset.name: preset for preset in (*MNIST, *DIGITS, *SPOKEN, *LOIHI)}


def preset(name: str) -> Preset:
    """Return the preset called ``name``.

    Raises
    ------
    NetworkError
        If there is none. The message lists the names.
    """
    if name not in PRESETS:
        raise NetworkError(f"preset {name!r}: known are {', '.join(PRESETS)}")
    return PRESETS[name]


def mnist_snn(*, precision: str | Precision = "16-8") -> Network:
    """784-100-10 on MNIST."""
    return preset("mnist-snn").network(precision)


def mnist_snn_paper(*, precision: str | Precision = "16-8") -> Network:
    """784-100-10 on MNIST with the paper's settings."""
    return preset("mnist-snn-paper").network(precision)


def mnist_csnn(*, precision: str | Precision = "16-8") -> Network:
    """32 filters 5x5, stride 2, and a dense readout on MNIST."""
    return preset("mnist-csnn").network(precision)


def mnist_csnn_paper(*, precision: str | Precision = "16-8") -> Network:
    """32 filters 5x5, stride 2, and a dense readout on MNIST with the paper's settings."""
    return preset("mnist-csnn-paper").network(precision)


def digits_snn(*, precision: str | Precision = "16-8") -> Network:
    """64-100-10 on scikit-learn's digits."""
    return preset("digits-snn").network(precision)


def fsdd_snn(*, precision: str | Precision = "16-8") -> Network:
    """175-256-10 on spoken digits (FSDD)."""
    return preset("fsdd-snn").network(precision)


def fsdd_rsnn(*, precision: str | Precision = "16-8") -> Network:
    """175-256-10 with fixed random recurrence on spoken digits (FSDD)."""
    return preset("fsdd-rsnn").network(precision)


def fsdd_delay(*, precision: str | Precision = "16-8") -> Network:
    """175-256-10 with fixed random delays on spoken digits (FSDD)."""
    return preset("fsdd-delay").network(precision)


def shd_snn(*, precision: str | Precision = "16-8") -> Network:
    """175-256-20 on the Spiking Heidelberg Digits with the paper's settings."""
    return preset("shd-snn").network(precision)


def shd_rsnn(*, precision: str | Precision = "16-8") -> Network:
    """175-256-20 with recurrence on the Spiking Heidelberg Digits with the paper's settings."""
    return preset("shd-rsnn").network(precision)


def mnist_snn_loihi(*, precision: str | Precision = "8-8") -> Network:
    """784-256-10 on MNIST, learning within Loihi's limits."""
    return preset("mnist-snn-loihi").network(precision)


def mnist_snn_loihi_400(*, precision: str | Precision = "8-8") -> Network:
    """784-400-10 on MNIST, learning within Loihi's limits."""
    return preset("mnist-snn-loihi-400").network(precision)


def digits_snn_loihi(*, precision: str | Precision = "8-8") -> Network:
    """64-100-10 on scikit-learn's digits, learning within Loihi's limits."""
    return preset("digits-snn-loihi").network(precision)
