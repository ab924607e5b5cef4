"""Runs recorded samples on a board or in the simulator, and compares spikes and weights."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava

# isort: split
import sys
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from lava_intsnn.board.board_recording import BoardRecording, load_recording, state_of
from lava_intsnn.board.core_content import learns
from lava_intsnn.board.nc_source import BOARD, MODELS
from lava_intsnn.formats.program_file import Compiled, load_program
from lava_intsnn.proc_models.host_timing import HostTiming
from lava_intsnn.systems.hosted_system import HostedRun, build_hosted

#: Where the layers run: compiled programs on virtual cores, or the models of the folder.
BACKENDS = ("simulator", "board")
RECORDED = "recorded.npz"


@dataclass(frozen=True)
class Parity:
    """What differs from the engine.

    Parameters
    ----------
    backend : str
    samples : int
    wrong_spikes : tuple of (int, int)
        Each sample with wrong output spikes, and how many of its steps and neurons are wrong.
    wrong_weights : tuple of int or None
        How many weights of each layer are wrong after learning; None without learning.
    """

    backend: str
    samples: int
    wrong_spikes: tuple[tuple[int, int], ...]
    wrong_weights: tuple[int, ...] | None

    @property
    def identical(self) -> bool:
        """Whether nothing differs."""
        return not self.wrong_spikes and not any(self.wrong_weights or ())

    def text(self) -> str:
        """Return what differs in a few lines."""
        lines = [f"{self.backend}: {self.samples} samples"]
        lines += [f"sample {k}: {n} output spikes differ" for k, n in self.wrong_spikes]
        for layer, wrong in enumerate(self.wrong_weights or ()):
            if wrong:
                lines.append(f"layer {layer}: {wrong} weights differ after learning")
        if self.identical:
            what = "output spikes" if self.wrong_weights is None else "output spikes and weights"
            lines.append(f"all {what} are those of the engine")
        return "\n".join(lines)


def parity(folder: str | Path, *, backend: str = "simulator") -> Parity:
    """Run the samples recorded in ``folder``, and compare.

    Parameters
    ----------
    folder : path
        From :func:`lava_intsnn.loihi.write_nc_models`.
    backend : {"simulator", "board"}
        ``"board"`` runs the folder's own models, in Lava's own runtime.

    Raises
    ------
    ValueError
        If there is no such backend.
    NotImplementedError
        On a board, as long as ``configure_core`` in ``nc_board.py`` is not filled.
    RuntimeError
        On a board, if INRC's extension of Lava is not installed.
    FileFormatError
        If a file of the folder is missing or damaged.
    """
    if backend not in BACKENDS:
        raise ValueError(f"backend = {backend!r}: must be one of {', '.join(BACKENDS)}")
    folder = Path(folder)
    compiled, recorded = load_program(folder / "program.npz"), load_recording(folder / RECORDED)
    on_board = {} if backend == "simulator" else _board(folder)
    wrong = []
    with _running(compiled, learning=False, **on_board) as run:
        for k, (given, expected) in enumerate(zip(recorded.spikes_in, recorded.spikes_out)):
            if differ := int((run.show(given) != expected).sum()):
                wrong.append((k, differ))
    weights = _learned(compiled, recorded, on_board) if learns(compiled) else None
    return Parity(backend, len(recorded.labels), tuple(wrong), weights)


def _learned(
    compiled: Compiled, recorded: BoardRecording, on_board: dict[str, Any]
) -> tuple[int, ...]:
    """Return how many weights of each layer differ after learning."""
    with _running(compiled, learning=True, **on_board) as run:
        for given, label in zip(recorded.spikes_in, recorded.labels):
            run.show(given, int(label))
        found = run.weights()
    return tuple(int((a != b).sum()) for a, b in zip(found, recorded.weights))


def _running(
    compiled: Compiled,
    *,
    learning: bool,
    models: ModuleType | None = None,
    board: ModuleType | None = None,
) -> HostedRun:
    network, state = compiled.described, state_of(compiled)
    if models is None or board is None:
        return HostedRun(build_hosted(network, state, learning=learning))
    timing = HostTiming.of_cores(network, learning=learns(compiled))
    system = build_hosted(network, state, learning=learning, timing=timing, bridge=board.Bridge())
    return HostedRun(system, models.BoardRunCfg(), guarded=False)


def _board(folder: Path) -> dict[str, Any]:
    """Return the modules of a folder."""
    from lava_intsnn.board.nc_shape import HAS_BOARD

    if not HAS_BOARD:
        raise RuntimeError(
            "backend = 'board': Lava has no models for neuron cores here; install INRC's extension "
            "(lava-loihi) on the machine with the board, or give backend='simulator'"
        )
    board = load_module(folder / BOARD)
    return {"board": board, "models": load_module(folder / MODELS)}


def load_module(path: Path) -> ModuleType:
    """Import a file of a generated folder under its own name, as its neighbours import it."""
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
