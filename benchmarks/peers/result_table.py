"""The runs on file as Markdown: a line for each classifier, the mean of its seeds."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_intsnn.data.binning import N_CHANNELS
from lava_intsnn.markdown import table as markdown
from peers.frame_peers import PEERS
from peers.result_files import digest_of
from peers.speakers import shown

Kept = tuple[dict[str, Any], dict[str, Any]]


def tables(runs: list[Kept]) -> str:
    """Return a table of the runs tested on the test set, and one of those on training speakers."""
    text = []
    for of_test, title in ((True, "test set"), (False, "held-out training speakers")):
        chosen = [each for each in runs if (each[0]["part"] == "test") == of_test]
        if chosen:
            text.append(_table(chosen, title))
    return "\n\n".join(text)


def _table(runs: list[Kept], title: str) -> str:
    groups: dict[str, list[Kept]] = {}
    for run, found in runs:
        same = {key: value for key, value in run.items() if key not in ("seed", "part")}
        groups.setdefault(digest_of(same), []).append((run, found))
    parts = list(dict.fromkeys(name for _, found in runs for name in found["accuracy"]))
    header = ["", "inputs", "hidden", "epochs", "seeds", *parts, "samples/s", "minutes a run"]
    rows = [_row(group, parts) for group in groups.values()]
    data = " and ".join(dict.fromkeys(run["data"] for run, _ in runs))
    text = f"{data}, {title}: accuracy in percent, mean +- standard error of the seeds."
    return f"{text}\n\n{markdown(header, rows)}"


def _row(group: list[Kept], parts: list[str]) -> list[str]:
    """Return the cells of runs that differ in their seed and in what they are tested on."""
    run = group[0][0]
    by_seed: dict[str, dict[int, list[float]]] = {}
    for each, found in group:
        for name, value in found["accuracy"].items():
            by_seed.setdefault(name, {}).setdefault(each["seed"], []).append(value)
    means = {name: [float(np.mean(v)) for v in seeds.values()] for name, seeds in by_seed.items()}
    rates = [found["samples_per_s"] for _, found in group if "samples_per_s" in found]
    minutes = np.mean([found["seconds"] for _, found in group]) / 60
    trained = run.get("recipe") or {}
    return [
        f"{run['peer']}: {run['about']}{_changed(run)}",
        f"{run['frames']} x {N_CHANNELS // run['group']}",
        str(run.get("hidden") or "-"),
        str(trained.get("epochs", "-")),
        str(len({each["seed"] for each, _ in group})),
        *(shown(means[name]) if name in means else "-" for name in parts),
        f"{np.median(rates):,.0f}" if rates else "-",
        f"{minutes:.1f}",
    ]


def _changed(run: dict[str, Any]) -> str:
    """Return what differs from the peer's own settings."""
    own = {peer.name: peer.settings for peer in PEERS}.get(run["peer"])
    given = run.get("settings") or {}
    return "".join(f", {k} {v}" for k, v in given.items() if getattr(own, k, v) != v)
