"""Exact reading and writing of a Var as one array: the actor's side.

Lava sends a Var element by element as float64, which takes 1.3 s for 100 x 784 weights and never
answers for a float. Here the array is sent over the actor's own pipe, in the ProcessModel's own
dtype; Lava's channels carry only the request. The handlers run in the actor, as commands of the
model.
"""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from lava.magma.core.model.py.model import AbstractPyProcessModel
from lava.magma.runtime.mgmt_token_enums import MGMT_COMMAND, MGMT_RESPONSE, enum_to_np
from lava.utils.sparse import find
from scipy.sparse import csr_matrix

NO_ITEMS = enum_to_np(0)  # tells Lava's runtime service that there is nothing to relay


def install(model: AbstractPyProcessModel, pipe: Connection) -> None:
    """Replace the model's handlers for GET and SET."""
    model._cmd_handlers[MGMT_COMMAND.GET_DATA[0]] = lambda: _get(model, pipe)
    model._cmd_handlers[MGMT_COMMAND.SET_DATA[0]] = lambda: _set(model, pipe)


def _get(model: AbstractPyProcessModel, pipe: Connection) -> None:
    name = _requested(model)
    model.process_to_service.send(NO_ITEMS)
    reply: tuple[str, Any]
    try:
        reply = ("value", encode(getattr(model, name)))
    except TypeError as error:
        reply = ("refused", f"{type(model).__name__}.{name}: {error}")
    pipe.send(reply)


def _set(model: AbstractPyProcessModel, pipe: Connection) -> None:
    name = _requested(model)
    model.service_to_process.recv()
    pipe.send(("ready", None))
    refusal = None
    try:
        decode_into(model, name, pipe.recv())
    except (TypeError, ValueError) as error:
        refusal = f"{type(model).__name__}.{name}: {error}"
    pipe.send(("refused" if refusal else "stored", refusal))
    model.process_to_service.send(MGMT_RESPONSE.SET_COMPLETE)
    if not refusal:
        model.on_var_update()


def _requested(model: AbstractPyProcessModel) -> str:
    return model.var_id_to_var_map[int(model.service_to_process.recv()[0])]


def encode(value: Any) -> np.ndarray:
    """Return a model's attribute as the array to send: of a sparse matrix, its values."""
    if isinstance(value, str):
        return np.frombuffer(value.encode("ascii"), dtype=np.uint8)
    if isinstance(value, csr_matrix):
        return find(value, explicit_zeros=True)[2]
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"a value of type {type(value).__name__} cannot be read as numbers")
    return array


def decode_into(model: Any, name: str, new: np.ndarray) -> None:
    """Store `new` in the attribute `name`, converted to its type, or raise ValueError."""
    old = getattr(model, name)
    if isinstance(old, str):
        setattr(model, name, bytes(new.astype(np.uint8)).decode("ascii"))
    elif isinstance(old, csr_matrix):
        rows, columns, _ = find(old, explicit_zeros=True)
        values = _cast(new.reshape(-1), old.dtype)
        setattr(model, name, csr_matrix((values, (rows, columns)), old.shape))
    elif isinstance(old, np.ndarray) and old.ndim:
        if new.size != old.size:
            raise ValueError(f"holds {old.shape}, got {new.size} value(s)")
        np.copyto(old, _cast(new.reshape(old.shape), old.dtype))
    else:
        scalar = _cast(new.reshape(1), np.asarray(old).dtype)[0]
        setattr(model, name, scalar if isinstance(old, np.generic) else type(old)(scalar.item()))


def _cast(new: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Convert to `dtype`, or raise ValueError where an integer would wrap or be rounded."""
    with np.errstate(invalid="ignore"):
        cast = new.astype(dtype)
    if dtype.kind in "biu" and not np.array_equal(cast, new):
        first = new.reshape(-1)[np.flatnonzero(cast.reshape(-1) != new.reshape(-1))[0]]
        allowed = "0..1" if dtype.kind == "b" else f"{np.iinfo(dtype).min}..{np.iinfo(dtype).max}"
        raise ValueError(f"{first} is not an integer within {allowed} ({dtype})")
    return cast
