"""Reading and writing a Var: the caller's side. `variables` is the actor's side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from lava.magma.runtime.mgmt_token_enums import (
    MGMT_COMMAND,
    MGMT_RESPONSE,
    enum_equal,
    enum_to_np,
)
from lava.magma.runtime.runtime_services.runtime_service import AsyncPyRuntimeService

from .actor import Actor
from .errors import VarError
from .ports import SLICE_SECONDS
from .variables import NO_ITEMS

if TYPE_CHECKING:
    from .guarded_runtime import GuardedRuntime


def read(runtime: GuardedRuntime, var_id: int) -> np.ndarray:
    """Return the Var in the ProcessModel's dtype and the Var's shape."""
    model, actor, service = _request(runtime, MGMT_COMMAND.GET_DATA, var_id)
    if not enum_equal(runtime.service_to_runtime[service].recv(), NO_ITEMS):
        runtime.watch.raise_failures()
    value = _reply(runtime, actor)
    return value.reshape(model.shape) if value.size == math.prod(model.shape) else value


def write(runtime: GuardedRuntime, var_id: int, value: np.ndarray) -> None:
    """Store `value` in the Var, or raise VarError and leave the Var unchanged."""
    _, actor, service = _request(runtime, MGMT_COMMAND.SET_DATA, var_id)
    runtime.runtime_to_service[service].send(NO_ITEMS)
    _reply(runtime, actor)  # the actor is receiving now, so a large array cannot block
    actor.send(value)
    refused: VarError | None = None
    try:
        _reply(runtime, actor)
    except VarError as error:
        refused = error
    # Lava's own answer must be received either way, or the next request would get it.
    if not enum_equal(runtime.service_to_runtime[service].recv(), MGMT_RESPONSE.SET_COMPLETE):
        runtime.watch.raise_failures()
    if refused is not None:
        raise refused


def _request(runtime: GuardedRuntime, command: np.ndarray, var_id: int) -> tuple[Any, Actor, int]:
    if runtime._is_running:
        raise VarError("a run is in progress: call wait() before reading or writing a Var")
    model = runtime._executable.node_configs[0].var_models.get(var_id)
    if model is None:
        raise VarError(f"no ProcessModel of this session has the Var with id {var_id}")
    service = model.runtime_srv_id
    builders = list(runtime._executable.runtime_service_builders.values())
    if command is MGMT_COMMAND.SET_DATA and issubclass(
        builders[service].rs_class, AsyncPyRuntimeService
    ):
        raise VarError("Lava cannot write a Var of an asynchronous Process")
    port = runtime.runtime_to_service[service]
    for token in (command, enum_to_np(model.proc_id), enum_to_np(var_id)):
        port.send(token)
    return model, runtime.actor_of[model.proc_id], service


def _reply(runtime: GuardedRuntime, actor: Actor) -> Any:
    while (reply := actor.reply()) is None:
        runtime.check()
        actor.wait_reply(SLICE_SECONDS)
    kind, content = reply
    if kind == "refused":
        raise VarError(content)
    return content
