"""Settings for all tests."""

from hypothesis import settings

# kernels compile on their first call, which says nothing about their speed
settings.register_profile("default", deadline=None)
settings.load_profile("default")
