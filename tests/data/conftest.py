"""A small file of exactly the layout of the Spiking Heidelberg Digits."""

import numpy as np
import pytest

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
ZIFFERN = ["null", "eins", "zwei", "drei", "vier", "fuenf", "sechs", "sieben", "acht", "neun"]


def random_trains(n, *, seed=0):
    """Spike trains of 0, 1, 2 and then many spikes; all of one train's may have one time."""
    rng = np.random.default_rng(seed)
    sizes = [0, 1, 2, *rng.integers(3, 2000, max(0, n - 3))][:n]
    times = [np.sort(rng.uniform(0.05, 1.4, size)).astype(np.float16) for size in sizes]
    if n > 3:
        times[3][:] = times[3][0]
    units = [rng.integers(0, 700, size).astype(np.uint16) for size in sizes]
    return times, units


def write_file(path, *, n=12, seed=0, keys=(*DIGITS, *ZIFFERN), times=None, units=None, skip=()):
    """Write a file; ``skip`` names what to leave out."""
    import h5py

    made = random_trains(n, seed=seed)
    times = made[0] if times is None else times
    units = made[1] if units is None else units
    n = len(times)
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = {
        "gender": np.array([b"male", b"female", b"male"]),
        "age": np.array([21, 33, 56], np.int16),
        "body_height": np.array([180, 170, 175], np.int16),
    }
    fields = {
        "labels": (np.arange(n) * 7 % len(keys)).astype(np.uint16),
        "extra/speaker": (np.arange(n) % 3).astype(np.uint16),
        "extra/keys": np.array([key.encode() for key in keys]),
        **{f"extra/meta_info/{name}": value for name, value in meta.items()},
    }
    ragged = {"spikes/times": (times, np.float16), "spikes/units": (units, np.uint16)}
    with h5py.File(path, "w") as file:
        for name, value in fields.items():
            if name not in skip:
                file[name] = value
        for name, (rows, dtype) in ragged.items():
            if name in skip:
                continue
            stored = file.create_dataset(name, (len(rows),), dtype=h5py.vlen_dtype(dtype))
            for index, row in enumerate(rows):
                stored[index] = row
    return path


@pytest.fixture
def write_shd():
    """Write a small SHD file; see :func:`write_file`."""
    return write_file
