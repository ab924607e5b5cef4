"""Settings for all tests, and the time that a run may take."""

import gc
import os
import sys
import time

import pytest
from families import register_profiles

import lava_intsnn  # noqa: F401  before anything of Lava, which tests import themselves

# torch's threads spin while they wait, which costs more than they give where tests run side by side
os.environ.setdefault("OMP_NUM_THREADS", "1")

register_profiles()

LEFT_OUT = "left out: the time for this run is spent"


def pytest_addoption(parser):
    parser.addoption(
        "--budget",
        type=float,
        metavar="MINUTES",
        help="start no test later than this after the first; property tests come first",
    )


def pytest_collection_modifyitems(config, items):
    if config.getoption("--budget") is not None:
        items.sort(key=lambda item: item.get_closest_marker("hypothesis") is None)


def pytest_collection_finish(session):
    """Leave what is imported by now out of every later collection of garbage, and of every fork."""
    gc.collect()
    gc.freeze()
    session.config.began = time.monotonic()


def pytest_runtest_setup(item):
    minutes = item.config.getoption("--budget")
    if minutes is not None and time.monotonic() - item.config.began > 60 * minutes:
        pytest.skip(LEFT_OUT)


def pytest_runtest_teardown(item):
    """Close what a test drew: pyplot keeps figures, and warns of more than twenty."""
    if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
        pyplot.close("all")


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", ())
    names = [report.nodeid for report in skipped if LEFT_OUT in str(report.longrepr)]
    if names:
        terminalreporter.section(f"{len(names)} tests {LEFT_OUT}")
        for name in names:
            terminalreporter.line(name)
