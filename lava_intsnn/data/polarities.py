"""ON and OFF channels: what is brighter than mid-grey, and what is darker, as a retina sends it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.data.dataset import Dataset
from lava_intsnn.data.errors import DataError

#: The byte halfway between dark and bright.
MID_GREY = 128


@checks_kinds
def on_off(data: Dataset) -> Dataset:
    """Return images with two channels for each of theirs: ON and OFF.

    Of a byte ``x`` the channels are ``min(255, max(0, 2 (x - 128)))`` and
    ``min(255, max(0, 2 (128 - x)))``: at most one of them is not 0, and mid-grey is silent. A spike
    can only say that something is there; with two channels it can say that something is dark, too,
    and a moved or cut image has mid-grey at its edges instead of black.

    Parameters
    ----------
    data : Dataset
        Still images ``(H, W)`` or ``(H, W, C)``.

    Returns
    -------
    Dataset
        ``image_shape`` is ``(H, W, 2 C)``: all ON channels of a pixel, then its OFF channels.

    Raises
    ------
    DataError
        If the samples are frames in time.
    """
    if data.frames:
        raise DataError(
            f"{data.name}: its samples are frames in time, shape {data.image_shape}: ON and OFF "
            "channels are for still images (H, W) or (H, W, C)"
        )
    height, width, *colours = data.image_shape
    distance = 2 * (data.images.reshape(len(data), height, width, -1).astype(np.int16) - MID_GREY)
    halves = (np.clip(part, 0, 255).astype(np.uint8) for part in (distance, -distance))
    return replace(
        data,
        images=np.concatenate(list(halves), axis=-1).reshape(len(data), -1),
        image_shape=(height, width, 2 * (colours[0] if colours else 1)),
    )
