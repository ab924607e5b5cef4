"""Arrays of zeros that begin at a cache line."""

import numpy as np
import pytest

from lava_intsnn.engine.cache_lines import LINE, aligned_zeros


@pytest.mark.parametrize("shape", [3, (5,), (7, 11), (2, 0, 4), 100_003])
@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_they_are_zeros_at_the_start_of_a_line(shape, dtype):
    held = [aligned_zeros(shape, dtype) for _ in range(5)]
    for array in held:
        assert array.shape == np.zeros(shape).shape
        assert (array.dtype, array.flags.c_contiguous, array.flags.writeable) == (dtype, True, True)
        assert array.ctypes.data % LINE == 0 or array.size == 0
        assert not array.any()
        array[...] = 1
    assert all(array.all() for array in held)
