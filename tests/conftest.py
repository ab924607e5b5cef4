"""Settings for all tests."""

import os

from hypothesis import settings

# torch's threads spin while they wait, which costs more than they give where tests run side by side
os.environ.setdefault("OMP_NUM_THREADS", "1")

# kernels compile on their first call, which says nothing about their speed
settings.register_profile("default", deadline=None)
settings.load_profile("default")
