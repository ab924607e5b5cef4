"""Folders of images, one folder a class, read by Pillow."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.data.errors import DataError, unreadable
from lava_intsnn.progress_bar import progress_over

#: Endings of image files, and the formats that Pillow may take them for.
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm")
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")

_GREY, _COLOUR = ("1", "L"), ("RGB", "RGBA", "P", "PA", "LA", "CMYK", "YCbCr")


def class_folders(root: Path) -> list[Path]:
    """Return the folders of classes in alphabetical order; none if no folder holds an image."""
    folders = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    return folders if any(_files(folder) for folder in folders) else []


def image_files(root: Path) -> list[Path]:
    """Return the images in the folders of classes, mixed in an order that their names decide."""
    found = sorted((f for folder in class_folders(root) for f in _files(folder)), key=_place)
    if not found:
        raise DataError(
            f"{root}: no folder in it holds an image; make a folder for each class, with files "
            f"that end in {', '.join(SUFFIXES)}"
        )
    return found


def pixels_of(
    files: Sequence[Path], *, size: tuple[int, int] | None = None, name: str = "reading"
) -> npt.NDArray[np.uint8]:
    """Return images as an array.

    Parameters
    ----------
    files : sequence of path
    size : (int, int), optional
        Height and width to which images are resized; by default they must all have one size.
    name : str
        Beside the progress bar.

    Returns
    -------
    (N, H, W) or (N, H, W, 3) uint8 array
        Grey if all files are.

    Raises
    ------
    DataError
        If a file is no intact image, has more than 8 bits a value, or another size.
    """
    bar = progress_over(files, len(files), name=name, unit="images")
    images = [_pixels(file, size) for file in bar]
    if any(image.ndim == 3 for image in images):
        images = [image if image.ndim == 3 else np.stack([image] * 3, axis=-1) for image in images]
    for file, image in zip(files, images):
        if image.shape != images[0].shape:
            raise DataError(
                f"{file}: is {image.shape[0]}x{image.shape[1]}, where {files[0]} is "
                f"{images[0].shape[0]}x{images[0].shape[1]}: bring all to one size, with "
                "size=(height, width) or --read size=HEIGHTxWIDTH"
            )
    return np.stack(images)


def _files(folder: Path) -> list[Path]:
    """Return the images of a folder; macOS leaves files such as ._1.png beside them."""
    found = (p for p in folder.iterdir() if not p.name.startswith("."))
    return [p for p in found if p.suffix.lower() in SUFFIXES and p.is_file()]


def _place(file: Path) -> str:
    """Mix the classes, the same on every machine."""
    return hashlib.sha256(f"{file.parent.name}/{file.name}".encode(errors="replace")).hexdigest()


def _pixels(file: Path, size: tuple[int, int] | None) -> npt.NDArray[np.uint8]:
    from PIL import Image

    try:
        with Image.open(file, formats=_FORMATS) as image:
            if image.mode not in _GREY + _COLOUR:
                raise DataError(
                    f"{file}: values of more than 8 bits (mode {image.mode}); convert it, or make "
                    "an array and give Dataset.from_arrays a value_range"
                )
            plain: Any = image.convert("L" if image.mode in _GREY else "RGB")
            if size is not None:
                plain = plain.resize((size[1], size[0]), Image.Resampling.BOX)
            return np.asarray(plain, dtype=np.uint8)
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError) as error:
        if isinstance(error, DataError):
            raise
        raise unreadable(file, error) or DataError(
            f"{file}: no intact image ({error}); remove or replace it"
        ) from error
