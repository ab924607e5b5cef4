"""The networks of each cell in the paper's accuracy tables."""

from __future__ import annotations

from dataclasses import dataclass

from lava_intsnn.nearest_name import choices
from lava_intsnn.network import Network
from lava_intsnn.presets.variants import variant


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of a table: its row and column, and the network to train for it."""

    row: str
    column: str
    preset: str
    precision: str
    propagation: str | None = None
    loss: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Row and column."""
        return self.row, self.column

    def network(self) -> Network:
        """Return the network."""
        return variant(self.preset, self.precision, propagation=self.propagation, loss=self.loss)

    @property
    def label(self) -> str:
        """Name of the cell in files and messages."""
        parts = (self.preset, self.precision, self.propagation, self.loss)
        return "-".join(part for part in parts if part)


TITLES = {
    "4.1": "error propagation",
    "4.2": "loss function",
    "4.3": "precision, fully connected on MNIST",
    "4.4": "precision, convolutional on MNIST",
    "4.5": "precision, spoken digits",
}
#: The table a preset's precision grid belongs to; other presets are in no table of the paper.
TABLE_OF = {
    "mnist-snn": "4.3",
    "mnist-snn-paper": "4.3",
    "mnist-csnn": "4.4",
    "mnist-csnn-paper": "4.4",
    "shd-snn": "4.5",
    "shd-rsnn": "4.5",
}
#: The columns of each table, in the paper's order.
COLUMNS = {
    "4.1": ("16-8", "fp32"),
    "4.2": ("16-8",),
    "4.3": ("8-4", "16-4", "8-8", "16-8", "16-16", "fp32"),
    "4.4": ("8-4", "16-4", "8-8", "16-8", "16-16", "fp32"),
    "4.5": ("16-4", "16-8", "16-12", "16-16", "fp32"),
}
#: Table -> the field of a cell that its rows vary.
_VARIED = {
    "4.1": ("propagation", ("feedback", "final", "direct")),
    "4.2": ("loss", ("standard", "positive", "random")),
}


def model(preset: str) -> str:
    """Return the paper's name of the kind of network: SNN, CSNN or RSNN."""
    kinds = {"csnn": "CSNN", "rsnn": "RSNN"}
    return next((kinds[part] for part in preset.split("-") if part in kinds), "SNN")


def cells(
    preset: str, *, table: str | None = None, precisions: tuple[str, ...] | None = None
) -> list[Cell]:
    """Return the cells to run with ``preset``.

    Parameters
    ----------
    table : {"4.1", "4.2", "4.3", "4.4", "4.5"}, optional
        By default the one ``preset`` belongs to, or the precision grid of Table 4.3.
    precisions : tuple of str, optional
        Instead of the table's columns.

    Raises
    ------
    ValueError
        If there is no such table.
    """
    table = table or TABLE_OF.get(preset, "4.3")
    if table not in COLUMNS:
        raise ValueError(f"table {table!r}: must be one of {choices(table, COLUMNS)}")
    columns = precisions or COLUMNS[table]
    field, rows = _VARIED.get(table, (None, (model(preset),)))
    return [
        Cell(row=row, column=c, preset=preset, precision=c, **({field: row} if field else {}))
        for row in rows
        for c in columns
    ]
