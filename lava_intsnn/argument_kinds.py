"""Public functions refuse arguments of another kind, such as a state in a network's place."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from typing import Any, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])

#: Kinds that are checked, by the name of their class, and where one comes from.
KINDS = {
    "Network": "a preset's is lava_intsnn.presets.preset(NAME).network()",
    "State": "train and initial_state return one, and load(FILE).state is one",
    "Dataset": "lava_intsnn.data.load(NAME, SPLIT) returns one",
    "Recipe": "lava_intsnn.Recipe(epochs=...) is one",
    "Training": "load(FILE) returns one",
    "QuantisedNetwork": "lava_intsnn.conversion.load_quantised(FILE) returns one",
    "SpikingNetwork": "lava_intsnn.conversion.convert returns one",
    "path": "a text such as 'net.npz', or a pathlib.Path",
}
#: How the signature of a function spells a path.
_PATH = "str | os.PathLike[str]"


def checks_kinds(function: _Function) -> _Function:
    """Make a function raise TypeError if an argument is of another kind than its annotation.

    Only parameters annotated with one of :data:`KINDS` (a path as ``str | os.PathLike[str]``), or
    with one of them or None, are checked.
    Classes are told apart by their names, so that nothing is imported for it.
    """
    signature = inspect.signature(function)
    wanted = {}
    for name, parameter in signature.parameters.items():
        words = _text(parameter.annotation).split(" | ")
        kinds = tuple(word for word in words if word in KINDS)
        if kinds and set(words) <= {*kinds, "None"}:
            wanted[name] = (kinds, "None" in words)

    @functools.wraps(function)
    def checked(*args: Any, **keywords: Any) -> Any:
        try:
            bound = signature.bind(*args, **keywords).arguments
        except TypeError:
            bound = None
        if bound is None:
            return function(*args, **keywords)  # Python's own message names the function
        wrong = [
            f"{name} is {_described(bound[name])} and must be {_article(' or a '.join(kinds))}"
            f" ({KINDS[kinds[0]]})"
            for name, (kinds, optional) in wanted.items()
            if name in bound
            and not (optional and bound[name] is None)
            and not any(_is_a(bound[name], kind) for kind in kinds)
        ]
        if wrong:
            names = ", ".join(name for name in signature.parameters if name != "self")
            title = function.__qualname__.removesuffix(".__init__")
            raise TypeError(f"{title}({names}): {'; '.join(wrong)}")
        return function(*args, **keywords)

    return checked  # type: ignore[return-value]


def _text(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return text.replace(_PATH, "path")


def _is_a(value: Any, kind: str) -> bool:
    if kind == "path":
        return isinstance(value, str | os.PathLike)
    return any(
        cls.__name__ == kind and cls.__module__.startswith("lava_intsnn.")
        for cls in type(value).__mro__
    )


def _described(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, str):
        return f"the text {value!r}" if len(value) <= 60 else "a text"
    return _article(type(value).__name__)


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "AEIOUaeiou" else f"a {name}"
