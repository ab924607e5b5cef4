"""The networks of each cell in the paper's accuracy tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lava_intsnn.nearest_name import choices
from lava_intsnn.network import Network
from lava_intsnn.presets import preset as preset_called
from lava_intsnn.presets.variants import variant
from lava_intsnn.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of a table: its row and column, and the network to train for it.

    That is a variant of a preset, or ``described``, trained with ``recipe``.
    """

    row: str
    column: str
    preset: str
    precision: str
    propagation: str | None = None
    loss: str | None = None
    described: Network | None = None
    recipe: Recipe | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Row and column."""
        return self.row, self.column

    def network(self) -> Network:
        """Return the network."""
        if self.described is not None:
            return self.described
        return variant(self.preset, self.precision, propagation=self.propagation, loss=self.loss)

    def recipe_of(self, network: Network) -> Recipe:
        """Return the recipe that trains the cell's network."""
        return self.recipe or preset_called(self.preset).recipe_of(network)

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
    "shd-snn-tuned": "4.5",
    "shd-rsnn-tuned": "4.5",
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

    def varied(row: str) -> dict[str, Any]:
        return {field: row} if field else {}

    return [
        replace(Cell(row=row, column=c, preset=preset, precision=c), **varied(row))
        for row in rows
        for c in columns
    ]


def cell_of(network: Network, recipe: Recipe) -> Cell:
    """Return the cell of a network that is no preset, in its own precision."""
    precision = str(network.precision)
    return Cell(
        row=model(network.name),
        column=precision,
        preset=network.name,
        precision=precision,
        described=network,
        recipe=recipe,
    )
