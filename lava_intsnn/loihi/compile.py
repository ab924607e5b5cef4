"""The way in: a network becomes an image for a target."""

from __future__ import annotations

from lava_intsnn.loihi.microcode.compiler import compile_network as compile

__all__ = ["compile"]
