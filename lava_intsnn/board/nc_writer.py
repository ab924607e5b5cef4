"""`write_nc_models`: a folder with skeletons of NcProcessModels and their parity test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.board import nc_source
from lava_intsnn.board.board_recording import record_samples, save_recording
from lava_intsnn.board.core_content import layer_content, placement_of
from lava_intsnn.formats.program_file import Compiled, save_program
from lava_intsnn.loihi.microcode import disassemble
from lava_intsnn.network import NetworkError
from lava_intsnn.network.errors import require_range
from lava_intsnn.storage.atomic import write_bytes

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset

#: Samples that a recording may hold.
MOST_SAMPLES = 1000


@checks_kinds
def write_nc_models(
    program: Compiled,
    folder: str | os.PathLike[str],
    *,
    data: Dataset | None = None,
    samples: int = 5,
) -> tuple[Path, ...]:
    """Write skeletons of NcProcessModels for a compiled network, and a test to run on a board.

    The models have the class shape that Lava's public history shows. They declare every port and
    Var with its width, and hold the program, its constants and its placement. One function is left
    to fill, which only INRC's closed library can: ``configure_core`` in ``nc_board.py``. It raises
    NotImplementedError, and the file is kept if it is there already.

    Parameters
    ----------
    program : Compiled
        From :func:`lava_intsnn.formats.program_file.load_program`, or made of an image, its network
        and its state.
    folder : path
        It is made if there is none.
    data : Dataset, optional
        Samples for the test; random ones by default.
    samples : int
        How many of them are recorded from reference and engine, 1..1000.

    Returns
    -------
    tuple of Path
        The files written: ``nc_models.py``, ``nc_board.py``, ``test_parity.py``, ``conftest.py``,
        ``program.npz``, ``listing.txt`` and ``recorded.npz``.

    Raises
    ------
    NetworkError
        If ``samples`` is out of range, or the data do not fit the network.
    ValueError
        If the network does not fit the cores of its target, or ``folder`` is a file.
    FileFormatError, OSError
        If a file cannot be written.

    Examples
    --------
    >>> import lava_intsnn as ls
    >>> from lava_intsnn.formats.program_file import load_program
    >>> program = load_program("legal-loihi2/program.npz")                     # doctest: +SKIP
    >>> ls.loihi.write_nc_models(program, "board")                             # doctest: +SKIP
    """
    from lava_intsnn import __version__

    require_range("samples", samples, 1, MOST_SAMPLES)
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder}: is a file; name a folder")
    placement = placement_of(program)
    network = program.described
    if network.local:
        raise NetworkError(
            f"network {network.name!r} has local readouts, and the board's network one readout: "
            "compile it without them, see networks.without_local_readouts"
        )
    contents = [layer_content(program, placement, k) for k in range(len(network.layers))]
    recording = record_samples(program, data, samples=samples)
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        nc_source.MODELS: nc_source.models_text(network, contents, version=__version__),
        nc_source.TEST: nc_source.TEST_TEXT,
        nc_source.OPTIONS: nc_source.OPTIONS_TEXT,
        "listing.txt": disassemble(program.image.program),
    }
    if not (folder / nc_source.BOARD).exists():
        texts[nc_source.BOARD] = nc_source.BOARD_TEXT
    save_program(folder / "program.npz", program)
    save_recording(folder / "recorded.npz", recording)
    for name, text in texts.items():
        write_bytes(folder / name, text.encode())
    return tuple(folder / name for name in (*texts, "program.npz", "recorded.npz"))
