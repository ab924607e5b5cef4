"""Base class of our Processes, which checks their keywords and connections."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

from lava.magma.compiler.compiler_graphs import find_processes
from lava.magma.core.process.process import AbstractProcess, LogConfig

from lava_intsnn.nearest_name import nearest_name


class CheckedProcess(AbstractProcess):
    """A Process that raises an error for unknown keywords and for connections that cannot work.

    Before anything else, Lava marks every Process of a network as compiled, whichever of them was
    told to run. :meth:`check_composition` is called at that moment, in the caller.

    Parameters
    ----------
    name : str, optional
    log_config : LogConfig, optional
    **parameters
        Parameters of the ProcessModels.
    """

    _runtime = None  # Lava's __del__ reads it even after __init__ has raised

    #: Keywords of other libraries, with our names for them.
    known_as: ClassVar[Mapping[str, str]] = {}

    def __new__(cls, *args: Any, **keywords: Any) -> Any:
        """Make an instance, or raise TypeError if a keyword is unknown."""
        for keyword in keywords.keys() - cls.keywords():
            raise TypeError(_refusal(cls, keyword))
        return super().__new__(cls)

    def __init__(
        self, *, name: str | None = None, log_config: LogConfig | None = None, **parameters: Any
    ) -> None:
        super().__init__(name=name, log_config=log_config, **parameters)

    @classmethod
    def keywords(cls) -> set[str]:
        """Return the keywords that the constructor takes."""
        names: set[str] = set()
        for base in cls.__mro__:
            if base is AbstractProcess or "__init__" not in vars(base):
                continue
            parameters = inspect.signature(vars(base)["__init__"]).parameters.values()
            names |= {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}
            if not any(p.kind is p.VAR_KEYWORD for p in parameters):
                break  # this constructor passes no keywords on
        return names

    def check_composition(self) -> None:
        """Raise NetworkError if a connected Process cannot work with this one."""

    @property
    def _is_compiled(self) -> bool:
        return self.__dict__["_is_compiled"]

    @_is_compiled.setter
    def _is_compiled(self, compiled: bool) -> None:
        self.__dict__["_is_compiled"] = compiled
        if not compiled:
            return
        try:
            check_composition(self)
        except Exception:
            for process in find_processes(self):
                if process.runtime is None:
                    process._is_compiled = False  # it may be connected in another way and run again
            raise


def check_composition(entry: AbstractProcess) -> None:
    """Raise NetworkError unless all Processes connected to ``entry`` fit each other."""
    for process in sorted(find_processes(entry), key=lambda found: found.id):  # Lava returns a set
        if isinstance(process, CheckedProcess):
            process.check_composition()


def _refusal(cls: type[CheckedProcess], keyword: str) -> str:
    known = sorted(cls.keywords())
    near = cls.known_as.get(keyword) or nearest_name(keyword, known)
    advice = f"did you mean {near!r}?" if near else f"it takes {', '.join(known)}"
    return f"{cls.__name__} takes no keyword {keyword!r}: {advice}"
