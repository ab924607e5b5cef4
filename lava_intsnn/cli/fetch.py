"""MNIST for the demo: found on disk, or downloaded within a short time limit."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

#: Seconds until a mirror must have answered, and until all files must be there.
ANSWER_S, DOWNLOAD_S = 6.0, 60.0

# In a process of its own: name look-ups cannot be given a time limit, but a process can.
_DOWNLOAD = """
import requests
from lava_intsnn import data
from lava_intsnn.data.mnist import FILES, MIRRORS
for mirror in MIRRORS:
    try:
        requests.head(f"{mirror}{FILES['train'][1]}.gz", timeout=3).raise_for_status()
        break
    except requests.RequestException:
        pass
else:
    raise SystemExit(1)
print("reachable", flush=True)
data.mnist("train"), data.mnist("test")
"""


def mnist_is_there(data_dir: str | None) -> str:
    """Return ``""`` if MNIST can be read without a network, else why not.

    Raises
    ------
    DataError
        If ``data_dir`` is no folder, or files are there but damaged.
    """
    from lava_intsnn import data
    from lava_intsnn.data.mnist import FILES

    try:
        for split in FILES:
            data.mnist(split, data_dir=data_dir, download=False)
    except data.DataError as error:
        if " are not " not in str(error):  # present, but not what they should be
            raise
        return f"not in {data_dir}" if data_dir else "not on this machine"
    return ""


def download_mnist() -> bool:
    """Try to download MNIST to the user's cache; give up after a few seconds without an answer."""
    process = subprocess.Popen(
        [sys.executable, "-c", _DOWNLOAD], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], ANSWER_S)
        if not ready or not os.read(process.stdout.fileno(), 64):
            return False
        return process.wait(timeout=DOWNLOAD_S) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it as Ctrl-C would, so that it removes partial downloads."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()
