"""Lava's messaging infrastructure with anonymous shared memory and actors that report failures."""

from __future__ import annotations

import contextlib
import mmap
from typing import Any

from lava.magma.compiler.channels import pypychannel
from lava.magma.runtime import runtime
from lava.magma.runtime.message_infrastructure.multiprocessing import MultiProcessing

from .actor import FORK, Actor

# The program may use another start method, where semaphores have names and need a server.
pypychannel.Semaphore, runtime.Queue = FORK.Semaphore, FORK.Queue


class AnonymousMemory:
    """Shared memory that children inherit by fork.

    It has no name, so nothing has to be unlinked: it disappears with the last process that maps it,
    however that process ends. Lava's named segments need a server process and outlive a kill.
    """

    def __init__(self, size: int) -> None:
        self._map = mmap.mmap(-1, max(size, 1))
        self.buf = memoryview(self._map)

    def close(self) -> None:
        """Unmap the memory, or leave that to the last array that still uses it."""
        with contextlib.suppress(BufferError):
            self.buf.release()
            self._map.close()


class MemoryPool:
    """Stands in for Lava's SharedMemoryManager."""

    def __init__(self) -> None:
        self._blocks: list[AnonymousMemory] = []

    def create_shared_memory(self, size: int) -> AnonymousMemory:
        """Allocate `size` bytes for a channel."""
        self._blocks.append(AnonymousMemory(size))
        return self._blocks[-1]

    def shutdown(self) -> None:
        """Unmap everything."""
        for block in self._blocks:
            block.close()
        self._blocks.clear()


class Infrastructure(MultiProcessing):
    """Lava's messaging infrastructure with our actors and memory.

    Parameters
    ----------
    labels : dict
        The name of each builder's actor in errors, by the builder's id().
    """

    def __init__(self, labels: dict[int, str]) -> None:
        super().__init__()
        self._labels = labels
        self.actor_of: dict[int, Actor] = {}

    def start(self) -> None:
        """Start the memory pool."""
        self._smm = MemoryPool()

    def build_actor(self, target_fn: Any, builder: Any, exception_q: Any = None) -> Actor:
        """Fork an actor for `builder`. Lava's target and queue are not used; see `Actor`."""
        actor = Actor(builder, self._labels.get(id(builder), "Lava's runtime service"))
        self._actors.append(actor)
        self.actor_of[id(builder)] = actor
        actor.start()
        return actor

    def stop(self) -> None:
        """Kill the actors and free the memory."""
        for actor in self._actors:
            actor.release()
        self._actors.clear()
        self.actor_of.clear()
        if self._smm is not None:
            self._smm.shutdown()
