"""What has memory of its own lets one thread in at a time."""

import multiprocessing
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lava_intsnn import loihi, presets
from lava_intsnn.engine import Engine
from lava_intsnn.floating.float_engine import FloatEngine
from lava_intsnn.loihi.microcode.chip import VirtualChip
from lava_intsnn.one_thread import ConcurrentUseError, OneThread, one_thread
from lava_intsnn.state import initial_state


class Slow:
    def __init__(self):
        self._guard = OneThread("Slow")
        self.inside, self.leave = threading.Event(), threading.Event()

    @one_thread
    def wait(self):
        self.inside.set()
        self.leave.wait(20)

    @one_thread
    def again(self):
        return self.once()

    @one_thread
    def once(self):
        return 1


def test_a_second_thread_is_refused_until_the_first_is_done():
    slow = Slow()
    with ThreadPoolExecutor(1, "first") as pool:
        first = pool.submit(slow.wait)
        assert slow.inside.wait(20)
        with pytest.raises(ConcurrentUseError, match="Slow is being used by the thread 'first_0'"):
            slow.again()
        slow.leave.set()
        first.result()
    assert slow.again() == 1


def test_an_error_lets_the_next_thread_in():
    guard = OneThread("thing")
    with pytest.raises(KeyError), guard:
        raise KeyError
    with ThreadPoolExecutor(1) as pool:
        pool.submit(guard.__enter__).result()
    with pytest.raises(ConcurrentUseError), guard:
        pass
    with pickle.loads(pickle.dumps(guard)):  # noqa: S301  ours
        pass


def engine(network, state):
    return Engine(network, state, threads=2)


def float_engine(network, state):
    return FloatEngine(network, state, threads=2)


def chip(network, state):
    image = loihi.compile(network, state, learning=True)
    return VirtualChip(image, network=network, seed=state.seed, updates=state.updates)


@pytest.mark.parametrize(
    ("make", "precision"), [(engine, "16-8"), (float_engine, "fp32"), (chip, "8-8")]
)
def test_two_threads_in_one_executor_never_get_wrong_counts(make, precision):
    preset = presets.digits_snn_loihi if make is chip else presets.digits_snn
    network = preset(precision=precision)
    images = np.random.default_rng(0).integers(0, 256, (8, network.n_values), np.uint8)
    keys = np.arange(8, dtype=np.uint64)
    executor = make(network, initial_state(network))
    infer = executor.infer_batch
    expected, refused = infer(images, keys).counts, []

    def work(_):
        end = time.monotonic() + 20
        while not refused and time.monotonic() < end:
            try:
                np.testing.assert_array_equal(infer(images, keys).counts, expected)
            except ConcurrentUseError:
                refused.append(1)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    assert refused
    for call in ("state", "train_online"):
        assert hasattr(getattr(type(executor), call), "__wrapped__")


@pytest.mark.parametrize(("make", "precision"), [(engine, "16-8"), (float_engine, "fp32")])
def test_an_engine_works_on_in_a_forked_child(make, precision):
    network = presets.digits_snn(precision=precision)
    images = np.random.default_rng(0).integers(0, 256, (40, network.n_values), np.uint8)
    keys = np.arange(40, dtype=np.uint64)
    with make(network, initial_state(network)) as executor:
        expected = executor.infer_batch(images, keys).counts

        def check():
            np.testing.assert_array_equal(executor.infer_batch(images, keys).counts, expected)

        child = multiprocessing.get_context("fork").Process(target=check)
        child.start()
        child.join(60)
        child.kill()  # where it hangs
        child.join()
    assert child.exitcode == 0
